"""One map of people for one reader: its shapes, bubbles, links and the table under it.

Everything is made here; the template only writes it. `mapping.py` says who is on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil, log
from typing import Any
from urllib.parse import urlencode

from core.errors import NotFound
from core.i18n import Language, mark
from doctors.map import (
    LARGEST_ZOOM,
    REACH,
    Bubble,
    Gathered,
    MapName,
    TownOnMap,
    View,
    bubbles,
    place_on,
    view_of,
)
from doctors.places.countries import country_name
from doctors.places.departments import department_name
from doctors.places.drawing import Area, Drawing, drawing_of

SHADES = 4
# Towns that the table names and that are bubbles: those with the most people.
LISTED_TOWNS = 200
# A close look at one town still shows what is around it.
_TOWN_ZOOM = {MapName.FRANCE: 8, MapName.WORLD: 16}
# A chosen place of France is seen at half the map's scale, its bubbles as large as ever.
_BESIDE_FRANCE = 2 * REACH
_TITLES = {
    MapName.FRANCE: mark("Map of France with its departments"),
    MapName.WORLD: mark("Map of the world"),
}

Asked = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ShownArea:
    """A department or country as it is drawn; `shade` is 0 where nobody is, `href` may be empty."""

    area: Area
    name: str
    count: int
    shade: int
    href: str


@dataclass(frozen=True, slots=True)
class ShownBubble:
    """Some people at a place; `size` is 1 to 4."""

    bubble: Bubble
    name: str
    size: int
    href: str


@dataclass(frozen=True, slots=True)
class ShownTown:
    """A town in the table under the map; `at` is its place there, how many are in it, its key."""

    name: str
    count: int
    at: str


@dataclass(frozen=True, slots=True)
class Row:
    """A department or country in the table under the map."""

    name: str
    code: str
    count: int
    href: str
    towns: tuple[ShownTown, ...]
    further: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is looked at: an area or a town, with those who are there."""

    name: str
    code: str
    people: tuple[int, ...]


