// What makes pages quicker, for browsers that run it; every page works without.
// An element with `data-enhance="name"` is given to the function of that name below.

import { start as acts } from "./acts.js";
import { start as claim } from "./claim.js";
import { start as complete } from "./complete.js";
import { start as compose } from "./compose.js";
import { start as files } from "./files.js";
import { start as install } from "./install.js";
import { start as leave } from "./leave.js";
import { start as live } from "./live.js";
import { start as map } from "./map.js";
import { start as more } from "./more.js";
import { start as push } from "./push.js";
import { start as ring } from "./ring.js";
import { start as tabs } from "./tabs.js";

const TABLE = { acts, claim, complete, compose, files, install, leave, live, map, more, push, ring, tabs };

/** Give every element of a page, or of a part that was put into it, to its functions. */
export function enhance(root) {
  for (const element of root.querySelectorAll("[data-enhance]")) {
    for (const name of element.dataset.enhance.split(" ")) TABLE[name]?.(element, enhance);
  }
}

document.documentElement.classList.add("scripted");
enhance(document);
