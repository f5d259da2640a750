"""https://docs.joinmastodon.org/methods/announcements/"""

from __future__ import annotations

from typing import Any

from api.entities.announcement import announcement
from api.fields import path_id
from api.routing import Call, Door, Route
from notifications.announcements import (
    delete_reaction,
    list_current,
    mark_read,
    save_reaction,
)

Json = dict[str, Any]


async def get_announcements(call: Call) -> list[Json]:
    """Show what the institution tells everybody here now."""
    async with call.services.database.read() as session:
        found = await list_current(session, call.me.actor.id)
    return [announcement(one, call.uris) for one in found]


async def post_dismiss(call: Call, id: str) -> Json:
    """Note that the caller has read an announcement."""
    async with call.services.database.transaction() as session:
        await mark_read(session, path_id(id), call.me.actor.id)
    return {}


async def put_reaction(call: Call, id: str, name: str) -> Json:
    """Give an announcement an emoji."""
    async with call.services.database.transaction() as session:
        await save_reaction(session, path_id(id), call.me.actor.id, name=name)
    return {}


async def delete_own_reaction(call: Call, id: str, name: str) -> Json:
    """Take an emoji back."""
    async with call.services.database.transaction() as session:
        await delete_reaction(session, path_id(id), call.me.actor.id, name=name)
    return {}


_ONE = "/api/v1/announcements/<id>"
_REACTION = f"{_ONE}/reactions/<name>"
ROUTES = (
    Route("GET", "/api/v1/announcements", get_announcements, Door.USER),
    Route("POST", f"{_ONE}/dismiss", post_dismiss, Door.USER, ("write:accounts",)),
    Route("PUT", _REACTION, put_reaction, Door.USER, ("write:favourites",)),
    Route("DELETE", _REACTION, delete_own_reaction, Door.USER, ("write:favourites",)),
)
