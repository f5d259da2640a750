// What happens while a timeline is open: a button tells how much has come, and nothing jumps.
// The stream says ids and numbers alone; what is shown is asked for when somebody wants to see it.

import { say } from "./parts.js";
import { askPart, fresh } from "./more.js";

const HIDDEN_FOR_MS = 5 * 60_000;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 5 * 60_000;
// What is higher stands behind the top of the page.
const TOP_PX = 64;

export function start(list, enhance) {
  new Line(list, enhance).open();
}

class Line {
  constructor(list, enhance) {
    this.list = list;
    this.enhance = enhance;
    this.news = list.querySelector(".news");
    this.words = JSON.parse(list.dataset.words);
    this.waiting = new Set();
    this.failures = 0;
    this.wasOpen = false;
    this.isOver = false;
    document.addEventListener("visibilitychange", () => this.onVisibility());
    addEventListener("online", () => this.open());
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.open());
  }

  open() {
    clearTimeout(this.timer);
    if (this.source || this.isOver || document.hidden) return;
    this.source = new EventSource(`/live?timeline=${encodeURIComponent(this.list.dataset.live)}`);
    this.source.onopen = () => this.onOpen();
    this.source.onmessage = (event) => this.onMessage(JSON.parse(event.data));
    this.source.onerror = () => this.onError();
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  onOpen() {
    this.failures = 0;
    if (this.wasOpen) this.catchUp();
    this.wasOpen = true;
  }

  /** Wait longer each time, and not all pages of the house at one moment. */
  onError() {
    this.close();
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.failures++, LONGEST_WAIT_MS);
    this.timer = setTimeout(() => this.open(), wait * (0.5 + Math.random()));
  }

  onVisibility() {
    clearTimeout(this.hiding);
    if (document.hidden) this.hiding = setTimeout(() => this.close(), HIDDEN_FOR_MS);
    else this.open();
  }

  onMessage(told) {
    if (told.kind === "post") this.add([told.id]);
    else if (told.kind === "deleted") this.forget(told.id);
    else if (told.kind === "notification") showUnread(told.unread);
    else if (told.kind === "over") {
      this.isOver = true;
      this.close();
    }
  }

  /** What came while the stream was closed is counted too. */
  async catchUp() {
    try {
      const part = await askPart(this.newer());
      this.add(fresh(part).map((post) => post.id.replace("post-", "")));
    } catch {
      // The next post tells.
    }
  }

  newer() {
    return `${this.list.dataset.path}?min_id=${this.list.dataset.newest}`;
  }

  add(ids) {
    const newest = BigInt(this.list.dataset.newest);
    for (const id of ids) if (BigInt(id) > newest) this.waiting.add(id);
    this.tell();
  }

  tell() {
    const number = this.waiting.size;
    if (!number) return this.news.replaceChildren();
    const button = this.button ?? this.makeButton();
    const form = this.words.forms[this.words.of[Math.min(number, this.words.of.length - 1)]];
    button.textContent = form.replace("%(n)d", number);
    if (!button.isConnected) this.news.replaceChildren(button);
  }

  makeButton() {
    this.button = document.createElement("button");
    this.button.className = "button";
    this.button.addEventListener("click", () => this.show());
    return this.button;
  }

  async show() {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const part = await askPart(this.newer());
      const newest = BigInt(part.dataset.newest);
      for (const id of this.waiting) if (BigInt(id) <= newest) this.waiting.delete(id);
      this.list.dataset.newest = part.dataset.newest;
      const posts = fresh(part);
      // What is not shown after all is waited for no more.
      if (!posts.length) this.waiting.clear();
      this.put(posts);
      this.tell();
    } catch {
      say(document.getElementById("said").dataset.undone);
    } finally {
      this.isAsking = false;
    }
  }

  /** Put posts above the others: below the button for who is there, out of sight for who reads on. */
  put(posts) {
    if (!posts.length) return;
    this.list.querySelector(".empty")?.remove();
    const first = this.list.querySelector(".post");
    const isAtTop = !first || first.getBoundingClientRect().bottom > TOP_PX;
    const reading = isAtTop ? null : topmost(this.list);
    keepPlace(reading, () => this.news.after(...posts));
    for (const post of posts) this.enhance(post);
    (reading ?? posts[0]).focus({ preventScroll: true });
    if (reading) say(this.list.dataset.added);
  }

  /** Take a deleted post out; who just reads it is told. */
  forget(id) {
    if (this.waiting.delete(id)) this.tell();
    const post = document.getElementById(`post-${id}`);
    if (!post) return;
    const box = post.getBoundingClientRect();
    const isSeen = box.bottom > 0 && box.top < innerHeight;
    if (isSeen) return post.replaceWith(gone(this.list.dataset.gone));
    keepPlace(topmost(this.list), () => post.remove());
  }
}

function gone(words) {
  const note = document.createElement("p");
  note.className = "post post-gone";
  note.textContent = words;
  return note;
}

/** Return the first post of which something is seen. */
function topmost(list) {
  const posts = [...list.querySelectorAll(":scope > .post")];
  return posts.find((post) => post.getBoundingClientRect().bottom > TOP_PX) ?? null;
}

/** Change the page so that an element stays where it is on the screen; without one, as far down. */
function keepPlace(element, change) {
  const before = element ? element.getBoundingClientRect().top : -scrollY;
  change();
  const after = element ? element.getBoundingClientRect().top : -scrollY;
  if (after !== before) scrollBy({ top: after - before, behavior: "instant" });
}

/** Show how many notices are unread, wherever the page says so. */
function showUnread(number) {
  const words = number < 100 ? String(number) : "99+";
  for (const place of document.querySelectorAll("[data-unread]")) {
    place.dataset.unread = number;
    const count = place.querySelector(".count");
    if (!count) continue;
    count.querySelector(".count-number").textContent = words;
    count.hidden = !number;
  }
  const title = document.title.replace(/^\(\d+\+?\) /, "");
  document.title = number ? `(${words}) ${title}` : title;
}
