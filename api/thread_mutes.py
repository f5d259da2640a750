"""https://docs.joinmastodon.org/methods/statuses/#mute: hearing no more of a thread."""

from __future__ import annotations

from typing import Any

from api.routing import Call, Door, Route
from api.statuses import act_on
from posts.thread_mutes import mute_thread, unmute_thread

Json = dict[str, Any]


async def post_mute(call: Call, id: str) -> Json:
    """Tell the caller nothing more of what is said in the thread of a post."""
    return await act_on(call, id, lambda s, me, post: mute_thread(s, me.id, post.thread_id))


async def post_unmute(call: Call, id: str) -> Json:
    """Tell the caller of a thread again."""
    return await act_on(call, id, lambda s, me, post: unmute_thread(s, me.id, post.thread_id))


_SCOPES = ("write:mutes",)
ROUTES = (
    Route("POST", "/api/v1/statuses/<id>/mute", post_mute, Door.USER, _SCOPES),
    Route("POST", "/api/v1/statuses/<id>/unmute", post_unmute, Door.USER, _SCOPES),
)
