"""Which test shows which case of the security catalogue: `make cases` writes the page of it.

A test bears the numbers of its cases in its name: `test_b12_…`. The catalogue's own words stay
where they are; here are the numbers, and what the tests say.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security-cases.md"
_SHARED = Path(os.environ.get("SHARED_FOLDER", ROOT.parent / "shared"))
CATALOGUE = _SHARED / "reference" / "security.md"
SECTIONS = {
    "A": ("The inbox: signatures", 40),
    "B": ("The inbox: authority of the content", 56),
    "C": ("The inbox: form, size, floods", 20),
    "D": ("What we fetch", 36),
    "E": ("WebFinger and handles", 12),
    "F": ("Media", 21),
    "H": ("The client API and the pages: authorisation", 33),
    "I": ("OAuth, sessions, sign-in", 18),
    "J": ("Streams", 12),
    "K": ("What we send", 14),
}
# Why a case has no test.
LEFT_OUT: Mapping[str, str] = {
    "H18": "Nothing is exported yet.",
    "I06": "There is no sign-on by other providers yet.",
    "I13": "There is no sign-on by other providers yet.",
    "K12": "Follower synchronisation is not taken up yet: no such header is sent or read.",
}
_NUMBER = re.compile(r"(?<![a-z0-9])([a-fh-k])(\d\d)(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A test that bears a case's number: its file and its name as a sentence."""

    file: str
    sentence: str


def every_case() -> list[str]:
    """Return the numbers of the catalogue's sections, in order."""
    return [
        f"{letter}{number:02}"
        for letter, (_, count) in SECTIONS.items()
        for number in range(1, count + 1)
    ]


def cases_of_the_catalogue() -> list[str]:
    """Return the numbers in the catalogue itself; none where it is not beside us."""
    if not CATALOGUE.exists():
        return []
    found = re.findall(r"^([A-Z]\d\d) ", CATALOGUE.read_text(), re.MULTILINE)
    return [number for number in found if number[0] in SECTIONS]


def find_tests() -> dict[str, list[Shown]]:
    """Return the tests of each case, by file and in the order of the file."""
    found: dict[str, list[Shown]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in _names(path):
            words = name.replace("_", " ")
            numbers = {f"{letter.upper()}{digits}" for letter, digits in _NUMBER.findall(words)}
            sentence = " ".join(_NUMBER.sub("", words).split())
            for number in numbers:
                shown = Shown(str(path.relative_to(ROOT / "tests")), sentence)
                found[number].append(shown)
    return found


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("test_"):
                yield node.name.removeprefix("test_")


def gaps(found: Mapping[str, list[Shown]]) -> list[str]:
    """Return the cases that have neither a test nor a reason."""
    return [number for number in every_case() if number not in found and number not in LEFT_OUT]


def render(found: Mapping[str, list[Shown]]) -> str:
    """Write the page."""
    every = every_case()
    lines = [
        "# The cases of the security catalogue",
        "",
        "Each hostile or faulty input of the catalogue has a number; a test that shows what we do "
        "with it bears the number in its name. This page is written by `make cases`, and compared "
        "with the tests by `tests/test_cases.py`.",
        "",
        f"{sum(number in found for number in every)} of {len(every)} cases have a test; "
        f"{len(LEFT_OUT)} are left out, with the reason beside their number.",
    ]
    for letter, (title, _) in SECTIONS.items():
        lines += ["", f"## {letter} · {title}", "", "| Case | What the tests say |", "|---|---|"]
        lines += [
            f"| {number} | {_cell(number, found.get(number, []))} |"
            for number in every
            if number[0] == letter
        ]
    return "\n".join(lines) + "\n"


def _cell(number: str, tests: list[Shown]) -> str:
    if not tests:
        return f"*{LEFT_OUT.get(number, 'No test yet.')}*"
    by_file: dict[str, list[str]] = defaultdict(list)
    for test in tests:
        by_file[test.file].append(test.sentence)
    return "<br>".join(
        f"{'; '.join(dict.fromkeys(sentences))} (`{file}`)" for file, sentences in by_file.items()
    )


def main() -> int:
    """Write the page; name the gaps."""
    found = find_tests()
    PAGE.write_text(render(found))
    missing = gaps(found)
    print(f"{PAGE.relative_to(ROOT)}: {len(missing)} cases without a test or a reason")
    print(" ".join(missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
