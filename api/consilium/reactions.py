"""PUT and DELETE /api/consilium/v1/statuses/:id/reactions/:emoji: giving posts emojis."""

from __future__ import annotations

from typing import Any

from api.acting import acting
from api.fields import path_id
from api.routing import Call, Door, Route
from api.statuses import original_of, show
from outbox.emoji_react import send_emoji_react
from outbox.undo import send_undo_emoji_react
from posts.queries import get_visible_post

Json = dict[str, Any]


async def put_reaction(call: Call, id: str, emoji: str) -> Json:
    """Give a post an emoji; the status shows all that it was given (`consilium.reactions`)."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        found = await get_visible_post(session, call.viewer, path_id(id))
        post = await original_of(session, call.viewer, found)
        await send_emoji_react(session, me, post, emoji=emoji)
    return await show(call, post.id)


async def delete_reaction(call: Call, id: str, emoji: str) -> Json:
    """Take an emoji back."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        found = await get_visible_post(session, call.viewer, path_id(id))
        post = await original_of(session, call.viewer, found)
        await send_undo_emoji_react(session, me, post, emoji=emoji)
    return await show(call, post.id)


_PATH = "/api/consilium/v1/statuses/<id>/reactions/<emoji>"
_SCOPES = ("write:favourites",)
ROUTES = (
    Route("PUT", _PATH, put_reaction, Door.USER, _SCOPES),
    Route("DELETE", _PATH, delete_reaction, Door.USER, _SCOPES),
)
