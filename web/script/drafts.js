// Drafts: what is typed in a composer stays on this device until it is sent, or its person signs
// out. One for each thing that is answered; none for other people on the same device.

import { ask, parse, send } from "./parts.js";
import { addRows } from "./files.js";

const BEGINNING = "draft:";
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const SAVE_MS = 300;
const NOT_KEPT = new Set(["csrf_token", "file"]);

/**
 * Keep what is typed in a form; returns `save`, `forget`, and `hand` for what goes on being written
 * under another name.
 */
export function keepDraft(form) {
  const nameOf = (about) => `${BEGINNING}${form.dataset.account}:${about}`;
  const name = nameOf(form.dataset.about);
  // What comes filled in was typed by somebody: it is kept as it is.
  const comesFilled = !("restores" in form.dataset) && form.elements.text.value.trim() !== "";
  const atFirst = comesFilled ? "" : JSON.stringify(fieldsOf(form));
  let timer;
  let isOver = false;
  const save = () => {
    clearTimeout(timer);
    if (isOver) return;
    const fields = fieldsOf(form);
    if (JSON.stringify(fields) === atFirst) return remove(name);
    write(name, { at: Date.now(), fields });
  };
  const forget = () => {
    isOver = true;
    clearTimeout(timer);
    remove(name);
  };
  const hand = (about) => {
    write(nameOf(about), now(form));
    forget();
  };
  forgetOthers(form.dataset.account);
  const kept = read(name);
  if (kept && "restores" in form.dataset) restore(form, kept, forget);
  else if (comesFilled) save();
  for (const kind of ["input", "change", "files"]) {
    form.addEventListener(kind, () => {
      clearTimeout(timer);
      timer = setTimeout(save, SAVE_MS);
    });
  }
  // A phone may end the page as soon as another program is in front.
  addEventListener("visibilitychange", () => form.isConnected && document.hidden && save());
  addEventListener("pagehide", () => form.isConnected && save());
  return { save, forget, hand };
}

function now(form) {
  return { at: Date.now(), fields: fieldsOf(form) };
}

function fieldsOf(form) {
  return [...new FormData(form)].filter(([name]) => !NOT_KEPT.has(name));
}

// Bringing it back

async function restore(form, { at, fields }, forget) {
  const files = fields.filter(([name]) => name === "media").map(([, id]) => id);
  fill(form, fields);
  tellBack(form, { at, files, forget });
  form.dispatchEvent(new Event("restored"));
  await Promise.all(files.map((id) => bringFile(form, id)));
  fill(form, fields);
  open(form);
  form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
}

function fill(form, fields) {
  const left = fields.slice();
  for (const field of form.elements) {
    if (!field.name || NOT_KEPT.has(field.name)) continue;
    // What it answers and who reads it there is the page's to say.
    if (field.type === "hidden" && field.name !== "key") continue;
    if (field.type === "checkbox") {
      field.checked = fields.some(([name, value]) => name === field.name && value === field.value);
      continue;
    }
    const at = left.findIndex(([name]) => name === field.name);
    if (at < 0) continue;
    const [, value] = left[at];
    if (field.type === "radio") field.checked ||= value === field.value;
    else if (field.type !== "submit") [field.value] = [value, left.splice(at, 1)];
  }
}

async function bringFile(form, id) {
  if (document.getElementById(`file-${id}`)) return;
  try {
    const answer = await ask(`/compose/files/${id}`);
    if (answer.ok) addRows(form, parse(await answer.text()));
  } catch {
    // Without a network the words are back, and the files when the page is opened again.
  }
}

function open(form) {
  for (const tool of form.querySelectorAll(".tool")) {
    const isFilled = [...tool.querySelectorAll("input, textarea")].some((field) =>
      field.type === "checkbox" ? field.checked : field.type !== "hidden" && field.value,
    );
    if (isFilled || tool.querySelector(".attached")) tool.open = true;
  }
}

function tellBack(form, { at, files, forget }) {
  const told = form.querySelector("[data-draft-back]");
  const words = form.dataset.draftWords.replace("{when}", ago(at));
  told.querySelector("span").textContent = words;
  told.hidden = false;
  told.querySelector("[data-discard]").addEventListener("click", async () => {
    forget();
    const data = { csrf_token: form.elements.csrf_token.value };
    const gone = files.map((id) => send(`/compose/files/${id}/remove`, data).catch(() => {}));
    await Promise.all(gone);
    location.reload();
  });
}

function ago(at) {
  const said = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  const minutes = Math.round((Date.now() - at) / 60_000);
  if (minutes < 1) return said.format(0, "second");
  if (minutes < 60) return said.format(-minutes, "minute");
  if (minutes < 48 * 60) return said.format(-Math.round(minutes / 60), "hour");
  return said.format(-Math.round(minutes / 60 / 24), "day");
}

// The device's own store, which a browser may refuse, or which may be full

function read(name) {
  try {
    const kept = JSON.parse(localStorage.getItem(name));
    if (kept && Date.now() - kept.at < KEPT_MS) return kept;
  } catch {
    // Not ours, or not to be had.
  }
  remove(name);
  return null;
}

function write(name, kept) {
  try {
    localStorage.setItem(name, JSON.stringify(kept));
  } catch {
    // Then it is as on a page without script.
  }
}

function remove(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // There is nothing.
  }
}

/** Forget what others left who did not sign out here, and what is old. */
function forgetOthers(account) {
  try {
    for (const name of Object.keys(localStorage)) {
      if (!name.startsWith(BEGINNING)) continue;
      if (name.startsWith(`${BEGINNING}${account}:`)) read(name);
      else remove(name);
    }
  } catch {
    // There is nothing.
  }
}
