// The service worker: shows the offline page where there is no network, and what is pushed.
// It keeps no page and no post: a ward's computer is used by many.

const SHELL = `shell-${self.location.search.slice(1)}`;
const OFFLINE = "/offline";

self.addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

async function keepShell() {
  const answer = await fetch(OFFLINE, { credentials: "omit" });
  if (!answer.ok) throw new Error(String(answer.status));
  const page = await answer.clone().text();
  const files = [...page.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map((match) => match[1]);
  const shell = await caches.open(SHELL);
  await shell.put(OFFLINE, answer);
  await shell.addAll([...new Set(files)]);
}

async function forgetOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (new URL(request.url).pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});

self.addEventListener("push", (event) => {
  const said = event.data?.json() ?? {};
  const shown = self.registration.showNotification(said.title || "Consilium", {
    body: said.body || "",
    tag: String(said.notification_id ?? ""),
    icon: said.icon,
    badge: "/static/app-192.png",
    data: { path: "/notifications" },
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.path || "/notifications"));
});

async function open(path) {
  const windows = await self.clients.matchAll({ type: "window" });
  const one = windows[0];
  if (!one) return self.clients.openWindow(path);
  await one.focus();
  return one.navigate(path);
}
