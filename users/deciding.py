"""Letting people in, or not: the words of administrators, and what comes of silence."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from actors.models import Actor
from actors.withdraw import withdraw_actor
from core.clock import now
from core.errors import InvalidInput, NotFound
from core.logging import get_logger
from db.session import AsyncSession, Database, savepoint
from moderation.audit import record
from users.letters import Letter
from users.mailing import owe_letter, owe_refusal
from users.models import User
from users.tickets import end_tickets
from users.waiting import delete_user_row, find_waiting, list_forgotten

log = get_logger(__name__)
# Who has not confirmed the address by then is forgotten, and the name is free again.
KEEP_UNCONFIRMED = timedelta(days=7)
MAX_REASON = 2000
_A_TURN = 100


def let_in(user: User, actor: Actor) -> bool:
    """Show an actor to everybody, if their person may come in by now; tell whether they may."""
    if not user.may_sign_in:
        return False
    actor.suspended_at = None
    actor.published_at = actor.published_at or now()
    return True


async def approve(session: AsyncSession, username: str, *, decided_by: str) -> User:
    """Let somebody in who waits; they are told. Raises NotFound for who does not wait."""
    user, actor = await _find(session, username)
    user.approved_at = now()
    await record(session, actor=decided_by, action="account.approve", subject=actor.username)
    # To an address that nobody has confirmed, nothing is written but that it is to be confirmed.
    if let_in(user, actor):
        await owe_letter(session, Letter.APPROVED, user.id)
    return user


async def refuse(session: AsyncSession, username: str, reason: str, *, decided_by: str) -> None:
    """Turn somebody away who waits: told with the reason, and all that they sent is removed.

    Raises NotFound for who does not wait, InvalidInput for a reason that is too long.
    """
    if len(reason.strip()) > MAX_REASON:
        raise InvalidInput(f"a reason has at most {MAX_REASON} characters")
    user, actor = await _find(session, username)
    await record(session, actor=decided_by, action="account.refuse", subject=actor.username)
    if user.confirmed_at is not None:
        await owe_refusal(session, user, actor, reason.strip())
    await _remove(session, user, actor)


async def forget_unconfirmed(database: Database) -> None:
    """Remove who asked for an account long ago and never confirmed the address; a chore."""
    while True:
        async with database.transaction() as session:
            found = await list_forgotten(session, now() - KEEP_UNCONFIRMED, _A_TURN)
            for user, actor in found:
                await _remove(session, user, actor)
        if len(found) < _A_TURN:
            return


async def _find(session: AsyncSession, username: str) -> tuple[User, Actor]:
    found = await find_waiting(session, username.strip().removeprefix("@"))
    if found is None:
        raise NotFound(f"nobody waits under the name {username[:100]!r}")
    return found


async def _remove(session: AsyncSession, user: User, actor: Actor) -> None:
    await end_tickets(session, user.id)
    try:
        async with savepoint(session):
            await delete_user_row(session, user)
            await withdraw_actor(session, actor)
    except IntegrityError:
        # Somebody has written something down about them: the name stays taken, as after a deletion.
        log.info("a name that never came in stays taken", username=actor.username)
        user.email, user.email_key, user.password_hash = "", f"deleted-{user.id}", ""
        user.signup_reason = None
        user.suspended_at = user.confirmed_at = actor.deleted_at = now()
    else:
        session.expunge(user)
