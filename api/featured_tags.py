"""https://docs.joinmastodon.org/methods/featured_tags/"""

from __future__ import annotations

from typing import Any

from actors.queries import get_actor
from api.acting import acting
from api.entities.tag import tags_for
from api.fields import path_id
from api.routing import Call, Door, Route
from core.errors import InvalidInput
from federation.uris import LocalUris
from posts.featured_tags import (
    TagUse,
    delete_featured_tag,
    feature_tag,
    list_featured_tags,
    suggest_featured_tags,
)
from posts.followed_tags import read_tag

Json = dict[str, Any]


async def get_featured_tags(call: Call) -> list[Json]:
    """List what the caller features."""
    async with call.services.database.read() as session:
        found = await list_featured_tags(session, call.me.actor.id)
    return [_featured(use, call.uris) for use in found]


async def post_featured_tag(call: Call) -> Json:
    """Feature a hashtag on the caller's profile."""
    name = read_tag(call.fields.required("name"))
    if name is None:
        raise InvalidInput("Validation failed: Tag is invalid")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        row = await feature_tag(session, me.id, name)
        uses = await list_featured_tags(session, me.id)
        return _featured(next(use for use in uses if use.row.id == row.id), call.uris)


async def delete_one(call: Call, id: str) -> Json:
    """Feature a hashtag no more."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        await delete_featured_tag(session, me.id, path_id(id))
    return {}


async def get_suggestions(call: Call) -> list[Json]:
    """List hashtags that the caller used lately and might feature."""
    me = call.me.actor.id
    async with call.services.database.read() as session:
        names = await suggest_featured_tags(session, me)
        return await tags_for(session, me, names, call.uris)


async def get_of_account(call: Call, id: str) -> list[Json]:
    """List what an account features; of accounts elsewhere nothing is known."""
    async with call.services.database.read() as session:
        actor = await get_actor(session, path_id(id))
        found = await list_featured_tags(session, actor.id)
    return [_featured(use, call.uris) for use in found]


def _featured(use: TagUse, uris: LocalUris) -> Json:
    return {
        "id": str(use.row.id),
        "name": use.row.name,
        "url": uris.tag_page(use.row.tag),
        "statuses_count": str(use.count),
        "last_status_at": use.last_at.date().isoformat() if use.last_at is not None else None,
    }


_READ, _WRITE = ("read:accounts",), ("write:accounts",)
_ALL = "/api/v1/featured_tags"
ROUTES = (
    Route("GET", _ALL, get_featured_tags, Door.USER, _READ),
    Route("POST", _ALL, post_featured_tag, Door.USER, _WRITE),
    Route("DELETE", f"{_ALL}/<id>", delete_one, Door.USER, _WRITE),
    Route("GET", f"{_ALL}/suggestions", get_suggestions, Door.USER, _READ),
    Route("GET", "/api/v1/accounts/<id>/featured_tags", get_of_account, Door.PROFILES, _READ),
)
