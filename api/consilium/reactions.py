"""PUT and DELETE /api/consilium/v1/statuses/:id/reactions/:emoji: giving posts emojis."""

from __future__ import annotations

from functools import partial
from typing import Any

from api.routing import Call, Door, Route
from api.statuses import act_on
from outbox.emoji_react import send_emoji_react
from outbox.undo import send_undo_emoji_react

Json = dict[str, Any]


async def put_reaction(call: Call, id: str, emoji: str) -> Json:
    """Give a post an emoji; the status shows all that it was given (`consilium.reactions`)."""
    return await act_on(call, id, partial(send_emoji_react, emoji=emoji))


async def delete_reaction(call: Call, id: str, emoji: str) -> Json:
    """Take an emoji back."""
    return await act_on(call, id, partial(send_undo_emoji_react, emoji=emoji))


_PATH = "/api/consilium/v1/statuses/<id>/reactions/<emoji>"
_SCOPES = ("write:favourites",)
ROUTES = (
    Route("PUT", _PATH, put_reaction, Door.USER, _SCOPES),
    Route("DELETE", _PATH, delete_reaction, Door.USER, _SCOPES),
)
