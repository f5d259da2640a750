"""https://docs.joinmastodon.org/methods/conversations/: talks with named people."""

from __future__ import annotations

from typing import Any

from api.entities.conversation import conversations
from api.fields import path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from posts.conversations import (
    delete_conversation,
    get_conversation,
    list_conversations,
    mark_read,
)

Json = dict[str, Any]


async def get_conversations(call: Call) -> Answer:
    """List the caller's talks, those in which something was said last first."""
    page = read_page(call.fields)
    async with call.services.database.read() as session:
        rows = await list_conversations(session, call.me.viewer, page)
        built = await conversations(session, call.me.viewer, rows)
    return call.page(page, built, [row.last_post_id for row, _ in rows])


async def post_read(call: Call, id: str) -> Json:
    """Say that a talk was read."""
    return await _mark(call, id, unread=False)


async def post_unread(call: Call, id: str) -> Json:
    """Say that a talk is still to be read."""
    return await _mark(call, id, unread=True)


async def delete_one(call: Call, id: str) -> Json:
    """Take a talk from the list; what is said next brings it back."""
    async with call.services.database.transaction() as session:
        row, _ = await get_conversation(session, call.me.viewer, path_id(id))
        await delete_conversation(session, row)
    return {}


async def _mark(call: Call, id: str, *, unread: bool) -> Json:
    async with call.services.database.transaction() as session:
        row, post = await get_conversation(session, call.me.viewer, path_id(id))
        await mark_read(session, row, unread=unread)
        return (await conversations(session, call.me.viewer, [(row, post)]))[0]


_PATH = "/api/v1/conversations"
_WRITE = ("write:conversations",)
ROUTES = (
    Route("GET", _PATH, get_conversations, Door.USER, ("read:statuses",)),
    Route("DELETE", f"{_PATH}/<id>", delete_one, Door.USER, _WRITE),
    Route("POST", f"{_PATH}/<id>/read", post_read, Door.USER, _WRITE),
    Route("POST", f"{_PATH}/<id>/unread", post_unread, Door.USER, _WRITE),
)
