// Files of a post: sent while one types, described, put in order, taken out again.

import { ask, parse, send } from "./parts.js";

const LOOK_AGAIN_MS = 2000;
// Of each composer's files what is still on its way: a promise that ends when it is there.
const underway = new WeakMap();

export function start(place) {
  const form = place.closest("form");
  const input = place.querySelector('input[type="file"]');
  const list = place.querySelector(".attached-list");
  input.addEventListener("change", () => {
    for (const file of input.files) begin(file, { place, form, list });
    input.value = "";
  });
  place.addEventListener("click", (event) => onClick(event, { place, form }));
  place.addEventListener("input", (event) => {
    const row = event.target.closest(".attached");
    if (row && /^(left|top)-/.test(event.target.name)) mark(row);
  });
  for (const row of list.children) settle(row, { place, form });
}

/** Return a promise that ends when all files are there, nothing when they are; it may fail. */
export function settled(form) {
  const pending = underway.get(form);
  return pending?.size ? Promise.all(pending) : undefined;
}

/** Add rows that the server wrote to the files of a composer. */
export function addRows(form, part) {
  const place = form.querySelector('[data-enhance~="files"]');
  if (!place) return;
  const rows = [...part.querySelectorAll(".attached")];
  place.querySelector(".attached-list").append(...rows);
  for (const row of rows) settle(row, { place, form });
}

function say(place, words) {
  place.querySelector("[data-files-said]").textContent = words;
}

function changed(form) {
  form.dispatchEvent(new Event("files"));
}

function wait(form, promise) {
  const pending = underway.get(form) ?? new Set();
  underway.set(form, pending.add(promise));
  // Who waits is told; nobody else has to be.
  promise.catch(() => {});
  return () => pending.delete(promise);
}

// Sending

function begin(file, { place, form, list }) {
  const row = document.createElement("li");
  row.className = "attached-sending";
  row.append(element("span", file.name), element("p", ""));
  list.append(row);
  const { most, bytes, many, large } = place.dataset;
  if (list.children.length > Number(most)) return refuse(row, many);
  if (file.size > Number(bytes)) return refuse(row, large);
  transfer(file, { row, place, form });
}

function element(kind, text, values = {}) {
  const made = Object.assign(document.createElement(kind), values);
  made.textContent = text;
  return made;
}

function button(words, act) {
  const made = element("button", words, { type: "button", className: "quiet" });
  made.addEventListener("click", act);
  return made;
}

/** Send one file, with its progress in words, a way to stop and a way to try again. */
function transfer(file, { row, place, form }) {
  const { sending, cancel, retry, failed } = place.dataset;
  const words = element("span", sending.replace("{percent}", 0), { className: "hint" });
  const progress = Object.assign(document.createElement("progress"), { max: 100, value: 0 });
  progress.setAttribute("aria-label", file.name);
  const request = new XMLHttpRequest();
  const stop = button(cancel, () => {
    request.abort();
    row.remove();
  });
  row.replaceChildren(element("span", file.name), progress, words, stop);
  request.upload.addEventListener("progress", (event) => {
    const percent = event.lengthComputable ? Math.floor((100 * event.loaded) / event.total) : 0;
    progress.value = percent;
    words.textContent = sending.replace("{percent}", percent);
  });
  const done = answered(request);
  const end = wait(form, done);
  const again = button(retry, () => transfer(file, { row, place, form }));
  done
    .then((html) => take(row, parse(html), { place, form }))
    .catch((error) => {
      if (error.name === "AbortError") return;
      refuse(row, error.message || failed, error.message ? undefined : again, file.name);
    })
    .finally(end);
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  body.set("file", file);
  request.open("POST", "/compose/files");
  request.setRequestHeader("Consilium-Part", "1");
  request.setRequestHeader("Accept", "text/html");
  request.send(body);
}

