// What makes pages quicker, for browsers that run it; every page works without.
// An element with `data-enhance="name"` is given to the function of that name below.

import { start as acts } from "./acts.js";
import { start as install } from "./install.js";

const TABLE = { acts, install };

/** Give every element of a page, or of a part that was put into it, to its functions. */
export function enhance(root) {
  for (const element of root.querySelectorAll("[data-enhance]")) {
    for (const name of element.dataset.enhance.split(" ")) TABLE[name]?.(element, enhance);
  }
}

document.documentElement.classList.add("scripted");
enhance(document);
