"""Between the password and the session: a ticket, redeemed by a code of the second factor (I11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, select, update
from sqlmodel import col

from core.clock import now
from core.logging import get_logger
from db.session import AsyncSession
from users import queries
from users.limits import Limit
from users.models import Purpose, Ticket, User
from users.second_factor import take_code
from users.secret import digest, new_secret

log = get_logger(__name__)
LENGTH = timedelta(minutes=10)
MAX_TRIES = 5
_MAX_SECRET = 200
# By account and by whichever tickets: who guesses has one chance in thirty thousand an hour.
_tries = Limit(10, timedelta(hours=1), name="second-factor")


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What came of a code: the person, once it was right; `is_over` is whether no more is taken."""

    user: User | None
    onward: str
    is_lasting: bool
    is_over: bool


async def ask_code(session: AsyncSession, user: User, *, onward: str, is_lasting: bool) -> str:
    """Remember that somebody's password was right; returns the secret of the ticket.

    `onward` and `is_lasting` are what the person chose at the door, kept for when they are in.
    """
    secret = new_secret()
    session.add(
        Ticket(
            ticket_hash=digest(secret),
            user_id=user.id,
            purpose=Purpose.SECOND_FACTOR,
            details={"onward": onward, "is_lasting": is_lasting},
            expires_at=now() + LENGTH,
        )
    )
    return secret


async def is_waiting(session: AsyncSession, secret: str | None) -> bool:
    """Tell whether a ticket still waits for its code."""
    if not secret:
        return False
    found = select(col(Ticket.ticket_hash)).where(*_is_open(secret))
    return await session.scalar(found) is not None


async def redeem(session: AsyncSession, secret: str | None, code: str) -> Redeemed | None:
    """Try a code for a ticket; None for a ticket that is over. To be committed in any case.

    Raises TooManyAttempts after ten tries an hour for one account, by whichever tickets.
    """
    # The try is counted before it is judged: those at the same time are counted, too.
    counted = update(Ticket).where(*_is_open(secret or "")).values(tries=col(Ticket.tries) + 1)
    ticket = await session.scalar(
        counted.returning(Ticket), execution_options={"populate_existing": True}
    )
    if ticket is None:
        return None
    count_try(ticket.user_id)
    user = await queries.find_user(session, ticket.user_id)
    is_right = user is not None and user.may_sign_in and await take_code(session, user.id, code)
    if is_right:
        ticket.used_at = now()
    else:
        log.warning("wrong second factor", user_id=ticket.user_id, tries=ticket.tries)
    return Redeemed(
        user=user if is_right else None,
        onward=str(ticket.details["onward"]),
        is_lasting=bool(ticket.details["is_lasting"]),
        is_over=ticket.tries >= MAX_TRIES,
    )


def count_try(user_id: int) -> None:
    """Count a try of somebody's second factor; raises TooManyAttempts after ten an hour."""
    _tries.require(str(user_id))


def _is_open(secret: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Ticket.ticket_hash) == digest(secret[:_MAX_SECRET]),
        col(Ticket.purpose) == Purpose.SECOND_FACTOR,
        col(Ticket.used_at).is_(None),
        col(Ticket.expires_at) > now(),
        col(Ticket.tries) < MAX_TRIES,
    )
