// Registers the service worker, whose version is in its address.

import { scriptAddress } from "./parts.js";

export function start(link) {
  if (!("serviceWorker" in navigator)) return;
  const address = scriptAddress(`/worker.js?${link.dataset.version}`);
  navigator.serviceWorker.register(address, { scope: "/" }).catch(() => {});
}
