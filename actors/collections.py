"""Collections: people whom somebody here recommends under a name, and who may take themselves out.

Only people of this instance are put into one: those of other hosts would have to be asked there,
and that is not spoken yet. Whoever blocks, or is blocked by, the owner is in none of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Collection as AnyOf
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select
from sqlmodel import col

from actors.models import Actor, Block, Collection, CollectionItem, ItemState
from core.clock import now
from core.errors import Forbidden, InvalidInput, NotFound
from core.ids import new_id
from core.text import find_hashtags
from db.session import AsyncSession, take_turns

MAX_NAME = 40
MAX_DESCRIPTION = 100
MAX_ITEMS = 25
MAX_COLLECTIONS = 10
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class InvalidCollection(InvalidInput):
    """What a collection may not be: which field is at fault, and how; `code` is for programs."""

    def __init__(self, field: str, code: str, problem: str) -> None:
        self.field, self.code, self.problem = field, code, problem
        super().__init__(f"Validation failed: {field.capitalize()} {problem}")


@dataclass(frozen=True, slots=True)
class CollectionChanges:
    """What somebody wants of a collection; None leaves a thing as it is, "" takes it away."""

    name: str | None = None
    description: str | None = None
    language: str | None = None
    tag: str | None = None
    sensitive: bool | None = None
    discoverable: bool | None = None


async def save_collection(
    session: AsyncSession, owner: Actor, changes: CollectionChanges, members: Sequence[Actor]
) -> Collection:
    """Make a collection with these people in it; raises InvalidCollection or InvalidInput."""
    await take_turns(session, owner.id)
    if await _count_of(session, owner.id) >= MAX_COLLECTIONS:
        raise InvalidInput(f"Validation failed: You have {MAX_COLLECTIONS} collections already")
    collection_id = new_id()
    collection = Collection(
        id=collection_id, uri=f"{owner.uri}/collections/{collection_id}", actor_id=owner.id, name=""
    )
    _change(collection, changes)
    session.add(collection)
    await session.flush()
    for member in members:
        await add_to_collection(session, collection, owner, member)
    return collection


async def change_collection(
    session: AsyncSession, collection: Collection, changes: CollectionChanges
) -> None:
    """Change a collection; raises InvalidCollection before anything is changed."""
    _change(collection, changes)
    await session.flush()


def _change(collection: Collection, changes: CollectionChanges) -> None:
    name = collection.name if changes.name is None else changes.name.strip()
    if not name:
        raise InvalidCollection("name", "ERR_BLANK", "can't be blank")
    _require_short("name", name, MAX_NAME)
    _require_short("description", changes.description or "", MAX_DESCRIPTION)
    if changes.language and not _LANGUAGE.fullmatch(changes.language):
        raise InvalidCollection("language", "ERR_INVALID", "is invalid")
    tag = _tag(changes.tag) if changes.tag else None
    collection.name = name
    if changes.description is not None:
        collection.description = changes.description
    if changes.language is not None:
        collection.language = changes.language or None
    if changes.tag is not None:
        collection.tag = tag
    if changes.sensitive is not None:
        collection.sensitive = changes.sensitive
    if changes.discoverable is not None:
        collection.discoverable = changes.discoverable
    collection.updated_at = now()


def _require_short(field: str, text: str, most: int) -> None:
    if len(text) > most:
        problem = f"is too long (maximum is {most} characters)"
        raise InvalidCollection(field, "ERR_TOO_LONG", problem)


def _tag(text: str) -> str:
    bare = text.strip().removeprefix("#")
    if find_hashtags(f"#{bare}") != (bare,):
        raise InvalidCollection("tag", "ERR_INVALID", "is invalid")
    return bare.lower()


async def delete_collection(session: AsyncSession, collection: Collection) -> None:
    """Delete a collection with all that is in it."""
    mine = col(CollectionItem.collection_id) == collection.id
    await session.execute(delete(CollectionItem).where(mine))
    await session.delete(collection)


async def add_to_collection(
    session: AsyncSession, collection: Collection, owner: Actor, member: Actor
) -> CollectionItem:
    """Put somebody into a collection, once.

    Raises InvalidInput for who may not be put there, in the same words whatever the reason: they
    live elsewhere, do not want to be found, took themselves out, or there is a block between them.
    """
    await take_turns(session, owner.id)
    may_be_asked = member.is_local and member.discoverable and member.suspended_at is None
    item = await _find_item_of(session, collection.id, member.id)
    if item is not None and item.state is ItemState.ACCEPTED:
        return item
    is_out = item is not None or await _is_blocked(session, owner.id, member.id)
    if not may_be_asked or is_out:
        raise InvalidInput("Validation failed: Account cannot be featured")
    if await _count_items(session, collection.id) >= MAX_ITEMS:
        raise InvalidInput(f"Validation failed: A collection holds {MAX_ITEMS} accounts")
    item = CollectionItem(collection_id=collection.id, actor_id=member.id)
    session.add(item)
    collection.updated_at = now()
    await session.flush()
    return item


async def remove_from_collection(
    session: AsyncSession, collection: Collection, item_id: int
) -> None:
    """Take somebody out at the owner's wish; raises NotFound."""
    item = await session.get(CollectionItem, item_id)
    if item is None or item.collection_id != collection.id or item.state is ItemState.REVOKED:
        raise NotFound("no such item")
    await session.delete(item)
    collection.updated_at = now()


