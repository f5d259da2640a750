"""`/map`: one's contacts or a list on a map of France and of the world."""

from __future__ import annotations

from quart import Response, request

from core.i18n import mark
from doctors.mapped import CONTACTS, FOLLOWERS, FOLLOWING, LIST, find_map_people
from web.mapping import show_map
from web.person import profile_path
from web.visit import Pages, Visit

_TITLES = {
    CONTACTS: mark("Your contacts on the map"),
    FOLLOWERS: mark("Your followers on the map"),
    FOLLOWING: mark("Whom you follow, on the map"),
}


async def get_map(visit: Visit) -> Response:
    """Show where people are who say so to the reader."""
    me = visit.require_member().actor
    of = request.args.get("of", CONTACTS)
    async with visit.database.read() as session:
        people = await find_map_people(session, me.id, of)
    gettext = visit.language.gettext
    if people.kind == LIST:
        title = gettext("%(list)s on the map", list=people.name)
        back = (f"/lists/{people.list_id}", people.name)
    else:
        title = gettext(_TITLES[people.kind])
        page = FOLLOWERS if people.kind == FOLLOWERS else FOLLOWING
        back = (f"{profile_path(me)}/{page}", gettext("Your contacts"))
    return await show_map(visit, people.ids, title, back=back, kept="of")


PAGES: Pages = (("GET", "/map", get_map),)
