// "Ask the other instances": their answers are put in the place of the button.

import { ask, parse } from "./parts.js";

export function start(section, enhance) {
  const link = section.querySelector("a");
  link.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (!link.ariaBusy) load(section, link, enhance);
  });
}

async function load(section, link, enhance) {
  link.ariaBusy = "true";
  const said = section.querySelector(".hint");
  said.setAttribute("role", "status");
  said.textContent = section.dataset.wait;
  try {
    const answer = await ask(link.href);
    if (!answer.ok) throw new Error(String(answer.status));
    const found = parse(await answer.text()).querySelector("section");
    section.replaceWith(found);
    enhance(found);
    found.focus();
  } catch {
    // As without script: the browser says what is wrong.
    location.assign(link.href);
  }
}
