"""From what somebody types to a town: the one that is meant, or those among which to choose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.text import fold
from doctors.places.countries import country_name
from doctors.places.departments import department_name
from doctors.places.towns import FRANCE, Town, find_towns, search_key

MAX_CHOICES = 8
MAX_CHARS = 200
# "Saint-Denis (93)", "Paris, US": what is meant by a name that several towns have. Nothing in it is
# tried twice, however long the text.
_NARROWED = re.compile(r"(?P<name>[^(,]++)[(,](?P<where>[^)]*+)\)?+")
_MANY = 60


@dataclass(frozen=True, slots=True)
class TownChoice:
    """The town that was meant, else those that it may be; neither where there is none."""

    town: Town | None = None
    among: Sequence[Town] = ()


def choose_town(text: str) -> TownChoice:
    """Find the town that is typed: `Lyon`, `Saint-Denis (93)`, `Paris, US`.

    Of several with the same name, the one in France is meant where there is one alone.
    """
    text = text[:MAX_CHARS].strip()
    narrowed = _NARROWED.fullmatch(text)
    name, where = (narrowed["name"], narrowed["where"]) if narrowed else (text, "")
    found = _distinct(town for town in find_towns(name, limit=_MANY) if _is_in(town, where))
    whole = [town for town in found if search_key(town.name) == search_key(name)]
    of_france = [town for town in whole if town.country == FRANCE]
    meant = of_france if len(of_france) == 1 else whole
    if len(meant) == 1:
        return TownChoice(town=meant[0])
    return TownChoice(among=(whole or found)[:MAX_CHOICES])


def _distinct(towns: Iterable[Town]) -> list[Town]:
    """Leave out smaller towns that nobody could tell from a bigger one by its words."""
    first: dict[tuple[str, str, str], Town] = {}
    for town in towns:
        first.setdefault((town.name, town.department, town.country), town)
    return list(first.values())


def _is_in(town: Town, where: str) -> bool:
    wanted = fold(where.strip())
    names = (
        town.country,
        town.department,
        department_name(town.department) if town.department else "",
        where_is(town.department, town.country, "fr"),
        *(country_name(town.country, locale) for locale in ("fr", "en")),
    )
    # A bracket that ends what is typed was taken for the one around it.
    return not wanted or wanted in {fold(name).rstrip(")") for name in names}


def place_of(town: Town) -> dict[str, Any]:
    """Return a town as a field of a practice holds it."""
    return {
        "town": town.name,
        "department": town.department,
        "country": town.country,
        "latitude": town.latitude,
        "longitude": town.longitude,
        "code": town.code,
    }


def where_is(department: str, country: str, locale: str) -> str:
    """Return in words where a town is: its department in France, its country elsewhere."""
    if department and country in ("", FRANCE):
        return f"{department_name(department)} ({department})"
    return country_name(country, locale) if country else ""
