"""Towns by name and by code, from data/towns.csv, which is searched where it lies on the disk.

The file is sorted by `search_key` and mapped into memory at the first question: a search reads the
few pages that it halves its way to, and no list of towns is ever kept.
"""

from __future__ import annotations

import heapq
import mmap
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from core.text import fold

FRANCE = "FR"
MAX_NAME_CHARS = 100
EARTH_RADIUS_KM = 6371.0088
_FILE = Path(__file__).resolve().parent.parent / "data" / "towns.csv"
# What people leave out before a name ("Havre", "Rochelle"), tried after what they typed.
_ARTICLES = ("le ", "la ", "les ", "l ")
_NOT_A_LETTER = re.compile(r"[\W_]+")
_SHORT_SAINT = re.compile(r"\bst(e?)\b")
# Quarters of the three cities that INSEE counts by themselves, and the city's own code.
_QUARTERS = (
    (re.compile(r"751(0[1-9]|1\d|20)"), "75056"),
    (re.compile(r"132(0[1-9]|1[0-6])"), "13055"),
    (re.compile(r"6938[1-9]"), "69123"),
)
# After a key come its longer ones: this is before them all, the other after.
_END = "\x01"
_AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Town:
    """A town: `code` is INSEE's in France, `g` and GeoNames' number elsewhere; degrees.

    `country` is ISO 3166-1; all that is France, overseas too, is `FR` with a `department`.
    """

    name: str
    department: str
    country: str
    latitude: float
    longitude: float
    code: str


def find_towns(text: str, country: str = "", limit: int = 10) -> list[Town]:
    """Return towns whose name begins as typed; those so named whole come first, then the bigger.

    Case, accents and hyphens do not matter; "st" is "saint", and an article may be left out.
    """
    key = search_key(text[:MAX_NAME_CHARS])
    if not key or limit < 1:
        return []
    starts = [start + key for start in ("", *_ARTICLES)]
    whole = [row for start in starts for row in _rows(start, start + _END)]
    longer = [row for start in starts for row in _rows(start + _END, start + _AFTER_ALL)]
    # A town stands in the file once for each of its names: one for each code is enough.
    found: dict[str, Town] = {}
    for row in _biggest(whole, country, limit) + _biggest(longer, country, limit * 3):
        found.setdefault(row[1], _town(row))
    return list(found.values())[:limit]


def town_of(code: str) -> Town | None:
    """Return the town with a code; a quarter of Paris, Lyon or Marseille is its city."""
    for quarters, city in _QUARTERS:
        if quarters.fullmatch(code):
            code = city
    if not code.isascii() or not code.isalnum():
        return None
    data = _data()
    # Only in the second column: no name is a number, and no other column holds a code.
    found = data.find(f",{code},".encode())
    while found != -1:
        row = _row_at(data, found)
        if row[1] == code:
            return _town(row)
        found = data.find(f",{code},".encode(), found + 1)
    return None


def distance_km(
    latitude: float, longitude: float, to_latitude: float, to_longitude: float
) -> float:
    """Return how far two points of the globe are apart; degrees."""
    north, other = radians(latitude), radians(to_latitude)
    half = sin((other - north) / 2) ** 2
    turn = sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(half + cos(north) * cos(other) * turn)))


@lru_cache(maxsize=2048)
def search_key(name: str) -> str:
    """Return a name as the file is sorted: bare words, "saint" written out."""
    words = _NOT_A_LETTER.sub(" ", fold(name)).strip()
    return _SHORT_SAINT.sub(r"saint\1", words)


def _biggest(rows: Iterable[str], country: str, limit: int) -> list[list[str]]:
    of_country = f",{country.upper()}," if country else ","
    biggest = heapq.nlargest(
        limit,
        (row for row in rows if of_country in row),
        key=lambda row: int(row.rpartition(",")[2]),
    )
    return [row.split(",") for row in biggest]


def _town(row: list[str]) -> Town:
    name, code, department, country, latitude, longitude, _ = row
    return Town(name, department, country, float(latitude), float(longitude), code)


def _rows(first: str, end: str) -> list[str]:
    """Return the lines whose key is not before `first`, and before `end`."""
    data = _data()
    return data[_position(data, first) : _position(data, end)].decode().splitlines()


def _position(data: mmap.mmap, key: str) -> int:
    """Return where the first line begins whose key is not before this one."""
    low, high = 0, len(data)
    while low < high:
        start = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = data.find(b"\n", start) + 1
        if search_key(data[start:end].decode().partition(",")[0]) < key:
            low = end
        else:
            high = start
    return low


def _row_at(data: mmap.mmap, position: int) -> list[str]:
    start = data.rfind(b"\n", 0, position) + 1
    return data[start : data.find(b"\n", position)].decode().split(",")


@cache
def _data() -> mmap.mmap:
    with _FILE.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
