"""SQL of the copies that we keep of other hosts' files."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import col

from core.clock import now
from db.jobs import enqueue, upsert
from db.session import AsyncSession
from media.models import RemoteMedia

# So seldom the use of a copy is written down.
NOTED_EVERY = timedelta(hours=6)
FIRST_RETRY, LATER_RETRY = timedelta(hours=1), timedelta(days=1)
MAX_REASON = 300
# What is removed in one transaction.
A_SLICE = 500


@dataclass(frozen=True, slots=True)
class MadeCopy:
    """A file that lies in the store, to be written down."""

    key: str
    mime: str
    size_bytes: int
    preview_key: str | None = None
    width: int | None = None
    height: int | None = None


def key_of(url: str) -> str:
    """Return the key of a file's copy."""
    return hashlib.sha256(url.encode(errors="replace")).hexdigest()


def is_due(copy: RemoteMedia) -> bool:
    """Tell whether one that was not to be had may be asked for again: after an hour, then a day."""
    if copy.failed_at is None:
        return True
    return now() - copy.failed_at >= (FIRST_RETRY if copy.failures < 2 else LATER_RETRY)


async def find_copy(session: AsyncSession, url: str) -> RemoteMedia | None:
    """Return what is known of a file of another host: our copy, or that there is none."""
    found: RemoteMedia | None = await session.scalar(
        select(RemoteMedia).where(col(RemoteMedia.url_key) == key_of(url))
    )
    return found


async def note_used(session: AsyncSession, url_key: str) -> None:
    """Note that somebody looked at a copy just now."""
    await session.execute(
        update(RemoteMedia).where(col(RemoteMedia.url_key) == url_key).values(used_at=now())
    )


async def save_copy(
    session: AsyncSession, url: str, made: MadeCopy, *, host: str, lost_key: str | None = None
) -> bool:
    """Write down a copy; False when another process was first, and its copy counts.

    `lost_key` is that of a copy whose file is not there any more.
    """
    row: dict[str, Any] = {
        "key": made.key,
        "preview_key": made.preview_key,
        "mime": made.mime,
        "size_bytes": made.size_bytes,
        "width": made.width,
        "height": made.height,
        "fetched_at": now(),
        "used_at": now(),
        "failed_at": None,
        "failures": 0,
        "error": "",
    }
    statement = upsert(session, RemoteMedia).values(url_key=key_of(url), url=url, host=host, **row)
    statement = statement.on_conflict_do_update(
        index_elements=["url_key"],
        set_=row,
        where=or_(col(RemoteMedia.key).is_(None), col(RemoteMedia.key) == lost_key),
    )
    saved: str | None = await session.scalar(statement.returning(col(RemoteMedia.key)))
    return saved == made.key


async def note_failure(
    session: AsyncSession, url: str, *, host: str, reason: str, lost_key: str | None = None
) -> None:
    """Write down that a file is not to be had; a copy that there is meanwhile stays."""
    row: dict[str, Any] = {
        "key": None,
        "preview_key": None,
        "mime": "",
        "size_bytes": 0,
        "failed_at": now(),
        "used_at": now(),
        "error": reason[:MAX_REASON],
    }
    statement = upsert(session, RemoteMedia).values(
        url_key=key_of(url), url=url, host=host, failures=1, **row
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["url_key"],
            set_=row | {"failures": RemoteMedia.failures + 1},
            where=or_(col(RemoteMedia.key).is_(None), col(RemoteMedia.key) == lost_key),
        )
    )


async def forget_copies(session: AsyncSession, urls: Collection[str | None]) -> None:
    """Forget the copies of some files; they are removed from the disk by a job."""
    keys = {key_of(url) for url in urls if url}
    if keys:
        await _forget(session, col(RemoteMedia.url_key).in_(keys))


async def forget_copies_from(session: AsyncSession, hosts: Collection[str]) -> None:
    """Forget all copies of what is at some hosts."""
    if hosts:
        await _forget(session, col(RemoteMedia.host).in_(hosts))


async def list_hosts(session: AsyncSession) -> list[str]:
    """Return the hosts of whose files there are copies."""
    return list(await session.scalars(select(col(RemoteMedia.host)).distinct()))


async def forget_unused(session: AsyncSession, before: datetime) -> int:
    """Forget some of the copies that nobody looked at since; return how many."""
    oldest = (
        select(col(RemoteMedia.url_key))
        .where(col(RemoteMedia.used_at) < before)
        .order_by(col(RemoteMedia.used_at))
        .limit(A_SLICE)
    )
    return await _forget(session, col(RemoteMedia.url_key).in_(oldest))


async def held_bytes(session: AsyncSession) -> int:
    """Return how much room all copies take."""
    return int(await session.scalar(select(func.sum(RemoteMedia.size_bytes))) or 0)


async def forget_beyond(session: AsyncSession, max_bytes: int) -> int:
    """Forget those that nobody looked at for longest, until the rest has room; return how many.

    Some at a time: it is called again until there are none.
    """
    over = await held_bytes(session) - max_bytes
    if over <= 0:
        return 0
    statement = (
        select(col(RemoteMedia.url_key), col(RemoteMedia.size_bytes))
        .where(col(RemoteMedia.size_bytes) > 0)
        .order_by(col(RemoteMedia.used_at), col(RemoteMedia.url_key))
        .limit(A_SLICE)
    )
    leaving: list[str] = []
    for url_key, size in await session.execute(statement):
        if over <= 0:
            break
        leaving.append(url_key)
        over -= size
    return await _forget(session, col(RemoteMedia.url_key).in_(leaving))


async def _forget(session: AsyncSession, which: Any) -> int:
    statement = delete(RemoteMedia).where(which)
    rows = await session.execute(
        statement.returning(col(RemoteMedia.key), col(RemoteMedia.preview_key))
        .execution_options(synchronize_session=False)
    )
    gone = rows.all()
    keys = _keys(gone)
    if keys:
        await enqueue(session, "remove files", {"keys": keys})
    return len(gone)


def _keys(rows: Iterable[Any]) -> list[str]:
    return [key for row in rows for key in row if key is not None]
