// "Load older posts": they are put below the others, and the first of them gets the focus.

import { ask, parse } from "./parts.js";

export function start(link, enhance) {
  link.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (!link.ariaBusy) load(link, enhance);
  });
}

async function load(link, enhance) {
  link.ariaBusy = "true";
  try {
    const part = await askPart(link.href);
    const found = fresh(part);
    link.closest(".paging").replaceWith(...found);
    for (const element of found) enhance(element);
    found[0]?.focus();
  } catch {
    // As without script: the browser says what is wrong.
    location.assign(link.href);
  }
}

/** Ask for posts of a timeline. Throws where there is no answer. */
export async function askPart(path) {
  const answer = await ask(path);
  if (!answer.ok) throw new Error(String(answer.status));
  return parse(await answer.text()).firstElementChild;
}

/** Return what a part brings that is not in the page yet. */
export function fresh(part) {
  return [...part.children].filter((one) => !one.id || !document.getElementById(one.id));
}
