// Signing out: what is kept on this device for its person goes with them.

const WAIT_MS = 1000;

export function start(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await Promise.race([forget(), new Promise((resolve) => setTimeout(resolve, WAIT_MS))]);
    form.submit();
  });
}

async function forget() {
  try {
    localStorage.clear();
    sessionStorage.clear();
    const names = await caches.keys();
    // The shell is what the page without network is made of: the same for everybody.
    const theirs = names.filter((name) => !name.startsWith("shell-"));
    await Promise.all(theirs.map((name) => caches.delete(name)));
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}
