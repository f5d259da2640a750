"""SQL that writes the directory: entries and terms, who is to have some, whose are to go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update
from sqlmodel import col

from actors.models import Badge
from core.clock import now
from db.session import AsyncSession
from doctors.directory_terms import Terms
from doctors.models import DirectoryEntry, DirectoryTerm


async def find_entries(
    session: AsyncSession, actor_ids: Iterable[int]
) -> Mapping[int, DirectoryEntry]:
    """Return the entries of some people, by their ids."""
    wanted = select(DirectoryEntry).where(col(DirectoryEntry.actor_id).in_(set(actor_ids)))
    return {entry.actor_id: entry for entry in await session.scalars(wanted)}


async def remove_entries(session: AsyncSession, actor_ids: Iterable[int]) -> None:
    """Let some people be found by nothing any more."""
    ids = set(actor_ids)
    for table in (DirectoryTerm, DirectoryEntry):
        await session.execute(
            delete(table)
            .where(col(table.actor_id).in_(ids))
            .execution_options(synchronize_session=False)
        )


async def write_entry(session: AsyncSession, entry: DirectoryEntry, terms: Terms) -> None:
    """Let somebody who has no rows be found by some terms."""
    await session.execute(insert(DirectoryEntry).values(**entry.model_dump()))
    rows = [
        {"kind": kind, "term": term, "actor_id": entry.actor_id, "audience": audience}
        for (kind, term), audience in sorted(terms.items())
    ]
    # The table: a model's rows would be made one by one.
    await session.execute(insert(DirectoryTerm.__table__), rows)  # type: ignore[attr-defined]


async def list_indexable(session: AsyncSession, before: int | None, limit: int) -> list[int]:
    """Return ids of those who have a badge or an entry, the newest before an id."""
    badges, entries = select(col(Badge.actor_id)), select(col(DirectoryEntry.actor_id))
    if before is not None:
        badges = badges.where(col(Badge.actor_id) < before)
        entries = entries.where(col(DirectoryEntry.actor_id) < before)
    found: set[int] = set()
    for ids in (badges, entries):
        newest = ids.order_by(ids.selected_columns[0].desc()).limit(limit)
        found.update(await session.scalars(newest))
    return sorted(found, reverse=True)[:limit]


async def list_lapsed_entries(session: AsyncSession, moment: datetime, limit: int) -> list[int]:
    """Return ids of those in the directory who have no badge that counts."""
    counts = (
        select(col(Badge.actor_id))
        .where(
            col(Badge.actor_id) == col(DirectoryEntry.actor_id), col(Badge.valid_until) > moment
        )
        .exists()
    )
    lapsed = select(col(DirectoryEntry.actor_id)).where(~counts)
    return list(await session.scalars(lapsed.order_by(col(DirectoryEntry.actor_id)).limit(limit)))


async def list_unread_habits(session: AsyncSession, before: datetime, limit: int) -> list[int]:
    """Return ids of those whose answers were not read since a moment, the longest ago first."""
    read_at = col(DirectoryEntry.answers_read_at)
    unread = select(col(DirectoryEntry.actor_id)).where(or_(read_at.is_(None), read_at < before))
    ordered = unread.order_by(read_at.is_not(None), read_at, col(DirectoryEntry.actor_id))
    return list(await session.scalars(ordered.limit(limit)))


async def save_habit(
    session: AsyncSession, actor_id: int, *, hours: int | None, habit: int
) -> None:
    """Write in how many hours somebody answers, and note that it was read now."""
    await session.execute(
        update(DirectoryEntry)
        .where(col(DirectoryEntry.actor_id) == actor_id)
        .values(answers_within_h=hours, habit=habit, answers_read_at=now())
        .execution_options(synchronize_session=False)
    )
