"""Where a practice in France is: INSEE's code of the town, its department, the hospital's number.

In the register's file the town is often missing, and the post office (Bureau cedex) stands alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Paris, Lyon and Marseille are one town each for INSEE, and one for each arrondissement: the code
# before the first arrondissement's, and how many there are.
_DIVIDED = {"PARIS": (75100, 20), "LYON": (69380, 9), "MARSEILLE": (13200, 16)}
_WHOLE_TOWNS = {"75056": "PARIS", "69123": "LYON", "13055": "MARSEILLE"}
_POST_CODES = {"750": "PARIS", "751": "PARIS", "6900": "LYON", "130": "MARSEILLE"}
_HOME = frozenset({"", "FR", "FRA", "FRANCE", "99000", "99100"})
_ABROAD = "99"
_INSEE = re.compile(r"[0-9][0-9AB][0-9]{3}")
_FINESS = re.compile(r"[0-9][0-9A-Z][0-9]{7}")
_OFFICE = re.compile(
    r"^(?:[0-9AB]{4,5}\s+)?(.*?)(?:\s+CEDEX(?:\s+([0-9]{1,2}))?.*)?$", re.IGNORECASE
)
_OVERSEAS = ("97", "98")


@dataclass(frozen=True, slots=True)
class Site:
    """A town's name, its department and INSEE's code, as far as an address tells."""

    town: str
    department: str
    town_code: str


def read_site(
    *,
    town: str = "",
    town_code: str = "",
    post_code: str = "",
    post_office: str = "",
    department: str = "",
    country: str = "",
) -> Site:
    """Return where an address is; of divided towns the arrondissement, where it can be told."""
    if not town and post_office:
        town = _town_of(post_office)
    if country.upper() not in _HOME:
        return Site(town, department, "")
    if not _INSEE.fullmatch(town_code) or town_code.startswith(_ABROAD):
        town_code = ""
    if not town_code or town_code in _WHOLE_TOWNS:
        town_code = _arrondissement(town_code, post_code, post_office) or town_code
    return Site(town, department or _department(town_code or post_code), town_code)


def find_finess(text: str) -> str:
    """Return the number of a hospital or another establishment; empty for anything else."""
    return text if _FINESS.fullmatch(text) else ""


def _town_of(post_office: str) -> str:
    found = _OFFICE.match(post_office)
    return found[1].title() if found else ""


def _arrondissement(town_code: str, post_code: str, post_office: str) -> str:
    town = _WHOLE_TOWNS.get(town_code) or next(
        (name for begin, name in _POST_CODES.items() if post_code.startswith(begin)), ""
    )
    number = post_code[-2:] if town and _is_of(post_code, town) else ""
    office = _OFFICE.match(post_office.upper())
    if not number and office and office[2] and office[1] in _DIVIDED:
        town, number = office[1], office[2]
    if not town or not number.isdigit():
        return ""
    before, count = _DIVIDED[town]
    return str(before + int(number)) if 1 <= int(number) <= count else ""


def _is_of(post_code: str, town: str) -> bool:
    return any(post_code.startswith(b) for b, name in _POST_CODES.items() if name == town)


def _department(code: str) -> str:
    """Return the department of a town's or a post code, of which Corsica's say less."""
    if len(code) != 5 or not code[2:].isdigit():
        return ""
    if code.startswith(_OVERSEAS):
        return code[:3]
    if code.startswith("20"):
        return "2A" if code[2] in "01" else "2B"
    return code[:2]
