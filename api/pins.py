"""https://docs.joinmastodon.org/methods/statuses/#pin: showing posts first on one's profile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from actors.models import Actor
from api.acting import acting
from api.fields import path_id
from api.routing import Call, Door, Route
from api.statuses import show
from db.session import AsyncSession
from outbox.add import send_pin
from outbox.remove import send_unpin
from posts.models import Post
from posts.queries import get_visible_post

Json = dict[str, Any]


async def post_pin(call: Call, id: str) -> Json:
    """Show a post of one's own first."""
    return await _act(call, id, send_pin)


async def post_unpin(call: Call, id: str) -> Json:
    """Show a post where it belongs again."""
    return await _act(call, id, send_unpin)


async def _act(
    call: Call, id: str, act: Callable[[AsyncSession, Actor, Post], Awaitable[None]]
) -> Json:
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        post = await get_visible_post(session, call.viewer, path_id(id))
        await act(session, me, post)
    return await show(call, post.id)


_SCOPES = ("write:accounts",)
ROUTES = (
    Route("POST", "/api/v1/statuses/<id>/pin", post_pin, Door.USER, _SCOPES),
    Route("POST", "/api/v1/statuses/<id>/unpin", post_unpin, Door.USER, _SCOPES),
)