async def withdraw_from_collection(
    session: AsyncSession, collection: Collection, item_id: int, member_id: int
) -> None:
    """Take oneself out, for good; raises NotFound, and Forbidden for somebody else's item."""
    item = await session.get(CollectionItem, item_id)
    if item is None or item.collection_id != collection.id:
        raise NotFound("no such item")
    if item.actor_id != member_id:
        raise Forbidden("only oneself is taken out")
    item.state = ItemState.REVOKED
    collection.updated_at = now()


async def get_collection(
    session: AsyncSession, viewer_id: int | None, collection_id: int
) -> Collection:
    """Return a collection that a viewer, or a stranger, may see; raises NotFound."""
    statement = _shown_to(viewer_id).where(col(Collection.id) == collection_id)
    found = await session.scalar(statement)
    if found is None:
        raise NotFound(f"no collection {collection_id}")
    return found


async def find_collections(
    session: AsyncSession, viewer_id: int | None, ids: AnyOf[int]
) -> dict[int, Collection]:
    """Return those of some collections that a viewer may see, by their ids; one query."""
    statement = _shown_to(viewer_id).where(col(Collection.id).in_(ids))
    return {found.id: found for found in await session.scalars(statement)}


async def get_own_collection(
    session: AsyncSession, owner_id: int, collection_id: int
) -> Collection:
    """Return a collection to be changed; raises NotFound, and Forbidden for somebody else's."""
    found = await get_collection(session, owner_id, collection_id)
    if found.actor_id != owner_id:
        raise Forbidden("somebody else's collection")
    return found


async def list_collections_of(
    session: AsyncSession, viewer_id: int | None, owner_id: int, *, limit: int, offset: int
) -> list[Collection]:
    """Return somebody's collections, newest first; unlisted ones only to themself."""
    statement = _shown_to(viewer_id).where(col(Collection.actor_id) == owner_id)
    if viewer_id != owner_id:
        statement = statement.where(col(Collection.discoverable).is_(True))
    return await _page(session, statement, limit=limit, offset=offset)


async def list_collections_with(
    session: AsyncSession, viewer_id: int, member_id: int, *, limit: int, offset: int
) -> list[Collection]:
    """Return the collections that somebody is in, newest first."""
    inside = (
        select(col(CollectionItem.collection_id))
        .join(Collection, col(Collection.id) == col(CollectionItem.collection_id))
        .where(
            col(CollectionItem.actor_id) == member_id,
            col(CollectionItem.state) == ItemState.ACCEPTED,
            ~_block_between(col(Collection.actor_id), member_id),
        )
    )
    statement = _shown_to(viewer_id).where(col(Collection.id).in_(inside))
    if viewer_id != member_id:
        statement = statement.where(col(Collection.discoverable).is_(True))
    return await _page(session, statement, limit=limit, offset=offset)


async def list_items(
    session: AsyncSession, viewer_id: int | None, collection_ids: AnyOf[int]
) -> list[tuple[CollectionItem, Actor]]:
    """Return who is in some collections, as a viewer sees it, in the order they came in."""
    member = col(CollectionItem.actor_id)
    statement = (
        select(CollectionItem, Actor)
        .join(Actor, col(Actor.id) == member)
        .join(Collection, col(Collection.id) == col(CollectionItem.collection_id))
        .where(
            col(CollectionItem.collection_id).in_(collection_ids),
            col(CollectionItem.state) == ItemState.ACCEPTED,
            col(Actor.suspended_at).is_(None),
            col(Actor.deleted_at).is_(None),
            ~_block_between(col(Collection.actor_id), member),
        )
        .order_by(col(CollectionItem.id))
    )
    if viewer_id is not None:
        statement = statement.where(~_block_between(member, viewer_id))
    return [(item, actor) for item, actor in await session.execute(statement)]


def _shown_to(viewer_id: int | None) -> Select[Collection]:
    owner = col(Collection.actor_id)
    statement = (
        select(Collection)
        .join(Actor, col(Actor.id) == owner)
        .where(col(Actor.suspended_at).is_(None), col(Actor.deleted_at).is_(None))
    )
    if viewer_id is None:
        return statement
    return statement.where(~_block_between(owner, viewer_id))


async def _page(
    session: AsyncSession, statement: Select[Collection], *, limit: int, offset: int
) -> list[Collection]:
    ordered = statement.order_by(col(Collection.id).desc()).limit(limit).offset(offset)
    return list(await session.scalars(ordered))


def _block_between(first: Any, second: Any) -> ColumnElement[bool]:
    """Return the condition that either of two blocks the other; each is a number or a column."""
    blocker, blocked = col(Block.blocker_id), col(Block.blocked_id)
    either = or_(
        (blocker == first) & (blocked == second), (blocker == second) & (blocked == first)
    )
    return exists(select(col(Block.id)).where(either).correlate_except(Block))


async def _is_blocked(session: AsyncSession, first_id: int, second_id: int) -> bool:
    return bool(await session.scalar(select(_block_between(first_id, second_id))))


async def _find_item_of(
    session: AsyncSession, collection_id: int, member_id: int
) -> CollectionItem | None:
    here = col(CollectionItem.collection_id) == collection_id
    return await session.scalar(
        select(CollectionItem).where(here, col(CollectionItem.actor_id) == member_id)
    )


async def _count_items(session: AsyncSession, collection_id: int) -> int:
    here = col(CollectionItem.collection_id) == collection_id
    accepted = col(CollectionItem.state) == ItemState.ACCEPTED
    return await session.scalar(select(func.count()).where(here, accepted)) or 0


async def _count_of(session: AsyncSession, owner_id: int) -> int:
    mine = select(func.count()).where(col(Collection.actor_id) == owner_id)
    return await session.scalar(mine) or 0
