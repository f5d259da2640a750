// Buttons that do something with a post or a person: done without leaving the page.
// Each belongs to the form `act` and names where it goes; the answer is what to show instead of the
// element that `data-part` names by its id. An empty answer: there is nothing left to show.

import { parse, say, send } from "./parts.js";

export function start(form, enhance) {
  form.addEventListener("submit", (event) => press(event, form, enhance));
  document.addEventListener("click", (event) => {
    copy(event.target.closest("[data-copy]"));
    closeMenus((menu) => !menu.contains(event.target));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement.closest?.(".pop[open]");
    closeMenus(() => true);
    menu?.querySelector("summary").focus();
  });
}

async function press(event, form, enhance) {
  const button = event.submitter;
  const { ask, part, done } = button?.dataset ?? {};
  if (ask && !confirm(ask)) return event.preventDefault();
  const place = part && document.getElementById(part);
  if (!place) return;
  event.preventDefault();
  if (place.ariaBusy) return;
  place.ariaBusy = "true";
  const name = done || button.getAttribute("aria-label") || button.textContent.trim();
  try {
    const answer = await send(button.formAction, new FormData(form, button));
    const shown = parse(await answer.text());
    if (!answer.ok) return say(shown.querySelector(".problem")?.textContent || undone());
    if (shown.firstElementChild) replace(place, shown, { act: button.dataset.act, enhance });
    else remove(place.closest(".post") ?? place);
    say(name);
  } catch {
    say(undone());
  } finally {
    place.ariaBusy = null;
  }
}

function undone() {
  return document.getElementById("said").dataset.undone;
}

/** Show a part in the place of an element; the focus stays on the button that was pressed. */
function replace(place, part, { act, enhance }) {
  const fresh = [...part.children];
  place.replaceWith(part);
  for (const element of fresh) enhance(element);
  const same = act && fresh[0].querySelector(`[data-act="${act}"]`);
  const isSeen = same?.getClientRects().length;
  const seen = isSeen ? same : same?.closest("details")?.querySelector("summary");
  (seen || fresh[0]).focus();
}

/** Take something out of the page; the focus goes to what comes next. */
function remove(element) {
  // The page was about it.
  if (element.matches(".post-focus")) return location.assign("/");
  const next = element.nextElementSibling ?? element.previousElementSibling;
  element.remove();
  (next?.matches("[tabindex]") ? next : document.getElementById("content")).focus();
}

function closeMenus(which) {
  for (const menu of document.querySelectorAll(".pop[open]")) if (which(menu)) menu.open = false;
}

async function copy(button) {
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    say(button.dataset.done);
  } catch {
    say(button.dataset.copy);
  }
  const menu = button.closest(".pop");
  menu.open = false;
  menu.querySelector("summary").focus();
}
