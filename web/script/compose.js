// The composer: what is typed is kept on the device until it is sent, and it is sent once.

import { ask, parse } from "./parts.js";
import { keepDraft } from "./drafts.js";
import { settled } from "./files.js";

const ANSWER_MS = 60_000;
const REACH_MS = 400;
// So many characters before the end it begins to be said, and at these it is read out.
const NEAR = 500;
const READ_OUT = [100, 50, 20, 0];
const HANDLE = /(?<![\w/@.])@([A-Za-z0-9_][\w.-]*(?:@[\w-]+(?:\.[\w-]+)*(?::\d{1,5})?)?)/g;
const ONE_LINE = 'input:not([type="file"], [type="radio"], [type="checkbox"])';

export function start(form, enhance) {
  const draft = keepDraft(form);
  count(form);
  tellReaders(form);
  nameTheButton(form);
  form.addEventListener("submit", (event) => publish(event, { form, draft, enhance }));
  form.addEventListener("keydown", (event) => onKey(event, form));
  addEventListener("pageshow", (event) => {
    // The browser's own copy of a page from which something was sent.
    if (event.persisted && form.dataset.sent) location.reload();
  });
  const hasKeys = matchMedia("(hover: hover) and (pointer: fine)").matches;
  if ("focus" in form.dataset && hasKeys) focusEnd(form.elements.text);
}

function focusEnd(text) {
  text.focus();
  text.setSelectionRange(text.value.length, text.value.length);
}

function onKey(event, form) {
  if (event.key !== "Enter" || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-publish]"));
  } else if (event.target.matches(ONE_LINE)) {
    // Enter in a choice of a poll publishes nothing.
    event.preventDefault();
  }
}

// How much room is left

function count(form) {
  const { text, warning } = form.elements;
  const shown = form.querySelector("[data-left-now]");
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const atFirst = shown?.textContent;
  let before = Infinity;
  const words = (left) => {
    if (left < 0) return form.dataset.over.replace("{n}", -left);
    const one = plural.select(left) === "one";
    return (one ? form.dataset.leftOne : form.dataset.left).replace("{n}", left);
  };
  const show = () => {
    const left = Number(form.dataset.limit) - length(text) - length(warning);
    if (shown) {
      shown.textContent = left > NEAR ? atFirst : words(left);
      shown.parentElement.classList.toggle("over", left < 0);
    }
    const isPassed = READ_OUT.some((mark) => left <= mark && before > mark);
    if (isPassed || (left < 0) !== (before < 0)) {
      form.querySelector("[data-left-said]").textContent = left > NEAR ? "" : words(left);
    }
    before = left;
  };
  form.addEventListener("input", (event) => {
    if (event.target === text || event.target === warning) show();
  });
  show();
}

function length(field) {
  // As the server counts: a sign outside the first plane is one.
  return field ? [...field.value].length : 0;
}

// Who will read it

function tellReaders(form) {
  if (!form.querySelector("[data-reach]")) return;
  const { text } = form.elements;
  let asked = names(text, { all: true }).join(" ");
  let timer;
  const look = (all) => {
    const found = names(text, { all });
    if (found.join(" ") === asked) return;
    asked = found.join(" ");
    showReach(form, found).catch(() => {
      // It is asked again with the next name.
      asked = undefined;
    });
  };
  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => look(false), REACH_MS);
  });
  text.addEventListener("change", () => look(true));
}

/** Return the handles of a text; without `all`, not the one that is being typed. */
function names(text, { all }) {
  const found = [...text.value.matchAll(HANDLE)];
  const done = found.filter((one) => all || one.index + one[0].length !== text.selectionStart);
  return [...new Set(done.map((one) => one[1].replace(/[.-]+$/, "").toLowerCase()))];
}

async function showReach(form, found) {
  const asked = new URLSearchParams(found.map((name) => ["name", name]));
  for (const name of ["answer", "quote"]) {
    if (form.elements[name]) asked.set(name, form.elements[name].value);
  }
  const answer = await ask(`/compose/reach?${asked}`);
  if (!answer.ok) throw new Error(String(answer.status));
  for (const fresh of parse(await answer.text()).querySelectorAll("[id]")) {
    document.getElementById(fresh.id)?.replaceWith(fresh);
  }
  const chosen = document.getElementById(`now-${form.elements.audience.value}`);
  form.querySelector("[data-reach]").textContent = chosen?.textContent ?? "";
}

function nameTheButton(form) {
  const { due } = form.elements;
  if (!due) return;
  const name = () => {
    const { laterWords, nowWords } = form.dataset;
    form.querySelector("[data-publish]").textContent = due.value ? laterWords : nowWords;
  };
  due.addEventListener("input", name);
  form.addEventListener("restored", name);
}

// Sending it

async function publish(event, { form, draft, enhance }) {
  if (event.submitter?.dataset.more) draft.hand(event.submitter.dataset.more);
  if (!event.submitter?.hasAttribute("data-publish")) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  event.submitter.setAttribute("aria-disabled", "true");
  try {
    await waitForFiles(form);
    tell(form, form.dataset.sendingWords, "status");
    await send(form, { draft, enhance });
  } catch (error) {
    draft.save();
    tell(form, form.dataset[reason(error)] ?? "");
    if (error.name !== "AbortError") event.submitter.textContent = form.dataset.again;
  } finally {
    delete form.dataset.busy;
    event.submitter.removeAttribute("aria-disabled");
  }
}

async function waitForFiles(form) {
  const files = settled(form);
  if (!files) return;
  tell(form, form.dataset.waiting, "status");
  await files.catch(() => {
    // What went wrong stands beside the file.
    throw new DOMException("", "AbortError");
  });
}

async function send(form, { draft, enhance }) {
  const body = new FormData(form);
  // Files are sent while one types.
  body.delete("file");
  const signal = AbortSignal.timeout(ANSWER_MS);
  const answer = await ask(form.getAttribute("action"), { method: "POST", body, signal });
  if (!answer.ok && answer.status !== 422) throw new Error(String(answer.status));
  const part = parse(await answer.text());
  const onward = part.querySelector("[data-go]");
  if (onward) {
    draft.forget();
    form.dataset.sent = "1";
    tell(form, onward.textContent, "status");
    location.assign(onward.dataset.go);
    return;
  }
  enhance(part);
  const fresh = part.querySelector("form");
  form.replaceWith(part);
  (fresh.querySelector(".problem") ?? fresh.elements.text).focus();
}

/** Name what went wrong, as the form calls its words for it; nothing where a file did. */
function reason(error) {
  if (error.name === "AbortError") return "";
  if (error.message === "elsewhere" || error.message === "403") return "elsewhere";
  return error instanceof TypeError ? "offline" : "slow";
}

function tell(form, words, role = "alert") {
  const place = form.querySelector("[data-problem]");
  if (!words) return place.replaceChildren();
  const said = document.createElement("p");
  said.className = role === "alert" ? "problem" : "hint";
  said.setAttribute("role", role);
  said.textContent = words;
  place.replaceChildren(said);
  if (role === "alert") said.scrollIntoView({ block: "nearest" });
}
