"""https://docs.joinmastodon.org/methods/statuses/: approving of posts and passing them on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from api.acting import acting
from api.entities.account import accounts
from api.entities.status import status
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from api.statuses import act_on, find_original
from outbox.announce import send_announce
from outbox.like import send_like
from outbox.undo import send_undo_announce, send_undo_like
from posts.boosts import list_boosters
from posts.likes import list_likers
from posts.models import Visibility

Json = dict[str, Any]
MANY = 80
_NARROWER = {"unlisted": Visibility.UNLISTED, "private": Visibility.FOLLOWERS}


async def post_favourite(call: Call, id: str) -> Json:
    """Approve of a post."""
    return await act_on(call, id, send_like)


async def post_unfavourite(call: Call, id: str) -> Json:
    """Take approval back."""
    return await act_on(call, id, send_undo_like)


async def post_reblog(call: Call, id: str) -> Json:
    """Pass a post on; what is asked can make the audience narrower, never wider (WIRE §6)."""
    asked = _NARROWER.get(call.fields.text("visibility") or "")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        post = await find_original(session, call, id)
        boost = await send_announce(session, me, post, visibility=asked)
    async with call.services.database.read() as session:
        return await status(session, call.me.viewer, boost)


async def post_unreblog(call: Call, id: str) -> Json:
    """Take back that a post was passed on."""
    call.limits.take(call.limits.deletions, str(call.me.user.id))
    return await act_on(call, id, send_undo_announce)


async def get_favourited_by(call: Call, id: str) -> Answer:
    """List who approves of a post."""
    page = read_page(call.fields, default=40, largest=MANY)
    async with call.services.database.read() as session:
        post = await find_original(session, call, id)
        rows = await list_likers(session, post.id, page, viewer=call.viewer)
        built = await accounts(session, [actor for _, actor in rows])
    return call.page(page, built, [like.id for like, _ in rows])


async def get_reblogged_by(call: Call, id: str) -> Answer:
    """List who passed a post on."""
    page = read_page(call.fields, default=40, largest=MANY)
    async with call.services.database.read() as session:
        post = await find_original(session, call, id)
        rows = await list_boosters(session, post.id, page, viewer=call.viewer)
        built = await accounts(session, [actor for _, actor in rows])
    return call.page(page, built, [boost.id for boost, _ in rows])


def _route(name: str, handler: Callable[..., Awaitable[Json]], scope: str) -> Route:
    return Route("POST", f"/api/v1/statuses/<id>/{name}", handler, Door.USER, (scope,))


ROUTES = (
    _route("favourite", post_favourite, "write:favourites"),
    _route("unfavourite", post_unfavourite, "write:favourites"),
    _route("reblog", post_reblog, "write:statuses"),
    _route("unreblog", post_unreblog, "write:statuses"),
    Route(
        "GET",
        "/api/v1/statuses/<id>/favourited_by",
        get_favourited_by,
        Door.POSTS,
        ("read:statuses",),
    ),
    Route(
        "GET",
        "/api/v1/statuses/<id>/reblogged_by",
        get_reblogged_by,
        Door.POSTS,
        ("read:statuses",),
    ),
)
