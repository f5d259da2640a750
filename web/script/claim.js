// Who one is in a register: looked up as soon as the number is typed, and put into empty fields.

import { parse, send } from "./parts.js";

export function start(form) {
  const place = form.querySelector("[data-entry]");
  const box = { form, place, asked: "" };
  for (const name of ["register", "number"]) {
    form.elements[name].addEventListener("change", () => lookUp(box));
  }
}

async function lookUp(box) {
  const { form, place } = box;
  const asked = `${form.elements.register.value} ${form.elements.number.value.trim()}`;
  if (asked === box.asked || !form.elements.number.value.trim()) return;
  box.asked = asked;
  const data = new FormData(form);
  data.set("act", "look-up");
  try {
    const answer = await send(form.action, data);
    // Meanwhile another number was typed.
    if (!answer.ok || box.asked !== asked) return;
    place.replaceChildren(parse(await answer.text()));
    fill(form, place.querySelector("[data-known]"));
  } catch {
    // The button is still there.
    box.asked = "";
  }
}

/** Put what the register knows into the fields that are empty, and the profession that it has. */
function fill(form, entry) {
  if (!entry) return;
  for (const [name, value] of Object.entries(JSON.parse(entry.dataset.known))) {
    const field = form.elements[name];
    if (!field) continue;
    if (!field.value.trim() || (name === "profession" && isOther(field.value, value))) {
      field.value = value;
    }
  }
}

/** Tell whether a profession is another, or one that the register says is still being learned. */
function isOther(typed, known) {
  const [base, variant] = typed.split("-");
  const [knownBase, learns] = known.split("-");
  return base !== knownBase || Boolean(learns && !variant);
}
