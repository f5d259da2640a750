"""https://docs.joinmastodon.org/methods/collections/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.collections import (
    CollectionChanges,
    InvalidCollection,
    add_to_collection,
    change_collection,
    delete_collection,
    get_collection,
    get_own_collection,
    list_collections_of,
    list_collections_with,
    remove_from_collection,
    save_collection,
    withdraw_from_collection,
)
from actors.models import Actor, Collection
from actors.queries import find_actors, get_actor
from api.acting import acting
from api.entities.account import accounts
from api.entities.collection import collection_and_people, collection_item, collections
from api.fields import Fields, path_id
from api.paging import offset_links
from api.routing import Answer, Call, Door, Route
from core.errors import InvalidInput
from db.session import AsyncSession
from notifications.notify import notify_added_to_collection

Json = dict[str, Any]


async def post_collection(call: Call) -> Json | Answer:
    """Make a collection, with people in it."""
    try:
        asked = call.fields.ids("account_ids")
        async with call.services.database.transaction() as session:
            me = await acting(session, call)
            members = await _members(session, asked)
            made = await save_collection(session, me, _changes(call.fields), members)
            for member in members:
                await notify_added_to_collection(session, made.id, member.id, me.id)
            return await _wrapped(session, call, made)
    except InvalidInput as error:
        return _invalid(error)


async def get_one(call: Call, id: str) -> Json:
    """Show a collection, with the accounts of its owner and of who is in it."""
    async with call.services.database.read() as session:
        found = await get_collection(session, _viewer_id(call), path_id(id))
        shown, people = await collection_and_people(session, _viewer_id(call), found)
        owner = await get_actor(session, found.actor_id)
        others = [person for person in people if person.id != owner.id]
        return {"collection": shown, "accounts": await accounts(session, [owner, *others])}


async def patch_collection(call: Call, id: str) -> Json | Answer:
    """Change a collection of the caller's."""
    try:
        async with call.services.database.transaction() as session:
            found = await get_own_collection(session, call.me.actor.id, path_id(id))
            await change_collection(session, found, _changes(call.fields))
            return await _wrapped(session, call, found)
    except InvalidInput as error:
        return _invalid(error)


async def delete_one(call: Call, id: str) -> Json:
    """Delete a collection of the caller's."""
    async with call.services.database.transaction() as session:
        found = await get_own_collection(session, call.me.actor.id, path_id(id))
        await delete_collection(session, found)
    return {}


async def post_item(call: Call, id: str) -> Json:
    """Put somebody into a collection of the caller's, and tell them."""
    member_id = call.fields.id("account_id")
    if member_id is None:
        raise InvalidInput("`account_id` parameter is missing")
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        found = await get_own_collection(session, me.id, path_id(id))
        [member] = await _members(session, [member_id])
        item = await add_to_collection(session, found, me, member)
        await notify_added_to_collection(session, found.id, member.id, me.id)
        return {"collection_item": collection_item(item)}


async def delete_item(call: Call, id: str, item_id: str) -> Json:
    """Take somebody out of a collection of the caller's."""
    async with call.services.database.transaction() as session:
        found = await get_own_collection(session, call.me.actor.id, path_id(id))
        await remove_from_collection(session, found, path_id(item_id))
    return {}


async def post_revoke(call: Call, id: str, item_id: str) -> Json:
    """Take oneself out of somebody's collection, for good."""
    async with call.services.database.transaction() as session:
        me = call.me.actor.id
        found = await get_collection(session, me, path_id(id))
        await withdraw_from_collection(session, found, path_id(item_id), me)
    return {}


async def get_collections_of(call: Call, id: str) -> Answer:
    """List somebody's collections."""
    limit, offset = _page(call.fields)
    async with call.services.database.read() as session:
        owner = await get_actor(session, path_id(id))
        found = await list_collections_of(
            session, _viewer_id(call), owner.id, limit=limit, offset=offset
        )
        shown = await collections(session, _viewer_id(call), found)
    return _listed(call, shown, limit=limit, offset=offset)


async def get_collections_with(call: Call, id: str) -> Answer:
    """List the collections that somebody is in."""
    limit, offset = _page(call.fields)
    me = call.me.actor.id
    async with call.services.database.read() as session:
        member = await get_actor(session, path_id(id))
        found = await list_collections_with(session, me, member.id, limit=limit, offset=offset)
        shown = await collections(session, me, found)
    return _listed(call, shown, limit=limit, offset=offset)


def _viewer_id(call: Call) -> int | None:
    return call.caller.actor.id if call.caller is not None else None


def _changes(fields: Fields) -> CollectionChanges:
    return CollectionChanges(
        name=fields.text("name"),
        description=fields.text("description"),
        language=fields.text("language"),
        tag=fields.text("tag_name"),
        sensitive=fields.flag("sensitive"),
        discoverable=fields.flag("discoverable"),
    )


async def _members(session: AsyncSession, ids: Sequence[int]) -> list[Actor]:
    """Return the accounts with these ids, in their order; raises InvalidInput for unknown ones."""
    found = await find_actors(session, ids)
    members = [found[id] for id in ids if id in found and found[id].deleted_at is None]
    if len(members) != len(ids):
        raise InvalidInput("Validation failed: Account cannot be featured")
    return members


async def _wrapped(session: AsyncSession, call: Call, row: Collection) -> Json:
    return {"collection": (await collections(session, call.me.actor.id, [row]))[0]}


def _page(fields: Fields) -> tuple[int, int]:
    limit = fields.number("limit", default=40, largest=80)
    return limit, fields.number("offset", default=0, largest=MAX_OFFSET, smallest=0)


def _listed(call: Call, shown: list[Json], *, limit: int, offset: int) -> Answer:
    links = offset_links(call.services.settings, limit=limit, offset=offset, count=len(shown))
    return Answer({"collections": shown}, headers=links)


def _invalid(error: InvalidInput) -> Answer:
    """Say what is wrong in the shape that is documented for collections alone."""
    details: Json = {"name": []}
    if isinstance(error, InvalidCollection):
        details[error.field] = [{"error": error.code, "description": error.problem}]
    return Answer({"error": {"error": str(error), "details": details}}, status=422)


MAX_OFFSET = 10_000
_ONE = "/api/v1/collections/<id>"
_ITEMS = f"{_ONE}/items"
_READ, _WRITE = ("read:collections",), ("write:collections",)
ROUTES = (
    Route("POST", "/api/v1/collections", post_collection, Door.USER, _WRITE),
    Route("GET", _ONE, get_one, Door.PROFILES, _READ),
    Route("PATCH", _ONE, patch_collection, Door.USER, _WRITE),
    Route("DELETE", _ONE, delete_one, Door.USER, _WRITE),
    Route("POST", _ITEMS, post_item, Door.USER, _WRITE),
    Route("DELETE", f"{_ITEMS}/<item_id>", delete_item, Door.USER, _WRITE),
    Route("POST", f"{_ITEMS}/<item_id>/revoke", post_revoke, Door.USER, _WRITE),
    Route(
        "GET", "/api/v1/accounts/<id>/collections", get_collections_of, Door.PROFILES, _READ
    ),
    Route(
        "GET", "/api/v1/accounts/<id>/in_collections", get_collections_with, Door.USER, _READ
    ),
)
