"""The Collection entity: https://docs.joinmastodon.org/entities/Collection/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.collections import list_items
from actors.models import Actor, Collection, CollectionItem
from api.times import api_time
from db.session import AsyncSession, settings_of
from federation.uris import LocalUris, local_uris

Json = dict[str, Any]


async def collections(
    session: AsyncSession, viewer_id: int | None, rows: Sequence[Collection]
) -> list[Json]:
    """Build some collections, in their order; one query, for who is in them."""
    uris = local_uris(settings_of(session))
    items: dict[int, list[CollectionItem]] = {row.id: [] for row in rows}
    for item, _ in await list_items(session, viewer_id, list(items)):
        items[item.collection_id].append(item)
    return [_collection(row, items[row.id], uris) for row in rows]


async def collection_and_people(
    session: AsyncSession, viewer_id: int | None, row: Collection
) -> tuple[Json, list[Actor]]:
    """Build a collection, and return who is in it."""
    found = await list_items(session, viewer_id, [row.id])
    uris = local_uris(settings_of(session))
    return _collection(row, [item for item, _ in found], uris), [actor for _, actor in found]


def collection_item(item: CollectionItem) -> Json:
    """Build one entry of a collection."""
    return {
        "id": str(item.id),
        "account_id": str(item.actor_id),
        "state": item.state.value,
        "created_at": api_time(item.created_at),
    }


def _collection(row: Collection, items: Sequence[CollectionItem], uris: LocalUris) -> Json:
    tag = {"name": row.tag, "url": uris.tag_page(row.tag)} if row.tag is not None else None
    return {
        "id": str(row.id),
        "account_id": str(row.actor_id),
        "uri": row.uri,
        # There is no page of it yet.
        "url": None,
        "name": row.name,
        "description": row.description,
        "language": row.language,
        "local": True,
        "sensitive": row.sensitive,
        "discoverable": row.discoverable,
        "tag": tag,
        "item_count": len(items),
        "items": [collection_item(item) for item in items],
        "created_at": api_time(row.created_at),
        "updated_at": api_time(row.updated_at),
    }
