"""SQL of what became of a delivery: delivered, waiting, given up; an inbox that is gone."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from core.clock import now
from db.jobs import upsert
from outbox.models import Delivery, GoneInbox
from outbox.queries import Owed

GONE = "the inbox is gone"
_deliveries: Any = Delivery.__table__  # type: ignore[attr-defined]


async def mark_delivered(session: AsyncSession, owed: Owed, status: int) -> None:
    """Note that an inbox has it; true even of what was withdrawn meanwhile."""
    await session.execute(_delivered(), {"done": owed.id, "at": now(), "status": status})


@cache
def _delivered() -> Any:
    """Return the statement for every good answer, made once: making it costs more than it does."""
    return (
        update(_deliveries)
        .where(_deliveries.c.id == bindparam("done"))
        .values(
            due_at=None,
            locked_until=None,
            delivered_at=bindparam("at"),
            given_up_at=None,
            last_status=bindparam("status"),
            last_error=None,
        )
    )


async def mark_waiting(
    session: AsyncSession, owed: Owed, *, due_at: datetime, status: int | None, error: str
) -> None:
    """Try again later; past the activity's window it is given up."""
    if due_at > owed.expires_at:
        return await mark_given_up(session, owed, status=status, error=error)
    await _write(session, owed, due_at=due_at, last_status=status, last_error=error[:500])


async def mark_given_up(
    session: AsyncSession, owed: Owed, *, status: int | None, error: str
) -> None:
    """Make it a dead letter: kept with its reason, listed, and sent again on request."""
    await _write(
        session, owed, due_at=None, given_up_at=now(), last_status=status, last_error=error[:500]
    )


async def _write(session: AsyncSession, owed: Owed, **values: object) -> None:
    """Write a result down, unless the delivery was claimed, owed or withdrawn anew meanwhile."""
    mine = (_deliveries.c.id == owed.id) & (_deliveries.c.attempts == owed.attempts)
    there = _deliveries.c.due_at.is_not(None)
    await session.execute(update(_deliveries).where(mine, there).values(**values))
    await session.execute(update(_deliveries).where(mine).values(locked_until=None))


async def close_inbox(session: AsyncSession, owed: Owed) -> None:
    """Note that an inbox is gone, and give up what else is owed to it."""
    await session.execute(
        upsert(session, GoneInbox)
        .values(inbox=owed.inbox, host=owed.host, gone_at=now())
        .on_conflict_do_nothing()
    )
    await session.execute(
        update(Delivery)
        .where(col(Delivery.inbox) == owed.inbox, col(Delivery.due_at).is_not(None))
        .values(due_at=None, locked_until=None, given_up_at=now(), last_error=GONE)
        .execution_options(synchronize_session=False)
    )
