"""People on a map, for any page that has found some: `show_map`.

Written whole by the server: departments and countries are links to who is there, a closer look has
an address of its own (`zoom`, `at`). `script/map.js` makes the same thing quicker.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quart import Response, request

from actors.queries import find_actors
from doctors.map import MAX_PEOPLE, Gathered, MapName
from doctors.mapped import gather_people
from web.drawn import Chosen, MapPage, read_number
from web.person import list_people
from web.visit import Visit

PEOPLE_A_PAGE = 12
MAX_PAGES = MAX_PEOPLE // PEOPLE_A_PAGE + 1


async def show_map(
    visit: Visit,
    people_ids: Iterable[int],
    title: str,
    *,
    back: tuple[str, str] | None = None,
    kept: str = "",
) -> Response:
    """Show people on a map of France or of the world, as the address asks for.

    `back` is (path, words) of the page that they come from. `kept` names what of the address stays
    in every link of the map: it has to be short. What is long, as a search, belongs in the path.
    """
    visit.require_member()
    ids = list(dict.fromkeys(people_ids))
    async with visit.database.read() as session:
        gathered = await gather_people(session, ids, visit.viewer)
    asked = request.args.to_dict()
    page = MapPage(gathered, asked, visit.language, name=_read_name(gathered), kept=kept)
    chosen = page.chosen()
    values = page.values(chosen) | {"is_cut": len(ids) > MAX_PEOPLE, "most": MAX_PEOPLE}
    if chosen is not None:
        values |= await _people_there(visit, page, chosen)
    return visit.page("map.html", title=title, back=back, **values)


def _read_name(gathered: Gathered) -> MapName:
    """Return which map is asked for; unasked, France unless everybody is elsewhere."""
    asked = request.args.get("on", "")
    if asked in set(MapName):
        return MapName(asked)
    if "country" in request.args or "department" in request.args:
        return MapName.WORLD if "country" in request.args else MapName.FRANCE
    is_elsewhere = bool(gathered.towns) and not gathered.on(MapName.FRANCE)
    return MapName.WORLD if is_elsewhere else MapName.FRANCE


async def _people_there(visit: Visit, page: MapPage, chosen: Chosen) -> dict[str, Any]:
    """Return one page of those who are at the chosen place."""
    number = read_number(request.args.get("page"), most=MAX_PAGES) or 1
    start = (number - 1) * PEOPLE_A_PAGE
    ids = chosen.people[start : start + PEOPLE_A_PAGE]
    async with visit.database.read() as session:
        actors = await find_actors(session, ids)
        people = await list_people(session, actors.values())
    more = len(chosen.people) > start + PEOPLE_A_PAGE
    return {
        "people": [people[actor_id] for actor_id in ids if actor_id in people],
        "older": page.link(**page.chosen_by, page=str(number + 1)) if more else "",
    }
