"""The maps' shapes, from data/map-france.json and data/map-world.json; read at the first map."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from doctors.places.projection import Frame, Point
from doctors.places.towns import FRANCE

_DATA = Path(__file__).resolve().parent.parent / "data"
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Area:
    """A department or a country: `d` is its SVG path, (x, y) where words stand in it.

    `frame` is the place of its frame in the drawing, `room` how far (x, y) is from its border,
    `box` the smallest rectangle around it: left, top, right, bottom.
    """

    code: str
    frame: int
    x: int
    y: int
    room: int
    box: Box
    d: str


@dataclass(frozen=True)
class Drawing:
    """A map without anybody on it. The first frame is the map itself, others lie within it."""

    width: float
    height: float
    frames: tuple[Frame, ...]
    areas: tuple[Area, ...]

    @cached_property
    def _frame_by_code(self) -> Mapping[str, Frame]:
        # The first frame that has it: a close-up is only a second look.
        return {code: frame for frame in reversed(self.frames) for code in frame.codes}

    def place(self, latitude: float, longitude: float, department: str = "") -> Point | None:
        """Return where a town is on the map; None where the map does not go."""
        if len(self.frames) == 1:
            return self.frames[0].place(latitude, longitude)
        frame = self._frame_by_code.get(department)
        return frame.place(latitude, longitude) if frame else None

    def area_of(self, code: str) -> Area | None:
        """Return an area by its code, as it is on the map itself."""
        return next((area for area in self.areas if area.code == code), None)

    @property
    def whole(self) -> Box:
        """The map's edges."""
        return 0.0, 0.0, self.width, self.height


@cache
def drawing_of(name: str) -> Drawing:
    """Return a map by its name: `france` or `world`."""
    read: dict[str, Any] = json.loads((_DATA / f"map-{name}.json").read_bytes())
    return Drawing(
        width=read["width"],
        height=read["height"],
        frames=tuple(_frame(one) for one in read["frames"]),
        areas=tuple(Area(**{**one, "box": tuple(one["box"])}) for one in read["areas"]),
    )


def _frame(read: Mapping[str, Any]) -> Frame:
    return Frame(**{**read, "codes": tuple(read["codes"])})


def is_on(name: str, country: str) -> bool:
    """Tell whether a map shows a country's towns."""
    return name == "world" or country == FRANCE
