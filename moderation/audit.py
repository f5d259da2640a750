"""The audit log: append-only, each line chained to the one before by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import func, select
from sqlmodel import col

from core.clock import now
from db.session import AsyncSession, take_turns
from moderation.models import AuditEntry

GENESIS = "0" * 64
_LOCK = 7_226_011


@dataclass(frozen=True, slots=True)
class Line:
    """What was decided about whom, and why; never content, never tokens."""

    action: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


async def record(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Append a line: who (`actor`) did what to whom, and why; never content, never tokens."""
    (entry,) = await record_all(session, [Line(action, subject, detail or {})], actor=actor)
    return entry


async def record_all(
    session: AsyncSession, lines: Sequence[Line], *, actor: str
) -> list[AuditEntry]:
    """Append many lines at once, in their order."""
    # The chain has one end: writers wait for each other until their commits.
    await take_turns(session, _LOCK)
    previous = await session.scalar(
        select(col(AuditEntry.hash)).order_by(col(AuditEntry.id).desc()).limit(1)
    )
    entries: list[AuditEntry] = []
    for line in lines:
        entry = AuditEntry(
            at=now(),
            actor=actor,
            action=line.action,
            subject=line.subject,
            detail=dict(line.detail),
            previous_hash=previous or GENESIS,
            hash="",
        )
        entry.hash = previous = hash_of(entry)
        entries.append(entry)
    session.add_all(entries)
    await session.flush()
    return entries


def hash_of(entry: AuditEntry) -> str:
    """Return the hash that a line must have, over its content and the line before."""
    content = [
        entry.previous_hash,
        str(entry.id),
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        entry.detail,
    ]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


async def find_break(session: AsyncSession) -> AuditEntry | None:
    """Return the first line that was changed, or whose predecessor was; None for a whole chain."""
    expected = GENESIS
    lines = await session.stream_scalars(select(AuditEntry).order_by(col(AuditEntry.id)))
    async for entry in lines:
        if entry.previous_hash != expected or entry.hash != hash_of(entry):
            return entry
        expected = entry.hash
    return None


async def count_lines(session: AsyncSession) -> int:
    """Return how many lines the log has."""
    return await session.scalar(select(func.count()).select_from(AuditEntry)) or 0


async def list_newest(session: AsyncSession, limit: int) -> list[AuditEntry]:
    """Return the newest lines, newest first."""
    statement = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    return list(await session.scalars(statement))
