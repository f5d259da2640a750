"""From degrees to the maps' own units: x to the right, y down. Pure.

Metropolitan France is a conic conformal projection with the figures of Lambert-93, in kilometres;
what lies overseas is small enough for a flat one; the world is the Natural Earth projection.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, log, pi, radians, sin, sqrt, tan

Point = tuple[float, float]

_RADIUS_KM = 6371.0
_FIRST, _SECOND = radians(44), radians(49)
_MIDDLE_LATITUDE, _MIDDLE_LONGITUDE = radians(46.5), radians(3)


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle of a map with a projection of its own.

    `kind` is `conic`, `flat` (around `latitude`) or `world`; what is projected is multiplied by
    `scale` and moved by `dx`, `dy`. `codes` are the departments that are drawn in it.
    """

    codes: tuple[str, ...]
    kind: str
    x: float
    y: float
    width: float
    height: float
    scale: float
    dx: float
    dy: float
    latitude: float = 0.0

    def place(self, latitude: float, longitude: float) -> Point:
        """Return where a point of the globe is on the map; at the edge if it is outside."""
        x, y = project(self.kind, latitude, longitude, around=self.latitude)
        return (
            min(max(x * self.scale + self.dx, self.x), self.x + self.width),
            min(max(y * self.scale + self.dy, self.y), self.y + self.height),
        )


def project(kind: str, latitude: float, longitude: float, *, around: float = 0.0) -> Point:
    """Return a point in the units of a projection: kilometres, or turns of the globe."""
    if kind == "conic":
        return _conic(radians(latitude), radians(longitude))
    if kind == "world":
        return _natural_earth(radians(latitude), radians(longitude))
    return (
        _RADIUS_KM * radians(longitude) * cos(radians(around)),
        -_RADIUS_KM * radians(latitude),
    )


def _conic(latitude: float, longitude: float) -> Point:
    """Lambert's conic conformal projection with two parallels, on a sphere."""
    latitude = min(max(latitude, radians(-80)), radians(89))
    exponent = log(cos(_FIRST) / cos(_SECOND)) / log(_stretch(_SECOND) / _stretch(_FIRST))
    factor = cos(_FIRST) * _stretch(_FIRST) ** exponent / exponent
    radius = factor / _stretch(latitude) ** exponent
    middle = factor / _stretch(_MIDDLE_LATITUDE) ** exponent
    angle = exponent * (longitude - _MIDDLE_LONGITUDE)
    return _RADIUS_KM * radius * sin(angle), -_RADIUS_KM * (middle - radius * cos(angle))


def _stretch(latitude: float) -> float:
    return tan(pi / 4 + latitude / 2)


def _natural_earth(latitude: float, longitude: float) -> Point:
    """Spec: Šavrič, Jenny, Patterson, Petrovič, Hurni: A polynomial equation (2011)."""
    square = latitude * latitude
    fourth = square * square
    across = (
        0.8707
        - 0.131979 * square
        + fourth * (-0.013791 + fourth * (0.003971 * square - 0.001529 * fourth))
    )
    down = 1.007226 + square * (
        0.015085 + fourth * (-0.044475 + 0.028874 * square - 0.005916 * fourth)
    )
    return longitude * across, -latitude * down


def extent(points: list[Point]) -> tuple[float, float, float, float]:
    """Return the smallest rectangle around points: left, top, right, bottom."""
    across, down = [x for x, _ in points], [y for _, y in points]
    return min(across), min(down), max(across), max(down)


def apart(one: Point, other: Point) -> float:
    """Return how far two points of a map are from each other."""
    return sqrt((one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2)
