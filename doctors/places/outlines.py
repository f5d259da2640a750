"""Outlines of neighbours, made coarser together so that no gap opens between them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from doctors.places.projection import Point, apart

Ring = list[Point]


def simplified(shapes: dict[str, list[Ring]], tolerance: float) -> dict[str, list[Ring]]:
    """Return rings with fewer points, none further than `tolerance` from the line that was.

    A line between two shapes is cut in the same way for both: it is looked at once, from the
    points where three shapes or two and the sea meet.
    """
    meeting = _meeting_points(ring for rings in shapes.values() for ring in rings)
    return {
        name: [_coarse(ring, meeting, tolerance) for ring in rings]
        for name, rings in shapes.items()
    }


def _meeting_points(rings: Iterable[Ring]) -> set[Point]:
    beside: dict[Point, set[Point]] = defaultdict(set)
    for ring in rings:
        for here, following in _sides(ring):
            beside[here].add(following)
            beside[following].add(here)
    return {point for point, others in beside.items() if len(others) > 2}


def _sides(ring: Ring) -> Iterator[tuple[Point, Point]]:
    yield from zip(ring, ring[1:] + ring[:1], strict=True)


def _coarse(ring: Ring, meeting: set[Point], tolerance: float) -> Ring:
    cuts = [index for index, point in enumerate(ring) if point in meeting]
    if len(cuts) < 2:
        first = min(range(len(ring)), key=lambda index: ring[index])
        far = max(range(len(ring)), key=lambda index: apart(ring[index], ring[first]))
        cuts = sorted({*cuts, first, far}) if len(cuts) != 1 else sorted({cuts[0], far})
    if len(cuts) < 2:
        return ring
    found: Ring = []
    for start, end in zip(cuts, [*cuts[1:], cuts[0] + len(ring)], strict=True):
        line = [ring[index % len(ring)] for index in range(start, end + 1)]
        found.extend(_line(line, tolerance)[:-1])
    return found


def _line(line: Sequence[Point], tolerance: float) -> list[Point]:
    """Make one line coarser (Douglas and Peucker), in the same way from either end."""
    if line[0] > line[-1]:
        return _kept(list(reversed(line)), tolerance)[::-1]
    return _kept(list(line), tolerance)


def _kept(line: list[Point], tolerance: float) -> list[Point]:
    keep, waiting = {0, len(line) - 1}, [(0, len(line) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        gap, middle = max(
            (_from_line(line[index], line[first], line[last]), index)
            for index in range(first + 1, last)
        )
        if gap > tolerance:
            keep.add(middle)
            waiting += [(first, middle), (middle, last)]
    return [line[index] for index in sorted(keep)]


def _from_line(point: Point, start: Point, end: Point) -> float:
    """Return how far a point is from a stretch of line."""
    length = apart(start, end)
    if length == 0:
        return apart(point, start)
    along = (
        (point[0] - start[0]) * (end[0] - start[0]) + (point[1] - start[1]) * (end[1] - start[1])
    ) / length**2
    along = min(1.0, max(0.0, along))
    nearest = start[0] + along * (end[0] - start[0]), start[1] + along * (end[1] - start[1])
    return apart(point, nearest)


def area(ring: Ring) -> float:
    """Return how much a ring encloses."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in _sides(ring))) / 2


def is_inside(point: Point, rings: Iterable[Ring]) -> bool:
    """Tell whether a point lies within rings, holes aside."""
    x, y = point
    inside = False
    for ring in rings:
        for (ax, ay), (bx, by) in _sides(ring):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                inside = not inside
    return inside


def cut(ring: Ring, x: float, *, is_left: bool) -> Ring:
    """Return the part of a ring on one side of an upright line."""

    def is_kept(point: Point) -> bool:
        return point[0] <= x if is_left else point[0] >= x

    kept: Ring = []
    for here, following in _sides(ring):
        if is_kept(here):
            kept.append(here)
        if is_kept(here) != is_kept(following):
            part = (x - here[0]) / (following[0] - here[0])
            kept.append((x, here[1] + part * (following[1] - here[1])))
    return kept


def label_point(ring: Ring) -> tuple[Point, float]:
    """Return a point well inside a ring, for words, and how far it is from the ring."""
    across, down = [x for x, _ in ring], [y for _, y in ring]
    left, top = min(across), min(down)
    width, height = max(across) - left, max(down) - top
    steps = 24
    tried = (
        (left + width * (i + 0.5) / steps, top + height * (j + 0.5) / steps)
        for i in range(steps)
        for j in range(steps)
    )
    inside = [point for point in tried if is_inside(point, [ring])] or [ring[0]]
    roomy = max(inside, key=lambda point: _room(point, ring))
    return roomy, _room(roomy, ring)


def _room(point: Point, ring: Ring) -> float:
    return min(_from_line(point, a, b) for a, b in _sides(ring))


def path_of(rings: Iterable[Ring]) -> str:
    """Write rings as the `d` of an SVG path: whole units, relative, as short as can be."""
    return "".join(_ring_path(ring) for ring in rings)


def _ring_path(ring: Ring) -> str:
    points: list[tuple[int, int]] = []
    for x, y in ring:
        point = round(x), round(y)
        if not points or points[-1] != point:
            points.append(point)
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    if len(points) < 3:
        return ""
    moves: list[int] = []
    for (ax, ay), (bx, by) in zip(points, points[1:], strict=False):
        moves += [bx - ax, by - ay]
    return f"M{_numbers(points[0])}l{_numbers(moves)}z"


def _numbers(numbers: Iterable[int]) -> str:
    written = ""
    for number in numbers:
        written += f"{number}" if number < 0 or not written else f" {number}"
    return written
