"""SQL of the inbox: acknowledged activities are stored, claimed with a lease, finished once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, literal, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from db.bus import announce
from db.jobs import upsert
from db.session import AsyncSession, take_turns
from inbox.models import InboxActivity

TOPIC = "incoming"
LEASE = timedelta(minutes=1)
PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
MAX_ATTEMPTS = len(PAUSES) + 1
PARKED = "parked"
# Waiting for a moderator; `Received` ones are held by a lease, which is something else.
HELD = "held"
# What nobody decided about by then is not kept for ever: it is somebody's words.
KEEP_HELD = timedelta(days=90)
MAX_KEY_LENGTH = 1000
_MAX_REASON = 500
_CLAIM_LOCK = 7_226_013
_TABLE = InboxActivity.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Received:
    """An activity that was acknowledged and is held to be processed now.

    `lease` fences it: who finds another one in the row came too late.
    """

    id: int
    signer_id: int
    host: str
    owner_id: int | None
    body: bytes
    attempts: int
    lease: datetime
    is_released: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """What is written down of an activity: its outcome, or when it is tried again.

    One that was not begun goes back to its place in the queue.
    """

    id: int
    outcome: str | None
    reason: str | None = None
    due_at: datetime | None = None
    is_begun: bool = True


def key_of(signer_uri: str, activity_id: str | None, body: bytes) -> str:
    """Return the key under which an activity is known: nobody can take another's in advance."""
    if activity_id is None:
        return hashlib.sha256(signer_uri.encode() + b"\n" + body).hexdigest()
    key = f"{signer_uri} {activity_id}"
    # PostgreSQL indexes no values of several kilobytes.
    return key if len(key) <= MAX_KEY_LENGTH else hashlib.sha256(key.encode()).hexdigest()


async def save_activities(session: AsyncSession, rows: Sequence[InboxActivity]) -> None:
    """Store activities that are to be processed; those that are known stay as they came first."""
    statement = upsert(session, _TABLE).on_conflict_do_nothing(index_elements=["key"])
    await session.execute(statement, [_columns(row) for row in rows])
    announce(session, TOPIC)


def _columns(row: InboxActivity) -> dict[str, Any]:
    return {
        "id": row.id,
        "key": row.key,
        "signer_id": row.signer_id,
        "host": row.host,
        "owner_id": row.owner_id,
        "body": row.body,
        "received_at": row.received_at,
        "due_at": row.due_at,
        "attempts": 0,
        "is_released": False,
    }


