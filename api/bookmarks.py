"""https://docs.joinmastodon.org/methods/bookmarks/, and keeping posts in them."""

from __future__ import annotations

from typing import Any

from api.entities.status import statuses
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from api.statuses import act_on
from posts.bookmarks import delete_bookmark, list_bookmarked, save_bookmark

Json = dict[str, Any]


async def get_bookmarks(call: Call) -> Answer:
    """List what the caller keeps and may still see, what was kept last first."""
    page = read_page(call.fields)
    async with call.services.database.read() as session:
        rows = await list_bookmarked(session, call.me.viewer, page)
        built = await statuses(session, call.me.viewer, [post for _, post in rows])
    return call.page(page, built, [bookmark.id for bookmark, _ in rows])


async def post_bookmark(call: Call, id: str) -> Json:
    """Keep a post for later; its author is not told."""
    return await act_on(call, id, lambda s, me, post: save_bookmark(s, me.id, post.id))


async def post_unbookmark(call: Call, id: str) -> Json:
    """Keep a post no longer."""
    return await act_on(call, id, lambda s, me, post: delete_bookmark(s, me.id, post.id))


_WRITE = ("write:bookmarks",)
ROUTES = (
    Route("GET", "/api/v1/bookmarks", get_bookmarks, Door.USER, ("read:bookmarks",)),
    Route("POST", "/api/v1/statuses/<id>/bookmark", post_bookmark, Door.USER, _WRITE),
    Route("POST", "/api/v1/statuses/<id>/unbookmark", post_unbookmark, Door.USER, _WRITE),
)
