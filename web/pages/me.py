"""Everything of one's own, on one page: what a phone has no room for at the thumb."""

from __future__ import annotations

from quart import Response

from actors.follows import count_follow_requests
from web.person import list_people
from web.visit import Pages, Visit


async def get_me(visit: Visit) -> Response:
    """Show the way to everything of one's own."""
    me = visit.require_member().actor
    async with visit.database.read() as session:
        people = await list_people(session, [me])
        asking = await count_follow_requests(session, me.id)
    return visit.page("me.html", person=people[me.id], asking=asking)


PAGES: Pages = (
    ("GET", "/me", get_me),
)
