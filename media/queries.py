"""SQL of the files that people here upload."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, func, or_, select, update
from sqlmodel import col

from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from media.models import Media, MediaState, RemoteMedia

IN_USE = "Validation failed: Media attachment is currently used by a status"

async def get_media_of(session: AsyncSession, media_id: int, owner_id: int) -> Media:
    """Return somebody's own file for posts; raises NotFound, also for another's (F12)."""
    found: Media | None = await session.scalar(_of(media_id, owner_id))
    return _required(found, media_id, owner_id)


async def get_free_media(session: AsyncSession, media_id: int, owner_id: int) -> Media:
    """Return somebody's own file that belongs to no post, held until the transaction ends.

    Raises NotFound as `get_media_of`, and InvalidInput for one that does, now or later.
    """
    found: Media | None = await session.scalar(_of(media_id, owner_id).with_for_update())
    return require_free(_required(found, media_id, owner_id))


def require_free(media: Media) -> Media:
    """Return a file; raises InvalidInput for one that belongs to a post, now or later."""
    if media.post_id is not None or media.attached_at is not None:
        raise InvalidInput(IN_USE)
    return media


def _of(media_id: int, owner_id: int) -> Any:
    return select(Media).where(
        col(Media.id) == media_id, col(Media.owner_id) == owner_id, col(Media.purpose) == "post"
    )


def _required(found: Media | None, media_id: int, owner_id: int) -> Media:
    if found is None:
        raise NotFound(f"file {media_id} is none of {owner_id}")
    return found


async def count_free_bytes(session: AsyncSession, owner_id: int) -> int:
    """Return how much of somebody's files belongs to no post, neither now nor later."""
    held = select(func.sum(Media.size_bytes)).where(
        col(Media.owner_id) == owner_id, *_belongs_to_nothing()
    )
    return int(await session.scalar(held) or 0)


def _belongs_to_nothing() -> tuple[ColumnElement[bool], ...]:
    return (
        col(Media.purpose) == "post",
        col(Media.post_id).is_(None),
        col(Media.attached_at).is_(None),
    )


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
    """Return some of the files that were uploaded before a moment and attached to nothing.

    They are held until the transaction ends; one that another holds is left to the next round.
    """
    statement = (
        select(Media)
        .where(col(Media.created_at) < before, *_belongs_to_nothing())
        .order_by(col(Media.created_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
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
