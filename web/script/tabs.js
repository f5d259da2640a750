// Tabs that have more than a phone is wide: the one that is shown is brought into sight.

export function start(tabs) {
  const here = tabs.querySelector("[aria-current]");
  if (!here) return;
  const inside = here.getBoundingClientRect().left - tabs.getBoundingClientRect().left;
  tabs.scrollLeft += inside - (tabs.clientWidth - here.offsetWidth) / 2;
}
