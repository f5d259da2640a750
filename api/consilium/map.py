"""`/api/consilium/v1/map`: where one's contacts or a list are, as far as they tell the caller."""

from __future__ import annotations

from typing import Any

from api.consilium.claims import reader_language
from api.routing import Call, Door, Route
from doctors.map import Gathered, TownOnMap
from doctors.mapped import find_map_people, gather_people
from doctors.places.countries import country_name
from doctors.places.departments import department_name

Json = dict[str, Any]


async def get_map(call: Call) -> Json:
    """Count people by town, department and country; `of` is `contacts`, `list:ID` and so on."""
    me = call.me.actor
    async with call.services.database.read() as session:
        people = await find_map_people(session, me.id, call.fields.text("of") or "contacts")
        gathered = await gather_people(session, people.ids, call.viewer)
    return map_json(gathered, reader_language(call).code)


def map_json(gathered: Gathered, locale: str) -> Json:
    """Write people on a map: towns with coordinates and accounts, counts, how many are nowhere."""
    return {
        "total": sum(len(town.people) for town in gathered.towns) + len(gathered.nowhere),
        "not_on_the_map": len(gathered.nowhere),
        "departments": [
            {"code": code, "name": department_name(code), "count": count}
            for code, count in gathered.departments.items()
        ],
        "countries": [
            {"code": code, "name": country_name(code, locale), "count": count}
            for code, count in gathered.countries.items()
        ],
        "towns": [_town_json(town) for town in gathered.towns],
    }


def _town_json(town: TownOnMap) -> Json:
    return {
        "code": town.key,
        "name": town.name,
        "department": town.department,
        "country": town.country,
        "latitude": town.latitude,
        "longitude": town.longitude,
        "count": len(town.people),
        "account_ids": [str(actor_id) for actor_id in town.people],
    }


# Follows and lists alike: a token for one of them alone is not enough.
ROUTES = (Route("GET", "/api/consilium/v1/map", get_map, Door.USER, ("read",)),)
