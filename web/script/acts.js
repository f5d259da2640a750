// Buttons that do something with a post or a person: done without leaving the page.
// Each belongs to the form `act` and names where it goes; the answer is what to show instead of the
// element that `data-part` names by its id.

import { parse, say, send } from "./parts.js";

export function start(form, enhance) {
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    const place = button?.dataset.part && document.getElementById(button.dataset.part);
    if (!place) return;
    event.preventDefault();
    if (button.dataset.ask && !confirm(button.dataset.ask)) return;
    button.disabled = true;
    try {
      const data = new FormData(form, button);
      await show(place, await send(button.formAction, data), { button, enhance });
    } catch {
      button.disabled = false;
      say(document.getElementById("said").dataset.undone);
    }
  });
}

async function show(place, answer, { button, enhance }) {
  if (!answer.ok) throw new Error(String(answer.status));
  const part = parse(await answer.text());
  const name = button.getAttribute("aria-label") || button.textContent.trim();
  const fresh = part.firstElementChild;
  place.replaceWith(part);
  if (!fresh) return;
  enhance(fresh.parentElement ?? document);
  // The focus stays where it was: on the button that took the place of the one that was pressed.
  const same = button.dataset.act && fresh.querySelector(`[data-act="${button.dataset.act}"]`);
  (same || fresh).focus?.();
  say(button.dataset.done || name);
}
