"""The queue of deliveries is bounded: before it is full, reactions are set aside (R12).

Posts, deletions and answers never are: they wait for as long as their window.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlmodel import col

from core.clock import now
from core.logging import get_logger
from db.session import AsyncSession, Database
from outbox.models import Delivery, HostState, OutboxActivity

MAX_QUEUED = 1_000_000
# From here on it is nearly full.
HIGH = 0.8
SET_ASIDE = "set aside: the queue of deliveries was nearly full"
_REACTIONS = ("Like", "Dislike", "EmojiReact", "Announce")
# A transaction each: nobody waits long for the next.
_AT_ONCE = 2_000
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Queue:
    """How many deliveries wait, how many may, and to how many hosts the last one failed."""

    waiting: int
    most: int
    failing_hosts: int

    @property
    def is_nearly_full(self) -> bool:
        """Whether reactions are set aside."""
        return self.waiting > self.most * HIGH


async def find_queue(session: AsyncSession, *, most: int = MAX_QUEUED) -> Queue:
    """Return how full the queue is."""
    queued = select(func.count()).select_from(Delivery).where(col(Delivery.due_at).is_not(None))
    failing = select(func.count()).select_from(HostState).where(col(HostState.failures) > 0)
    return Queue(
        await session.scalar(queued) or 0, most, await session.scalar(failing) or 0
    )


async def relieve_queue(database: Database, *, most: int = MAX_QUEUED) -> int:
    """Set reactions aside while the queue is nearly full; return how many.

    First and only those to hosts that failed last; when it is full, all that wait. Each becomes a
    dead letter, which can be sent again.
    """
    async with database.read() as session:
        queue = await find_queue(session, most=most)
    if not queue.is_nearly_full:
        return 0
    # It is worked off from the other end meanwhile: more than this need not go.
    excess = queue.waiting - int(most * HIGH)
    done = await _set_aside(database, excess, is_full=False)
    if queue.waiting - done > most:
        done += await _set_aside(database, excess - done, is_full=True)
    log.warning(
        "the queue of deliveries is nearly full",
        waiting=queue.waiting,
        most=most,
        failing_hosts=queue.failing_hosts,
        set_aside=done,
    )
    return done


async def _set_aside(database: Database, excess: int, *, is_full: bool) -> int:
    done = 0
    while done < excess:
        async with database.transaction() as session:
            some = await _set_some_aside(session, min(excess - done, _AT_ONCE), is_full=is_full)
        if not some:
            break
        done += some
    return done


async def _set_some_aside(session: AsyncSession, limit: int, *, is_full: bool) -> int:
    statement = (
        select(col(Delivery.id))
        .join(OutboxActivity, col(OutboxActivity.id) == col(Delivery.activity_id))
        .where(
            col(Delivery.due_at).is_not(None),
            # What is on its way ends by itself.
            (col(Delivery.locked_until).is_(None)) | (col(Delivery.locked_until) < now()),
            col(OutboxActivity.type).in_(_REACTIONS),
        )
        .order_by(col(Delivery.id))
        .limit(limit)
    )
    if not is_full:
        failing = select(col(HostState.host)).where(col(HostState.failures) > 0)
        statement = statement.where(col(Delivery.host).in_(failing))
    ids = list(await session.scalars(statement))
    await session.execute(
        update(Delivery)
        .where(col(Delivery.id).in_(ids))
        .values(due_at=None, locked_until=None, given_up_at=now(), last_error=SET_ASIDE)
        .execution_options(synchronize_session=False)
    )
    return len(ids)