/** Return the answer to a request; fails with the server's words, or with none without answer. */
function answered(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("load", () => {
      const isOurs = request.getResponseHeader("Content-Type")?.startsWith("text/html");
      if (request.status === 200 && request.responseURL.endsWith("/compose/files")) {
        resolve(request.responseText);
      } else {
        const said = isOurs && request.status === 422 ? parse(request.responseText) : null;
        reject(new Error(said?.querySelector(".problem")?.textContent ?? ""));
      }
    });
    request.addEventListener("error", () => reject(new Error("")));
    request.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
  });
}

function take(row, part, { place, form }) {
  const fresh = part.querySelector(".attached");
  const hadFocus = row.contains(document.activeElement) || document.activeElement === document.body;
  row.replaceWith(part);
  if (!fresh) return;
  settle(fresh, { place, form });
  say(place, place.dataset.ready);
  if (hadFocus) fresh.querySelector("textarea").focus();
  changed(form);
}

function refuse(row, words, again, name) {
  const said = element("p", words, { className: "fault" });
  said.setAttribute("role", "alert");
  const close = button(row.closest("[data-enhance]")?.dataset.cancel ?? "×", () => row.remove());
  const label = name ? element("span", name) : row.firstElementChild;
  row.replaceChildren(label, said, ...(again ? [again] : []), close);
}

// What is attached

/** Look again at a file that is being made ready, until it is; and show where one has to look. */
function settle(row, { place, form }) {
  if (!row.matches(".attached")) return;
  mark(row);
  if (!row.hasAttribute("data-waits")) return;
  const end = wait(form, lookAgain(row, { place, form }).finally(() => end()));
}

async function lookAgain(row, { place, form }) {
  while (row.isConnected && row.hasAttribute("data-waits")) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    const answer = await ask(`/compose/files/${idOf(row)}`).catch(() => null);
    if (!answer?.ok || !row.isConnected) continue;
    const fresh = parse(await answer.text()).querySelector(".attached");
    if (!fresh || fresh.hasAttribute("data-waits")) continue;
    for (const field of row.querySelectorAll("textarea, input")) {
      const same = fresh.querySelector(`[name="${field.name}"]`);
      if (same) same.value = field.value;
    }
    row.replaceWith(fresh);
    say(place, place.dataset.ready);
    changed(form);
    return;
  }
}

function idOf(row) {
  return row.querySelector('[name="media"]').value;
}

function onClick(event, { place, form }) {
  const row = event.target.closest(".attached");
  if (!row) return;
  if (event.target.closest("[data-drop]")) {
    event.preventDefault();
    drop(row, { place, form });
  } else if (event.target.closest("[data-up]")) {
    event.preventDefault();
    row.previousElementSibling?.before(row);
    event.target.closest("[data-up]").focus();
    say(place, place.dataset.moved);
    changed(form);
  } else if (event.target.closest("[data-look]")) {
    look(row, event);
    changed(form);
  }
}

function drop(row, { place, form }) {
  const data = { csrf_token: form.elements.csrf_token.value };
  send(`/compose/files/${idOf(row)}/remove`, data).catch(() => {});
  row.remove();
  place.querySelector('input[type="file"]').focus();
  say(place, place.dataset.removed);
  changed(form);
}

// Where one has to look

function look(row, event) {
  const [left, top] = sides(row);
  if (!left) return;
  const box = row.querySelector("[data-look]").getBoundingClientRect();
  left.value = Math.round((100 * (event.clientX - box.left)) / box.width);
  top.value = Math.round((100 * (event.clientY - box.top)) / box.height);
  mark(row);
}

function sides(row) {
  const id = idOf(row);
  return ["left", "top"].map((name) => row.querySelector(`[name="${name}-${id}"]`));
}

function mark(row) {
  const picture = row.querySelector("[data-look]");
  const [left, top] = sides(row);
  if (!picture || !left) return;
  const isMiddle = left.value === "50" && top.value === "50";
  const point = picture.querySelector(".attached-mark") ?? element("span", "");
  point.className = "attached-mark";
  point.hidden = isMiddle;
  point.style.left = `${left.value}%`;
  point.style.top = `${top.value}%`;
  picture.append(point);
}
