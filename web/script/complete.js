// Names and hashtags proposed while one types: below the text, chosen with the arrow keys.

import { ask, parse } from "./parts.js";

const ASK_MS = 200;
const BEGUN = /(?:^|[\s(])([@#][^\s@#][^\s]*)$/;

export function start(place) {
  const text = place.querySelector("textarea");
  const said = document.createElement("p");
  said.className = "unseen";
  said.setAttribute("role", "status");
  place.append(said);
  text.setAttribute("aria-autocomplete", "list");
  const box = { place, text, said, list: null, at: -1, asked: "" };
  let timer;
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => propose(box), ASK_MS);
  });
  text.addEventListener("keydown", (event) => onKey(event, box));
  text.addEventListener("blur", () => close(box));
}

/** Return what is being typed before the cursor, if it is the beginning of a name or hashtag. */
function begun(text) {
  const before = text.value.slice(0, text.selectionStart);
  return text.selectionStart === text.selectionEnd ? (before.match(BEGUN)?.[1] ?? "") : "";
}

async function propose(box) {
  const asked = begun(box.text);
  box.asked = asked;
  if (!asked) return close(box);
  try {
    const answer = await ask(`/compose/complete?q=${encodeURIComponent(asked)}`);
    // Meanwhile something else was typed.
    if (!answer.ok || box.asked !== asked || document.activeElement !== box.text) return;
    show(box, parse(await answer.text()).querySelector('[role="listbox"]'));
  } catch {
    close(box);
  }
}

function show(box, list) {
  close(box);
  const options = [...list.children];
  const { none, one, some } = box.place.dataset;
  const words = options.length === 1 ? one : some;
  box.said.textContent = options.length ? words.replace("{n}", options.length) : none;
  if (!options.length) return;
  list.id = `${box.text.id}-suggestions`;
  options.forEach((option, number) => (option.id = `${list.id}-${number}`));
  // The text keeps the focus.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => choose(box, event.target.closest('[role="option"]')));
  box.place.append(list);
  box.text.setAttribute("aria-controls", list.id);
  box.list = list;
}

function close(box) {
  box.list?.remove();
  [box.list, box.at] = [null, -1];
  for (const name of ["aria-controls", "aria-activedescendant"]) box.text.removeAttribute(name);
}

function onKey(event, box) {
  if (!box.list || event.isComposing) return;
  const options = box.list.children;
  if (event.key === "Escape") close(box);
  else if (event.key === "ArrowDown") move(box, (box.at + 1) % options.length);
  else if (event.key === "ArrowUp") move(box, (Math.max(box.at, 0) || options.length) - 1);
  else if (event.key === "Enter" && box.at >= 0 && !event.ctrlKey) choose(box, options[box.at]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function move(box, at) {
  box.list.children[box.at]?.setAttribute("aria-selected", "false");
  box.at = at;
  const option = box.list.children[at];
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  box.text.setAttribute("aria-activedescendant", option.id);
}

function choose(box, option) {
  if (!option) return;
  const { text } = box;
  const end = text.selectionStart;
  text.setRangeText(`${option.dataset.value} `, end - begun(text).length, end, "end");
  close(box);
  box.said.textContent = "";
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
}
