// Lets this browser be woken: asks for leave, subscribes, and sends where to.

import { say, send } from "./parts.js";

export function start(form) {
  const begin = form.querySelector('button[value="begin"]');
  if (begin) {
    if (!("PushManager" in window) || !("serviceWorker" in navigator)) return;
    begin.hidden = false;
  }
  form.addEventListener("submit", async (event) => {
    const act = event.submitter?.value;
    if (act === "end") await forget();
    if (act !== "begin") return;
    event.preventDefault();
    await subscribe(form);
  });
}

async function subscribe(form) {
  if ((await Notification.requestPermission()) !== "granted") return say(form.dataset.refused);
  try {
    const worker = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.key) };
    const { endpoint, keys } = (await worker.pushManager.subscribe(options)).toJSON();
    const data = new FormData(form);
    const sent = { endpoint, p256dh: keys.p256dh, auth: keys.auth };
    for (const [name, value] of Object.entries(sent)) data.set(name, value);
    const answer = await send(form.action, data, { redirect: "follow" });
    if (!answer.ok) throw new Error(String(answer.status));
    location.assign("/settings/notifications?saved=1");
  } catch {
    await forget();
    say(form.dataset.failed);
  }
}

async function forget() {
  const worker = await navigator.serviceWorker.getRegistration();
  const known = await worker?.pushManager.getSubscription();
  await known?.unsubscribe();
}

function bytes(key) {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
