"""Write docs/interop.md: what becomes of each recorded document of other servers (make interop)."""

from __future__ import annotations

import asyncio
import importlib
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import structlog  # noqa: E402

from corpus.documents import ABSENT, IS_THERE  # noqa: E402
from corpus.fates import Fate, all_fates  # noqa: E402
from corpus.world import World  # noqa: E402

PAGE = ROOT / "docs" / "interop.md"
# In this order; what is named with its reason, and what is only counted.
OUTCOMES = ("handled", "stored", "read", "ignored", "rejected")
TOLD = frozenset({"ignored", "rejected", "broken"})
_TITLES = {
    "generic": "generic (no particular server)",
    "hostile": "hostile (forged documents)",
    "w3c-as2": "w3c-as2 (examples of the specification)",
}
_HEAD = """# What becomes of other servers' documents

Written by `make interop`; a test compares this page with a fresh run where the recorded documents
(`shared/corpus`) lie beside the checkout.

Each of {total} documents that other servers wrote goes through this house on its own: the real
inbox, the real workers, every other host on a local socket. An activity is signed by its actor
(with a key of ours), whom somebody here follows; an actor, or a post with its author, is served at
its own id and fetched; collections, WebFinger and NodeInfo are read by their readers. Where an
activity is about a stranger, that stranger lives here. Hosts are written as in the recording, with
`https`; ids that the recorder blanked out are numbered again.

* **handled**: the activity was carried out · **stored**: the actor or post is kept · **read**: the
  collection, handle or description was understood;
* **ignored**: understood, and nothing to do · **rejected**: it lacks what it needs, or the right to
  what it asks for.
"""


def run() -> list[Fate]:
    """Run the whole corpus; takes some seconds."""
    for models in sorted(ROOT.glob("*/models.py")):
        importlib.import_module(f"{models.parent.name}.models")
    importlib.import_module("db.jobs")
    with World() as world, tempfile.TemporaryDirectory() as folder:
        world.settle()
        return asyncio.run(all_fates(world, Path(folder)))


def page(fates: Sequence[Fate]) -> str:
    """Write the page."""
    by_software = [
        (software, list(those))
        for software, those in groupby(
            sorted(fates, key=lambda one: one.document.file), key=lambda one: one.document.software
        )
    ]
    parts = [_HEAD.format(total=len(fates)), _table(by_software)]
    parts += [_section(software, those) for software, those in by_software]
    return "\n".join(parts)


def _table(by_software: Iterable[tuple[str, list[Fate]]]) -> str:
    lines = [f"| software | documents | {' | '.join(OUTCOMES)} |", f"|---|{'---:|' * 6}"]
    total: Counter[str] = Counter()
    for software, those in by_software:
        counts = Counter(one.name for one in those)
        total += counts
        lines.append(f"| {software} | {len(those)} | {_figures(counts)} |")
    lines.append(f"| **all** | **{total.total()}** | {_figures(total)} |")
    return "\n".join(lines) + "\n"


def _figures(counts: Counter[str]) -> str:
    return " | ".join(str(counts[name] or "·") for name in OUTCOMES)


def _section(software: str, fates: Sequence[Fate]) -> str:
    lines = [f"## {_TITLES.get(software, software)}", ""]
    done: Counter[str] = Counter()
    for fate in fates:
        if fate.name not in TOLD:
            done[f"{fate.document.type} ({fate.document.kind}) {_deed(fate)}"] += 1
    if done:
        lines += [f"* {f'{n} × ' if n > 1 else ''}{what}" for what, n in done.items()]
        lines.append("")
    for fate in fates:
        if fate.name in TOLD:
            name = fate.document.file.partition("/")[2]
            kind = f"{fate.document.type}, {fate.document.kind}"
            lines.append(f"* `{name}` ({kind}) {fate.name}: {fate.detail}")
    return "\n".join(lines).rstrip() + "\n"


def _deed(fate: Fate) -> str:
    if fate.document.kind == "actor":
        return "stored"
    return f"{fate.name}: {fate.detail}" if fate.name != "stored" else f"stored {fate.detail}"


def main() -> int:
    if not IS_THERE:
        print(ABSENT)
        return 1
    quiet = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=quiet)
    fates = run()
    PAGE.write_text(page(fates))
    counts = Counter(fate.name for fate in fates)
    print(f"{PAGE.relative_to(ROOT)}: {len(fates)} documents, {dict(counts)}")
    for fate in fates:
        if fate.name not in OUTCOMES:
            print(f"broken: {fate}")
    return 1 if counts["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
