"""https://docs.joinmastodon.org/methods/statuses/#mute: hearing no more of a thread."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from api.acting import acting
from api.fields import path_id
from api.routing import Call, Door, Route
from api.statuses import original_of, show
from db.session import AsyncSession
from posts.queries import get_visible_post
from posts.thread_mutes import mute_thread, unmute_thread

Json = dict[str, Any]


async def post_mute(call: Call, id: str) -> Json:
    """Tell the caller nothing more of what is said in the thread of a post."""
    return await _act(call, id, mute_thread)


async def post_unmute(call: Call, id: str) -> Json:
    """Tell the caller of a thread again."""
    return await _act(call, id, unmute_thread)


async def _act(
    call: Call, id: str, act: Callable[[AsyncSession, int, int], Awaitable[None]]
) -> Json:
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        post = await get_visible_post(session, call.viewer, path_id(id))
        post = await original_of(session, call.viewer, post)
        await act(session, me.id, post.thread_id)
    return await show(call, post.id)


_SCOPES = ("write:mutes",)
ROUTES = (
    Route("POST", "/api/v1/statuses/<id>/mute", post_mute, Door.USER, _SCOPES),
    Route("POST", "/api/v1/statuses/<id>/unmute", post_unmute, Door.USER, _SCOPES),
)