async def claim(
    session: AsyncSession, *, limit: int, but_not: Collection[str] = ()
) -> list[Received]:
    """Hold up to `limit` due activities, oldest first; a lease that ran out counts as none.

    What a signer sent later waits while something earlier of theirs is held. `but_not` are hosts
    whose activities are left where they are.
    """
    # Two claims at once would not see what the other holds.
    await take_turns(session, _CLAIM_LOCK)
    moment = now()
    earlier = aliased(InboxActivity)
    is_overtaking = (
        select(col(earlier.id))
        .where(
            col(earlier.signer_id) == col(InboxActivity.signer_id),
            col(earlier.due_at).is_not(None),
            col(earlier.locked_until) >= moment,
            col(earlier.id) < col(InboxActivity.id),
        )
        .exists()
    )
    free = or_(col(InboxActivity.locked_until).is_(None), col(InboxActivity.locked_until) < moment)
    due = (
        select(col(InboxActivity.id))
        .where(
            col(InboxActivity.due_at) <= moment,
            free,
            ~is_overtaking,
            col(InboxActivity.host).not_in(but_not),
        )
        .order_by(col(InboxActivity.due_at), col(InboxActivity.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed: Any = (
        update(InboxActivity)
        .where(col(InboxActivity.id).in_(select(due.c.id)))
        .values(locked_until=moment + LEASE, attempts=col(InboxActivity.attempts) + 1)
        .returning(
            col(InboxActivity.id),
            col(InboxActivity.signer_id),
            col(InboxActivity.host),
            col(InboxActivity.owner_id),
            col(InboxActivity.body),
            col(InboxActivity.attempts),
            col(InboxActivity.is_released),
            col(InboxActivity.locked_until).label("lease"),
        )
        .execution_options(synchronize_session=False)
    )
    rows = (await session.execute(claimed)).mappings().all()
    return sorted((Received(**row) for row in rows), key=lambda one: one.id)


async def count_waiting(session: AsyncSession) -> dict[str, int]:
    """Return how many activities of each host wait to be processed, or to be tried again."""
    host = col(InboxActivity.host)
    statement = (
        select(host, func.count()).where(col(InboxActivity.due_at).is_not(None)).group_by(host)
    )
    return {name: count for name, count in (await session.execute(statement)).all()}


async def count_held(session: AsyncSession) -> dict[str, int]:
    """Return how many activities of each host wait for a moderator."""
    host = col(InboxActivity.host)
    # Written out in the statement, for the index of what waits.
    is_held = col(InboxActivity.outcome) == literal(HELD, literal_execute=True)
    statement = select(host, func.count()).where(is_held).group_by(host)
    return {name: count for name, count in (await session.execute(statement)).all()}


async def is_waiting(session: AsyncSession, signer_uri: str, activity_id: str) -> bool:
    """Tell whether an activity that came is not done yet: it waits, or is tried again later."""
    statement = select(col(InboxActivity.id)).where(
        col(InboxActivity.key) == key_of(signer_uri, activity_id, b""),
        col(InboxActivity.due_at).is_not(None),
    )
    return await session.scalar(statement) is not None


async def still_held(session: AsyncSession, batch: Iterable[Received]) -> set[int]:
    """Return the ids that nobody has claimed since, and hold them until this transaction ends."""
    leases = {one.id: one.lease for one in batch}
    statement = (
        select(col(InboxActivity.id), col(InboxActivity.locked_until))
        .where(col(InboxActivity.id).in_(leases), col(InboxActivity.due_at).is_not(None))
        .with_for_update()
    )
    rows = (await session.execute(statement)).all()
    return {row_id for row_id, lease in rows if lease == leases[row_id]}


async def finish(session: AsyncSession, endings: Sequence[Ending]) -> None:
    """Write down what became of activities; in the transaction of their effects."""
    moment = now()
    rows = [
        {
            "id": ending.id,
            "outcome": ending.outcome,
            "reason": ending.reason[:_MAX_REASON] if ending.reason else None,
            "due_at": ending.due_at,
            "locked_until": None,
            "processed_at": moment if ending.due_at is None else None,
        }
        for ending in endings
        if ending.is_begun
    ]
    if rows:
        await session.execute(update(InboxActivity), rows)
    if back := [ending.id for ending in endings if not ending.is_begun]:
        await session.execute(
            update(InboxActivity)
            .where(col(InboxActivity.id).in_(back))
            .values(locked_until=None, attempts=col(InboxActivity.attempts) - 1)
            .execution_options(synchronize_session=False)
        )


def retry_or_park(received: Received, reason: str) -> Ending:
    """Return when to try again; after MAX_ATTEMPTS it is set aside, with its reason."""
    if received.attempts >= MAX_ATTEMPTS:
        return Ending(received.id, PARKED, reason)
    return Ending(received.id, None, reason, now() + PAUSES[received.attempts - 1])


def give_back(received: Received) -> Ending:
    """Return an activity to the queue, as it was: its turn did not come."""
    return Ending(received.id, None, is_begun=False)


async def forget_processed(
    session: AsyncSession, age: timedelta, *, held: timedelta = KEEP_HELD
) -> int:
    """Remove activities that were processed longer ago than this; return how many.

    Those that wait for a moderator stay longer: `held`.
    """
    moment = now()
    is_held = col(InboxActivity.outcome).is_not_distinct_from(HELD)
    statement = delete(InboxActivity).where(
        col(InboxActivity.due_at).is_(None),
        col(InboxActivity.processed_at) < case((is_held, moment - held), else_=moment - age),
    )
    return int((await session.execute(statement)).rowcount)  # type: ignore[attr-defined]


def row_of(
    signer: Actor, activity_id: str | None, body: bytes, *, owner_id: int | None
) -> InboxActivity:
    """Make the row of an activity that just came, due at once."""
    return InboxActivity(
        key=key_of(signer.uri, activity_id, body),
        signer_id=signer.id,
        host=signer.host,
        owner_id=owner_id,
        body=body,
    )
