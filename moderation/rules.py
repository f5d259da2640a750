"""The rules of the house, as the administrator writes them into a file: one a line.

`rules.txt` in the data folder. What follows ` | ` on a line explains the rule. A rule's number is
that of its line: a line left empty keeps the numbers of those below it, which reports name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "rules.txt"
MAX_RULES = 100


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its number, what it says, and what explains it."""

    id: int
    text: str
    hint: str = ""


def read_rules(data_dir: Path) -> tuple[Rule, ...]:
    """Return the rules as they are now; none where there is no such file."""
    try:
        lines = (data_dir / FILE_NAME).read_text("utf-8", "replace").splitlines()[:MAX_RULES]
    except OSError:
        return ()
    parts = [(number, *line.partition(" | ")) for number, line in enumerate(lines, start=1)]
    return tuple(
        Rule(number, text.strip(), hint.strip()) for number, text, _, hint in parts if text.strip()
    )
