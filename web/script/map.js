// A map that is looked at closer in place: by wheel, fingers, buttons and keys. Without this, each look
// is a page of the server, made in the same way (doctors/map.py).

const SVG = "http://www.w3.org/2000/svg";
const SMALLEST_TARGET = 40;
const MOVED = 5;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function start(map) {
  const pictures = [...map.querySelectorAll("svg.map-picture, svg.map-links")];
  const layer = map.querySelector(".map-bubbles");
  const size = { width: Number(map.dataset.width), height: Number(map.dataset.height) };
  const largest = Number(map.dataset.largest);
  // Seen whole, France has numbers in its departments; a page that begins closer comes without them.
  const numbers = map.querySelector(".map-numbers");
  const towns = readTowns();
  const first = pictures[0].viewBox.baseVal;
  let view = { zoom: size.width / first.width, x: first.x + first.width / 2, y: first.y + first.height / 2 };
  let drawn = 0;
  let moving = 0;

  const sheet = map.querySelector(".map-sheet");
  sheet.tabIndex = 0;
  sheet.setAttribute("role", "group");
  sheet.setAttribute("aria-label", map.dataset.words);

  /** Show a part of the map; nothing beyond its edges. */
  function show(next) {
    const zoom = Math.min(Math.max(next.zoom, 1), largest);
    const [width, height] = [size.width / zoom, size.height / zoom];
    const x = Math.min(Math.max(next.x, width / 2), size.width - width / 2);
    const y = Math.min(Math.max(next.y, height / 2), size.height - height / 2);
    view = { zoom, x, y };
    const box = [x - width / 2, y - height / 2, width, height].map((edge) => edge.toFixed(2)).join(" ");
    for (const picture of pictures) picture.setAttribute("viewBox", box);
    map.dataset.zoom = zoom < 1.5 ? 1 : Math.round(zoom);
    if (zoom !== drawn) drawBubbles();
    for (const button of buttons) tell(button);
  }

  /** Go to a part of the map, in a moment where the reader wants no motion. */
  function go(next) {
    cancelAnimationFrame(moving);
    keep(next);
    if (isStill()) return show(next);
    const from = view;
    const began = performance.now();
    const step = (time) => {
      const part = Math.min(Math.max((time - began) / 140, 0), 1);
      const zoom = from.zoom * (next.zoom / from.zoom) ** part;
      show({ zoom, x: from.x + (next.x - from.x) * part, y: from.y + (next.y - from.y) * part });
      if (part < 1) moving = requestAnimationFrame(step);
    };
    moving = requestAnimationFrame(step);
  }

  /** Change how close one looks, with a point of the map where it is. */
  function closer(times, at = view) {
    const zoom = Math.min(Math.max(view.zoom * times, 1), largest);
    const part = view.zoom / zoom;
    return { zoom, x: at.x + (view.x - at.x) * part, y: at.y + (view.y - at.y) * part };
  }

  /** Write the view into the address: it can be sent to somebody, and come back to. */
  function keep({ zoom, x, y }) {
    const address = new URL(location.href);
    if (Math.round(zoom) > 1) {
      address.searchParams.set("zoom", Math.round(zoom));
      address.searchParams.set("at", `${Math.max(0, Math.round(x))},${Math.max(0, Math.round(y))}`);
    } else {
      address.searchParams.delete("zoom");
      address.searchParams.delete("at");
    }
    history.replaceState(history.state, "", address);
  }

  // --- towns as bubbles ---

  function readTowns() {
    return [...document.querySelectorAll(".map-table [data-at]")].map((line) => {
      const [x, y, count, ...key] = line.dataset.at.split(",");
      const href = `${map.dataset.whole}&town=${encodeURIComponent(key.join(","))}`;
      return { x: Number(x), y: Number(y), count: Number(count), name: line.firstChild.data.trim(), href };
    });
  }

  function drawBubbles() {
    drawn = view.zoom;
    if (!towns.length) {
      for (const bubble of layer.children) scale(bubble);
      return;
    }
    layer.replaceChildren(...(numbers && view.zoom < 1.5 ? [] : together().map(bubbleOf)));
  }

  /** Towns that are too close to be told apart, under the one with the most people. */
  function together() {
    const unit = map.clientWidth / size.width || 1;
    const reach = Math.max(Number(map.dataset.reach), SMALLEST_TARGET / unit) / view.zoom;
    const found = [];
    for (const town of [...towns].sort((one, other) => other.count - one.count)) {
      const near = found.find((one) => Math.hypot(one.x - town.x, one.y - town.y) < reach);
      if (near) near.towns.push(town);
      else found.push({ x: town.x, y: town.y, towns: [town] });
    }
    return found;
  }

  function bubbleOf({ x, y, towns: members }) {
    const count = members.reduce((sum, town) => sum + town.count, 0);
    const link = document.createElementNS(SVG, "a");
    link.setAttribute("class", `b${Math.min(4, String(count).length + (count > 1 ? 1 : 0))}`);
    link.setAttribute("tabindex", "-1");
    link.setAttribute("href", members[0].href);
    link.setAttribute("transform", `translate(${x} ${y})`);
    link.append(element("title", `${members.slice(0, 3).map((town) => town.name).join(", ")}: ${count}`));
    link.append(element("circle"));
    if (count > 1) link.append(element("text", count));
    if (members.length > 1 && view.zoom < largest) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        go({ zoom: Math.min(view.zoom * 2.5, largest), x, y });
      });
    }
    scale(link);
    return link;
  }

  function scale(bubble) {
    const [place] = bubble.getAttribute("transform").split(" scale");
    bubble.setAttribute("transform", `${place} scale(${(1 / view.zoom).toFixed(4)})`);
  }

  // --- buttons and keys ---

  const buttons = [...map.querySelectorAll("[data-zoom]")];
  const whole = { zoom: 1, x: size.width / 2, y: size.height / 2 };
  const acts = { in: () => closer(2), out: () => closer(0.5), whole: () => whole };

  function tell(button) {
    const isOver = button.dataset.zoom === "in" ? view.zoom >= largest : view.zoom <= 1;
    button.setAttribute("aria-disabled", isOver);
    button.setAttribute("role", "button");
    button.tabIndex = 0;
  }

  for (const button of buttons) {
    const press = (event) => {
      event.preventDefault();
      go(acts[button.dataset.zoom]());
    };
    button.addEventListener("click", press);
    button.addEventListener("keydown", (event) => {
      if (event.key === " " || (event.key === "Enter" && !button.hasAttribute("href"))) press(event);
    });
  }

  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [across, down] = KEYS[event.key] ?? [0, 0];
    const part = 0.2 / view.zoom;
    if (across || down) go({ ...view, x: view.x + across * size.width * part, y: view.y + down * size.height * part });
    else if (event.key === "+" || event.key === "=") go(acts.in());
    else if (event.key === "-") go(acts.out());
    else if (event.key === "0") go(whole);
    else return;
    event.preventDefault();
  });

  // --- wheel and fingers ---

  function under(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(pictures[0].getScreenCTM().inverse());
    return { x, y };
  }

  // A wheel that passes over a map goes on moving the page: it is the map's once that was touched.
  sheet.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !map.contains(document.activeElement)) return;
    event.preventDefault();
    cancelAnimationFrame(moving);
    show(closer(2 ** (-event.deltaY / 300), under(event)));
    keep(view);
  }, { passive: false });

  const fingers = new Map();
  let travelled = 0;

  sheet.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (!fingers.size) travelled = 0;
    fingers.set(event.pointerId, event);
    // No link is dragged away as a picture.
    if (event.pointerType === "mouse") event.preventDefault();
    sheet.focus({ preventScroll: true });
  });

  addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    fingers.set(event.pointerId, event);
    travelled += Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY);
    if (travelled < MOVED) return;
    map.classList.add("is-moving");
    const [from, to] = [under(before), under(event)];
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) return show({ ...view, x: view.x + from.x - to.x, y: view.y + from.y - to.y });
    const rest = under(other);
    const times = Math.hypot(to.x - rest.x, to.y - rest.y) / Math.hypot(from.x - rest.x, from.y - rest.y);
    if (Number.isFinite(times) && times > 0) show(closer(times, rest));
  });

  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, (event) => {
      if (!fingers.delete(event.pointerId) || fingers.size) return;
      map.classList.remove("is-moving");
      if (travelled >= MOVED) keep(view);
    });
  }

  // What ends a movement is no click on what lies under it.
  sheet.addEventListener("click", (event) => {
    if (travelled >= MOVED && event.detail) {
      event.preventDefault();
      event.stopPropagation();
    }
    travelled = 0;
  }, true);

  show(view);
}

function element(name, words = "") {
  const made = document.createElementNS(SVG, name);
  made.textContent = words;
  return made;
}

function isStill() {
  const wish = document.documentElement.dataset.motion;
  return wish === "still" || matchMedia("(prefers-reduced-motion: reduce)").matches;
}
