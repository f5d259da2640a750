"""https://docs.joinmastodon.org/methods/favourites/"""

from __future__ import annotations

from api.entities.status import statuses
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from posts.likes import list_liked


async def get_favourites(call: Call) -> Answer:
    """List what the caller approves of, what was approved of last first."""
    page = read_page(call.fields)
    async with call.services.database.read() as session:
        rows = await list_liked(session, call.me.viewer, page)
        built = await statuses(session, call.me.viewer, [post for _, post in rows])
    return call.page(page, built, [like.id for like, _ in rows])


ROUTES = (
    Route("GET", "/api/v1/favourites", get_favourites, Door.USER, ("read:favourites",)),
)
