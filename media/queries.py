"""SQL of the files that people here upload."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlmodel import col

from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from media.models import Media, MediaState, RemoteMedia

IN_USE = "Validation failed: Media attachment is currently used by a status"

async def get_media_of(session: AsyncSession, media_id: int, owner_id: int) -> Media:
    """Return somebody's own file for posts; raises NotFound, also for another's (F12)."""
    statement = select(Media).where(
        col(Media.id) == media_id, col(Media.owner_id) == owner_id, col(Media.purpose) == "post"
    )
    found: Media | None = await session.scalar(statement)
    if found is None:
        raise NotFound(f"file {media_id} is none of {owner_id}")
    return found


async def get_free_media(session: AsyncSession, media_id: int, owner_id: int) -> Media:
    """Return somebody's own file that belongs to no post, neither now nor later.

    Raises NotFound as `get_media_of`, and InvalidInput for one that does.
    """
    media = await get_media_of(session, media_id, owner_id)
    if media.post_id is not None or media.attached_at is not None:
        raise InvalidInput(IN_USE)
    return media


async def find_media_by_key(session: AsyncSession, key: str) -> Media | None:
    """Return the file that lies, or whose preview lies, under a key."""
    found: Media | None = await session.scalar(
        select(Media).where(or_(col(Media.key) == key, col(Media.preview_key) == key))
    )
    return found


async def list_pictures(session: AsyncSession, owner_id: int, purpose: str) -> list[Media]:
    """Return somebody's portraits, or banners: all that there are."""
    statement = select(Media).where(
        col(Media.owner_id) == owner_id, col(Media.purpose) == purpose
    )
    return list(await session.scalars(statement))


async def settle(session: AsyncSession, media_id: int, values: dict[str, Any]) -> bool:
    """Write down what became of a file that was being processed.

    False when nobody waits for it any more: it was deleted, or another was faster.
    """
    done: CursorResult[Any] = await session.execute(  # type: ignore[assignment]
        update(Media)
        .where(col(Media.id) == media_id, col(Media.state) == MediaState.PROCESSING)
        .values(**values)
    )
    return done.rowcount == 1


async def list_forgotten(session: AsyncSession, before: datetime, limit: int) -> list[Media]:
    """Return some of the files that were uploaded before a moment and attached to nothing."""
    statement = (
        select(Media)
        .where(
            col(Media.created_at) < before,
            col(Media.purpose) == "post",
            col(Media.post_id).is_(None),
            col(Media.attached_at).is_(None),
        )
        .order_by(col(Media.created_at))
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def find_known_keys(session: AsyncSession, keys: Iterable[str]) -> set[str]:
    """Return which of some keys a row names."""
    asked = list(keys)
    known: set[str] = set()
    for column in (
        col(Media.key),
        col(Media.preview_key),
        col(RemoteMedia.key),
        col(RemoteMedia.preview_key),
    ):
        found = await session.scalars(select(column).where(column.in_(asked)))
        known |= {key for key in found if key is not None}
    return known