class MapPage:
    """One map, for one reader: its links, its shapes, its table."""

    def __init__(
        self,
        gathered: Gathered,
        asked: Asked,
        language: Language,
        *,
        name: MapName,
        kept: str = "",
    ) -> None:
        self.gathered, self.language, self.name = gathered, language, name
        self.drawing: Drawing = drawing_of(name)
        self.towns = gathered.on(name)
        self.counts: Mapping[str, int] = (
            gathered.departments if name is MapName.FRANCE else gathered.countries
        )
        self.part = "department" if name is MapName.FRANCE else "country"
        self._asked = asked
        self._base = [(kept, asked[kept])] if kept in asked else []

    def link(self, **also: str) -> str:
        """Return an address of this map, with what is asked for besides."""
        # A department is France's and a country the world's: that need not be said a hundred times.
        on = {} if self.part in also else {"on": self.name.value}
        return f"?{urlencode([*self._base, *on.items(), *also.items()], safe=':,')}"

    @property
    def chosen_by(self) -> dict[str, str]:
        """What of the address chooses a place."""
        names = (self.part, "town")
        return {name: self._asked[name] for name in names if self._asked.get(name)}

    def chosen(self) -> Chosen | None:
        """Return the chosen place, if one is; raises NotFound where nobody is."""
        asked = self.chosen_by
        if not asked:
            return None
        code, key = asked.get(self.part, ""), asked.get("town", "")
        there = [
            town for town in self.towns if key in ("", town.key) and code in ("", self._code(town))
        ]
        if not there:
            raise NotFound("nobody of these people is there")
        people = tuple(actor_id for town in there for actor_id in town.people)
        if key:
            return Chosen(there[0].name, self._code(there[0]), people)
        return Chosen(self.area_name(code), code, people)

    def _code(self, town: TownOnMap) -> str:
        return town.department if self.name is MapName.FRANCE else town.country

    def area_name(self, code: str) -> str:
        """Return a department or country in the reader's words."""
        if not code:
            return self.language.gettext("Not said")
        if self.name is MapName.FRANCE:
            return department_name(code)
        return country_name(code, self.language.code)

    def values(self, chosen: Chosen | None) -> dict[str, Any]:
        """Return what the template shows."""
        view = self._view(chosen)
        there = sum(self.counts.values())
        gettext = self.language.gettext
        return {
            "name": self.name.value,
            "map_title": gettext(_TITLES[self.name]),
            "tabs": self._tabs(),
            "shades": self._shades(view),
            "closer": self.drawing.frames[1:],
            "width": self.drawing.width,
            "height": self.drawing.height,
            "box": " ".join(f"{edge:g}" for edge in _rounded(view.box(self.drawing))),
            "zoom": view.zoom,
            "largest": LARGEST_ZOOM,
            "reach": REACH,
            "bubbles": self._bubbles(view),
            "zooms": self._zooms(view),
            "rows": [] if chosen else self._rows(),
            "chosen": chosen,
            "whole": self.link(),
            "there": there,
            "elsewhere": sum(len(town.people) for town in self.gathered.towns) - there,
            "nowhere": len(self.gathered.nowhere),
            "area_name": self.area_name,
        }

    def _tabs(self) -> list[tuple[str, str, int]]:
        counts = {
            name: sum(len(town.people) for town in self.gathered.on(name)) for name in MapName
        }
        return [
            (name.value, f"?{urlencode([*self._base, ('on', name.value)], safe=':,')}", count)
            for name, count in counts.items()
        ]

    def _shades(self, view: View) -> list[list[ShownArea]]:
        """Return the areas by how many people are there: a group a shade, nobody first.

        Only what is seen is a link: further away, a closer look has its bubbles.
        """
        groups: list[list[ShownArea]] = [[] for _ in range(SHADES + 1)]
        most = max(self.counts.values(), default=0)
        for area in self.drawing.areas:
            count = self.counts.get(area.code, 0) if area.code else 0
            shade = ceil(SHADES * log(1 + count) / log(1 + most)) if count else 0
            is_link = count and view.meets(self.drawing, area.box)
            href = self.link(**{self.part: area.code}) if is_link else ""
            groups[shade].append(
                ShownArea(area, self.area_name(area.code) if count else "", count, shade, href)
            )
        return groups

    def _view(self, chosen: Chosen | None) -> View:
        """Return what is to be seen: what the address says, the chosen place, or everything."""
        zoom = read_number(self._asked.get("zoom"), most=LARGEST_ZOOM)
        middle = (self.drawing.width / 2, self.drawing.height / 2)
        if zoom:
            return View(zoom, *_read_at(self._asked.get("at", ""), middle))
        if chosen is None:
            return View(1, *middle)
        if key := self._asked.get("town"):
            town = next(town for town in self.towns if town.key == key)
            point = place_on(self.drawing, town)
            return View(_TOWN_ZOOM[self.name], *point) if point else View(1, *middle)
        area = self.drawing.area_of(chosen.code)
        return view_of(self.drawing, area.box) if area else View(1, *middle)

    def _bubbles(self, view: View) -> list[ShownBubble]:
        """Return the bubbles; seen whole, France has numbers in its departments instead."""
        if self.name is MapName.FRANCE and view.zoom == 1:
            return []
        # A chosen place is seen in a wider picture than the map's own.
        beside = 0.5 if self.chosen_by else 0.05
        is_half = bool(self.chosen_by) and self.name is MapName.FRANCE
        drawn = bubbles(
            self.drawing,
            self.towns[:LISTED_TOWNS],
            view.zoom,
            apart_at_least=_BESIDE_FRANCE if is_half else REACH,
        )
        return [
            ShownBubble(
                bubble,
                ", ".join(town.name for town in bubble.towns[:3]),
                min(4, len(str(bubble.count)) + (bubble.count > 1)),
                self._bubble_link(bubble, view),
            )
            for bubble in drawn
            if view.shows(self.drawing, bubble, beside=beside)
        ]

    def _bubble_link(self, bubble: Bubble, view: View) -> str:
        if len(bubble.towns) == 1 or view.zoom >= LARGEST_ZOOM:
            return self.link(town=bubble.towns[0].key)
        return self.link(zoom=str(view.zoom * 2), at=f"{bubble.x:.0f},{bubble.y:.0f}")

    def _zooms(self, view: View) -> dict[str, str]:
        at = f"{view.x:.0f},{view.y:.0f}"
        closer, further = view.zoom * 2, view.zoom // 2
        return {
            "in": self.link(zoom=str(closer), at=at) if closer <= LARGEST_ZOOM else "",
            "out": self.link(zoom=str(further), at=at) if further > 1 else "",
            "whole": self.link() if view.zoom > 1 else "",
        }

    def _rows(self) -> list[Row]:
        towns: dict[str, list[ShownTown]] = {}
        unlisted: Counter[str] = Counter(self._code(town) for town in self.towns[LISTED_TOWNS:])
        for town in self.towns[:LISTED_TOWNS]:
            towns.setdefault(self._code(town), []).append(self._town(town))
        return [
            Row(
                self.area_name(code),
                code if self.name is MapName.FRANCE else "",
                count,
                self.link(**{self.part: code}) if code else "",
                tuple(towns.get(code, ())),
                unlisted[code],
            )
            for code, count in self.counts.items()
        ]

    def _town(self, town: TownOnMap) -> ShownTown:
        point, count = place_on(self.drawing, town), len(town.people)
        at = f"{point[0]:.0f},{point[1]:.0f},{count},{town.key}" if point else ""
        return ShownTown(town.name, count, at)


def read_number(text: str | None, *, most: int) -> int | None:
    """Read a number of an address: from 1 to `most`; None for what is none."""
    if not text or not (text.isascii() and text.isdigit() and len(text) < 7):
        return None
    return min(max(int(text), 1), most)


def _read_at(text: str, otherwise: tuple[float, float]) -> tuple[float, float]:
    x, comma, y = text.partition(",")
    is_point = bool(comma) and x.isdigit() and y.isdigit() and len(text) < 14 and text.isascii()
    return (float(x), float(y)) if is_point else otherwise


def _rounded(box: Iterable[float]) -> list[float]:
    return [round(edge, 1) for edge in box]
