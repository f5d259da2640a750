"""SQL of how deliveries to a host go: the circuit breaker, Retry-After, and its return."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from core.clock import now
from db.bus import announce
from db.jobs import upsert
from outbox.models import Delivery, GoneInbox, HostState
from outbox.queries import TOPIC
from outbox.retry import FAILURES_TO_OPEN, opening_after

# A host that writes to us but cannot be reached is not tried at each of its requests.
REST_AFTER_FAILURE = timedelta(seconds=30)
NOTED_EVERY = timedelta(minutes=1)
DRAIN_A_SECOND = 5
_ROWS_A_STATEMENT = 1000


async def find_host(session: AsyncSession, host: str) -> HostState | None:
    """Return how deliveries to a host go."""
    return await session.get(HostState, host, populate_existing=True)


async def note_success(session: AsyncSession, host: str) -> None:
    """Close a host's circuit; what waited for it is due now, in its order.

    A host that comes back after a long silence is not flooded: it gets DRAIN_A_SECOND.
    """
    if await _is_known_well(session, host):
        return
    before = await find_host(session, host)
    await _save(session, host, failures=0, open_until=None, last_success_at=now())
    if before is None or not before.failures:
        return
    if before.failures >= FAILURES_TO_OPEN:
        await _spread(session, host)
    else:
        await session.execute(
            update(Delivery)
            .where(col(Delivery.host) == host, col(Delivery.due_at) > now())
            .values(due_at=now())
            .execution_options(synchronize_session=False)
        )
    announce(session, TOPIC)


async def _is_known_well(session: AsyncSession, host: str) -> bool:
    """Tell whether another success is no news: this is asked for each delivery."""
    asked = {"asked": host, "since": now() - NOTED_EVERY}
    return (await session.execute(_known_well(), asked)).first() is not None


@cache
def _known_well() -> Any:
    state = HostState.__table__.c  # type: ignore[attr-defined]
    return select(state.host).where(
        state.host == bindparam("asked"),
        state.failures == 0,
        state.open_until.is_(None),
        state.last_success_at > bindparam("since"),
    )


async def _spread(session: AsyncSession, host: str) -> None:
    waiting = (
        select(col(Delivery.id))
        .where(col(Delivery.host) == host, col(Delivery.due_at).is_not(None))
        .order_by(col(Delivery.priority), col(Delivery.id))
    )
    moment, gap = now(), timedelta(seconds=1) / DRAIN_A_SECOND
    ids = (await session.scalars(waiting)).all()
    rows = [{"id": id, "due_at": moment + place * gap} for place, id in enumerate(ids)]
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        await session.execute(update(Delivery), rows[start : start + _ROWS_A_STATEMENT])


async def note_failure(session: AsyncSession, host: str) -> None:
    """Count a failure; the tenth in a row opens the circuit, each further one for twice as long."""
    before = await find_host(session, host)
    failures = (before.failures if before else 0) + 1
    # Answers to what was on its way while the circuit opened count once.
    if before is not None and before.open_until is not None and before.open_until > now():
        failures = before.failures
    opening = opening_after(failures)
    until = now() + opening if opening else None
    await _save(session, host, failures=failures, open_until=until, last_failure_at=now())


async def note_wait(session: AsyncSession, host: str, until: datetime) -> None:
    """Leave a host alone until then: it asked for it (Retry-After)."""
    await _save(session, host, wait_until=until)


async def _save(session: AsyncSession, host: str, **values: object) -> None:
    statement = upsert(session, HostState).values(**{"host": host, "failures": 0} | values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["host"], set_=dict(values))
    )


async def note_sign_of_life(session: AsyncSession, host: str) -> None:
    """Try a host at once that failed before and now writes to us; one delivery goes first."""
    await session.execute(delete(GoneInbox).where(col(GoneInbox.host) == host))
    rested = or_(
        col(HostState.last_failure_at).is_(None),
        col(HostState.last_failure_at) < now() - REST_AFTER_FAILURE,
    )
    woken = await session.execute(
        update(HostState)
        .where(col(HostState.host) == host, col(HostState.failures) > 0, rested)
        .values(open_until=None)
        .returning(col(HostState.host))
        .execution_options(synchronize_session=False)
    )
    if woken.first() is None:
        return
    first = (
        select(col(Delivery.id))
        .where(col(Delivery.host) == host, col(Delivery.due_at).is_not(None))
        .order_by(col(Delivery.priority), col(Delivery.id))
        .limit(1)
    )
    await session.execute(
        update(Delivery)
        .where(col(Delivery.id).in_(first))
        .values(due_at=now())
        .execution_options(synchronize_session=False)
    )
    announce(session, TOPIC)


async def find_troubled(session: AsyncSession, hosts: Collection[str]) -> set[str]:
    """Return those hosts to which deliveries failed last, or of whom an inbox is gone."""
    failing = select(col(HostState.host)).where(
        col(HostState.host).in_(hosts), col(HostState.failures) > 0
    )
    gone = select(col(GoneInbox.host)).where(col(GoneInbox.host).in_(hosts))
    return set(await session.scalars(failing.union(gone))) if hosts else set()
