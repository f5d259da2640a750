// Parts of pages: asked for, and turned from our server's text into nodes. The only place where a
// text becomes HTML or a script's address: the policy named in the page's headers.

const policy = self.trustedTypes?.createPolicy("consilium", {
  createHTML: (text) => text,
  createScriptURL: (text) => text,
});

const NAME = "Consilium-Part";

/** Return the nodes of a text that came from our server. */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}

/** Return the address of a script of ours, as a browser with Trusted Types wants it. */
export function scriptAddress(path) {
  return policy ? policy.createScriptURL(path) : path;
}

/** Ask for a part of a page. Throws where there is no answer or it is no part. */
export async function ask(path, options = {}) {
  const answer = await fetch(path, {
    redirect: "manual",
    ...options,
    headers: { Accept: "text/html", [NAME]: "1", ...options.headers },
  });
  if (answer.type === "opaqueredirect") throw new Error("elsewhere");
  return answer;
}

/** Send a form as a browser would, and return the answer. */
export function send(path, data, options = {}) {
  return ask(path, { ...options, method: "POST", body: new URLSearchParams(data) });
}

/** Say something to everybody: shown for a moment, and read out. */
export function say(words) {
  const said = document.getElementById("said");
  said.textContent = words;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (said.textContent = ""), 6000);
}
