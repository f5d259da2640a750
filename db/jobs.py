"""The table of work that is owed: enqueue in the caller's transaction, claim with a lease."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from core.clock import now
from core.ids import new_id
from db.bus import announce
from db.columns import id_field, json_field

TOPIC = "jobs"
MAX_ATTEMPTS = 20
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=6)


class Job(SQLModel, table=True):
    """One piece of work: what (`kind`), with what (`payload`), from when (`due_at`)."""

    id: int = id_field()
    kind: str = Field(index=True)
    key: str | None = Field(default=None, unique=True)
    payload: dict[str, Any] = json_field(factory=dict)
    due_at: datetime = Field(default_factory=now, index=True)
    locked_until: datetime | None = None
    attempts: int = 0
    error: str | None = None
    parked_at: datetime | None = None


def upsert(session: AsyncSession, table: Any) -> Any:
    """Return the `insert` of this session's database, the one with `on_conflict_…`."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite_insert(table) if sqlite else postgres_insert(table)


async def enqueue(
    session: AsyncSession,
    kind: str,
    payload: dict[str, Any],
    *,
    key: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Owe a piece of work; with a `key`, what is already owed under it is not owed twice.

    A job of that key that was set aside is owed again, and one that is just being done is done once
    more: it may have read what has changed since.
    """
    row = {
        "id": new_id(),
        "kind": kind,
        "key": key,
        "payload": payload,
        "due_at": due_at or now(),
        "attempts": 0,
    }
    statement = upsert(session, Job).values(**row)
    again = statement.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "payload": statement.excluded.payload,
            "due_at": statement.excluded.due_at,
            "attempts": 0,
            "locked_until": None,
            "parked_at": None,
        },
        where=or_(col(Job.parked_at).is_not(None), col(Job.locked_until).is_not(None)),
    )
    await session.execute(again)
    announce(session, TOPIC)


async def is_owed(session: AsyncSession, key: str) -> bool:
    """Tell whether a piece of work is still to be done, or being done."""
    return key in await list_owed(session, [key])


async def list_owed(session: AsyncSession, keys: Collection[str]) -> frozenset[str]:
    """Return which pieces of work are still to be done, or being done."""
    wanted = select(col(Job.key)).where(
        col(Job.key).in_(list(keys)), col(Job.parked_at).is_(None)
    )
    return frozenset(key for key in await session.scalars(wanted) if key is not None)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A piece of work that is held to be done now.

    `locked_until` fences it: who finds another value in the row came too late.
    """

    id: int
    kind: str
    payload: dict[str, Any]
    attempts: int
    locked_until: datetime


async def claim(
    session: AsyncSession, *, limit: int, lease: timedelta, but_not: Collection[str] = ()
) -> list[Claimed]:
    """Lock up to `limit` due jobs until the lease ends; a lease that ran out counts as none.

    `but_not` are kinds to leave. PostgreSQL adds SKIP LOCKED; SQLite, with one writer, needs none
    and gets none. A row that cannot be read is set aside, and holds up nobody (L07).
    """
    moment = now()
    free = or_(col(Job.locked_until).is_(None), col(Job.locked_until) < moment)
    due = (
        select(col(Job.id))
        .where(
            col(Job.due_at) <= moment,
            free,
            col(Job.parked_at).is_(None),
            col(Job.kind).not_in(but_not),
        )
        .order_by(col(Job.due_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed: Any = (
        update(Job)
        .where(col(Job.id).in_(select(due.c.id)))
        .values(locked_until=moment + lease, attempts=col(Job.attempts) + 1)
        .returning(
            col(Job.id),
            col(Job.kind),
            # As text: one that is no JSON would fail all that are read with it.
            cast(col(Job.payload), Text),
            col(Job.attempts),
            col(Job.locked_until),
        )
        .execution_options(synchronize_session=False)
    )
    held = []
    for id, kind, text, attempts, locked_until in (await session.execute(claimed)).all():
        payload = _read_payload(text)
        one = Claimed(id, kind, payload or {}, attempts, locked_until)
        if payload is None:
            await park(session, one, "its payload cannot be read")
        else:
            held.append(one)
    return held


def _read_payload(text: str) -> dict[str, Any] | None:
    try:
        payload = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


async def finish(session: AsyncSession, job: Claimed) -> None:
    """Remove work that is done, unless it was owed again meanwhile."""
    await session.execute(delete(Job).where(*_is_mine(job)))


async def retry(session: AsyncSession, job: Claimed, error: str) -> None:
    """Try again later, doubling the pause; after MAX_ATTEMPTS the job is parked for an operator.

    One that was owed again meanwhile, or is another's now, stays as it is.
    """
    pause = min(FIRST_RETRY * 2 ** max(job.attempts - 1, 0), LONGEST_RETRY)
    parked = now() if job.attempts >= MAX_ATTEMPTS else None
    await session.execute(
        update(Job)
        .where(*_is_mine(job))
        .values(locked_until=None, due_at=now() + pause, error=error[:500], parked_at=parked)
        .execution_options(synchronize_session=False)
    )


async def park(session: AsyncSession, job: Claimed, error: str) -> None:
    """Set a job aside, with its reason: trying again would not help.

    One that was owed again meanwhile, or is another's now, stays as it is.
    """
    await session.execute(
        update(Job)
        .where(*_is_mine(job))
        .values(locked_until=None, error=error[:500], parked_at=now())
        .execution_options(synchronize_session=False)
    )


async def forget_parked(session: AsyncSession, age: timedelta) -> None:
    """Remove work that was set aside longer ago than this: others decide how much that is."""
    await session.execute(delete(Job).where(col(Job.parked_at) < now() - age))


def _is_mine(job: Claimed) -> tuple[ColumnElement[bool], ...]:
    return col(Job.id) == job.id, col(Job.locked_until) == job.locked_until
