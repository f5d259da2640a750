"""People on a map: where they are as far as the reader may know, counted and put together. Pure.

What is known of somebody is their town: nobody stands closer to their door than its centre.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from doctors.places.drawing import Box, Drawing, is_on
from doctors.places.projection import Point, apart
from doctors.places.towns import FRANCE, search_key
from federation.documents.practitioner import Place

MAX_PEOPLE = 5_000
# Of ours the longest has 57; of others' towns anything may be said.
MAX_NAME_CHARS = 60
DECIMALS = 5
# Bubbles stand at least so far apart, in units of a map that is shown whole.
REACH = 56.0
LARGEST_ZOOM = 32
# How much of a map an area takes when it is looked at.
_FILLED = 0.7


class MapName(StrEnum):
    """The maps that there are."""

    FRANCE = "france"
    WORLD = "world"


@dataclass(frozen=True, slots=True)
class TownOnMap:
    """A town with the ids of those who are there; `key` tells it from the others."""

    key: str
    name: str
    department: str
    country: str
    latitude: float | None
    longitude: float | None
    people: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Some people by where they are, the towns with the most first; `nowhere` are not on a map."""

    towns: tuple[TownOnMap, ...]
    nowhere: tuple[int, ...]

    def on(self, name: MapName) -> tuple[TownOnMap, ...]:
        """Return the towns that a map shows."""
        return tuple(town for town in self.towns if is_on(name, town.country))

    @property
    def departments(self) -> dict[str, int]:
        """How many are in each department of France, the number first, then the code."""
        return _counted((town.department, town) for town in self.on(MapName.FRANCE))

    @property
    def countries(self) -> dict[str, int]:
        """How many are in each country, the most first."""
        return _counted((town.country, town) for town in self.towns)


@dataclass(frozen=True, slots=True)
class Bubble:
    """Towns that are too close to be told apart, at the place of the one with the most people."""

    x: float
    y: float
    towns: tuple[TownOnMap, ...]

    @property
    def count(self) -> int:
        """How many people are there."""
        return sum(len(town.people) for town in self.towns)


@dataclass(frozen=True, slots=True)
class View:
    """What is seen of a map: how many times larger, and what is in the middle."""

    zoom: int
    x: float
    y: float

    def box(self, drawing: Drawing) -> Box:
        """Return the rectangle that is seen, in the map's units: left, top, width, height."""
        width, height = drawing.width / self.zoom, drawing.height / self.zoom
        left = min(max(self.x - width / 2, 0), drawing.width - width)
        top = min(max(self.y - height / 2, 0), drawing.height - height)
        return left, top, width, height

    def meets(self, drawing: Drawing, box: Box) -> bool:
        """Tell whether some of a rectangle (left, top, right, bottom) is seen."""
        left, top, width, height = self.box(drawing)
        is_beside = box[2] < left or box[0] > left + width
        return not is_beside and box[3] >= top and box[1] <= top + height

    def shows(self, drawing: Drawing, bubble: Bubble, *, beside: float = 0.05) -> bool:
        """Tell whether a bubble is seen, or would be after a small move."""
        left, top, width, height = self.box(drawing)
        across, down = (bubble.x - left) / width, (bubble.y - top) / height
        return -beside <= across <= 1 + beside and -beside <= down <= 1 + beside


def gather(places: Mapping[int, Place | None]) -> Gathered:
    """Put people together by town; None is a place that is not said, or not to this reader."""
    found: dict[str, list[int]] = defaultdict(list)
    named: dict[str, Place] = {}
    nowhere = []
    for actor_id, place in places.items():
        if place is None or not place.town:
            nowhere.append(actor_id)
            continue
        key = place.code or _key(place)
        # Who gives no coordinates is where the others of the town are.
        if key not in named or named[key].latitude is None:
            named[key] = place
        found[key].append(actor_id)
    towns = [_town(key, named[key], people) for key, people in found.items()]
    towns.sort(key=lambda town: (-len(town.people), town.name, town.key))
    return Gathered(tuple(towns), tuple(nowhere))


def _key(place: Place) -> str:
    parts = (place.country, place.department, search_key(place.town).replace(" ", "-"))
    return "~".join(part for part in parts if part)


def _town(key: str, place: Place, people: Sequence[int]) -> TownOnMap:
    return TownOnMap(
        key=key,
        name=place.town[:MAX_NAME_CHARS],
        department=place.department if place.country == FRANCE else "",
        country=place.country,
        latitude=None if place.latitude is None else round(place.latitude, DECIMALS),
        longitude=None if place.longitude is None else round(place.longitude, DECIMALS),
        people=tuple(people),
    )


def _counted(towns: Iterable[tuple[str, TownOnMap]]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for code, town in towns:
        counts[code] += len(town.people)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def place_on(drawing: Drawing, town: TownOnMap) -> Point | None:
    """Return where a town is on a map; None where its coordinates are not known."""
    if town.latitude is None or town.longitude is None:
        return None
    return drawing.place(town.latitude, town.longitude, town.department)


def bubbles(
    drawing: Drawing, towns: Iterable[TownOnMap], zoom: int, *, apart_at_least: float = REACH
) -> tuple[Bubble, ...]:
    """Return towns as bubbles that do not cover one another; those of a close look are smaller.

    Towns come with the most people first: each takes in the lesser ones within reach.
    """
    reach = apart_at_least / zoom
    centres: list[tuple[Point, list[TownOnMap]]] = []
    for town in towns:
        point = place_on(drawing, town)
        if point is None:
            continue
        near = next((members for at, members in centres if apart(at, point) < reach), None)
        if near is None:
            centres.append((point, [town]))
        else:
            near.append(town)
    return tuple(Bubble(x, y, tuple(members)) for (x, y), members in centres)


def view_of(drawing: Drawing, box: Box) -> View:
    """Return the closest view in which a rectangle (left, top, right, bottom) is seen whole."""
    left, top, right, bottom = box
    across = max((right - left) / drawing.width, (bottom - top) / drawing.height, 1e-9)
    zoom = 1
    while zoom < LARGEST_ZOOM and across * zoom * 2 <= _FILLED:
        zoom *= 2
    return View(zoom, (left + right) / 2, (top + bottom) / 2)
