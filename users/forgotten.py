"""A new password for who has forgotten theirs: by a link to the address of the account."""

from __future__ import annotations

from actors.models import Actor
from core.errors import InvalidInput
from db.session import AsyncSession, Database
from moderation.audit import record
from users import queries
from users.doors import LETTERS_ASKED, RESETS, count
from users.letters import Letter
from users.mailing import owe_letter
from users.models import Purpose, Ticket, User
from users.password_rules import Weakness, find_weakness
from users.passwords import hash_password
from users.tickets import ask_ticket, end_tickets, find_ticket, use_ticket
from users.waiting import find_with_actor

PURPOSES = (Purpose.RESET_PASSWORD,)


class PasswordRefused(InvalidInput):
    """A new password is one that nobody may choose. Door: 422, with the reason beside the field."""

    def __init__(self, weakness: Weakness) -> None:
        self.weakness = weakness
        super().__init__(f"this password is too {weakness.value}")


async def ask_for_reset(database: Database, email: str, *, address: str) -> None:
    """Owe a link to who has an account with an address; nobody learns whether anybody has (H24).

    Raises TooManyAttempts.
    """
    count(database.settings, LETTERS_ASKED, address)
    count(database.settings, RESETS, queries.email_key(email))
    async with database.transaction() as session:
        user = await queries.find_user_by_email(session, queries.email_key(email))
        if user is None or user.is_deleted or user.suspended_at is not None:
            return
        await ask_ticket(session, user.id, Purpose.RESET_PASSWORD)
        await owe_letter(session, Letter.RESET_PASSWORD, user.id)


async def may_reset(session: AsyncSession, secret: str) -> str | None:
    """Return whose password a link would change, and leave the link good; None for none."""
    found = await _find(session, await find_ticket(session, secret, PURPOSES))
    return found[1].username if found is not None else None


async def reset_password(database: Database, secret: str, password: str) -> bool:
    """Set the password by a link, once; False where the link is not good any more.

    Every session, token and other link of the account ends; its second factor stays. Raises
    PasswordRefused.
    """
    async with database.read() as session:
        found = await _find(session, await find_ticket(session, secret, PURPOSES))
    if found is None:
        return False
    require_strong(password, *found)
    password_hash = await hash_password(password)
    async with database.transaction() as session:
        found = await _find(session, await use_ticket(session, secret, PURPOSES))
        if found is None:
            return False
        user, actor = found
        user.password_hash = password_hash
        await sign_out_after_change(session, user)
        name = actor.username
        await record(session, actor=name, action="account.password", subject=name)
        return True


def require_strong(password: str, user: User, actor: Actor) -> None:
    """Refuse a password that is tried first; raises PasswordRefused."""
    weakness = find_weakness(password, (actor.username, user.email, actor.name))
    if weakness is not None:
        raise PasswordRefused(weakness)


async def sign_out_after_change(session: AsyncSession, user: User) -> None:
    """End all that was let in with an earlier password, and tell the person (I09)."""
    await queries.end_sessions(session, user.id)
    await queries.end_tokens(session, user.id)
    await end_tickets(session, user.id)
    await owe_letter(session, Letter.PASSWORD_CHANGED, user.id)


async def _find(session: AsyncSession, ticket: Ticket | None) -> tuple[User, Actor] | None:
    if ticket is None:
        return None
    found = await find_with_actor(session, ticket.user_id)
    if found is None or found[0].is_deleted or found[0].suspended_at is not None:
        return None
    return found
