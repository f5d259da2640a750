"""Tickets: what a letter's link carries. Good once, for one thing, for a while; kept as a hash.

A ticket is asked for by somebody's deed (`ask_ticket`), and gets its secret when the letter is
about to be sent (`arm_ticket`): no secret waits in a queue, and a letter that must be sent again
has a secret of its own, after which the one before opens nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlmodel import col

from core.clock import now
from db.session import AsyncSession
from users.models import Purpose, Ticket
from users.secret import digest, new_secret

# How long a link is good, from when its letter is sent.
LENGTHS: Mapping[Purpose, timedelta] = {
    Purpose.CONFIRM_EMAIL: timedelta(days=3),
    Purpose.CHANGE_EMAIL: timedelta(days=1),
    Purpose.RESET_PASSWORD: timedelta(hours=1),
}
# How long a letter may take to be sent at all.
WAITS_FOR_LETTER = timedelta(days=3)
MAX_SECRET_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Armed:
    """A ticket that can be used: its secret, readable this once, until when, and for what."""

    secret: str
    expires_at: datetime
    details: Mapping[str, Any]


async def ask_ticket(
    session: AsyncSession, user_id: int, purpose: Purpose, **details: Any
) -> None:
    """Note that a letter will bring a ticket; those of before, for the same thing, are over."""
    await end_tickets(session, user_id, [purpose])
    session.add(
        Ticket(
            # Of a secret that nobody has.
            ticket_hash=digest(new_secret()),
            user_id=user_id,
            purpose=purpose,
            details=details,
            expires_at=now() + WAITS_FOR_LETTER,
        )
    )
    await session.flush()


async def arm_ticket(session: AsyncSession, user_id: int, purpose: Purpose) -> Armed | None:
    """Give the ticket that was asked for a fresh secret; None where none is waited for any more."""
    statement = select(Ticket).where(
        col(Ticket.user_id) == user_id, col(Ticket.purpose) == purpose, *_is_good()
    )
    newest_first = statement.order_by(col(Ticket.created_at).desc()).with_for_update()
    asked = (await session.scalars(newest_first)).first()
    if asked is None:
        return None
    # Two asked at once may each have left one: the newest counts.
    await end_tickets(session, user_id, [purpose])
    armed = Armed(new_secret(), now() + LENGTHS[purpose], asked.details)
    session.add(
        Ticket(
            ticket_hash=digest(armed.secret),
            user_id=user_id,
            purpose=purpose,
            details=dict(armed.details),
            created_at=asked.created_at,
            expires_at=armed.expires_at,
        )
    )
    await session.flush()
    return armed


async def find_ticket(
    session: AsyncSession, secret: str, purposes: Collection[Purpose]
) -> Ticket | None:
    """Return a ticket that is good for one of some things, and leave it good: for asking back."""
    return await session.scalar(select(Ticket).where(*_is_this(secret, purposes)))


async def use_ticket(
    session: AsyncSession, secret: str, purposes: Collection[Purpose]
) -> Ticket | None:
    """Use a ticket up and return it; None for one that is not good, or for another thing."""
    statement = (
        update(Ticket)
        .where(*_is_this(secret, purposes))
        .values(used_at=now())
        .returning(Ticket)
    )
    return await session.scalar(statement)


async def end_tickets(
    session: AsyncSession, user_id: int, purposes: Collection[Purpose] | None = None
) -> None:
    """End somebody's tickets, for all things or for some."""
    statement = delete(Ticket).where(col(Ticket.user_id) == user_id)
    if purposes is not None:
        statement = statement.where(col(Ticket.purpose).in_(purposes))
    await session.execute(statement.execution_options(synchronize_session=False))


def _is_this(secret: str, purposes: Collection[Purpose]) -> tuple[ColumnElement[bool], ...]:
    wanted = digest(secret[:MAX_SECRET_LENGTH])
    return col(Ticket.ticket_hash) == wanted, col(Ticket.purpose).in_(purposes), *_is_good()


def _is_good() -> tuple[ColumnElement[bool], ...]:
    return col(Ticket.used_at).is_(None), col(Ticket.expires_at) > now()
