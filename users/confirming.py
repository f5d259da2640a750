"""Showing that an e-mail address is one's own: of a new account, or in place of another one."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy.exc import IntegrityError

from actors.models import Actor
from core.clock import now
from core.errors import TemporaryError
from db.session import AsyncSession, Database
from moderation.audit import record
from users.deciding import let_in
from users.doors import CONFIRMATIONS, LETTERS_ASKED, count
from users.letters import Letter
from users.mailing import owe_letter, tell_administrators
from users.models import Purpose, Ticket, User
from users.queries import email_key, find_user_by_email
from users.tickets import ask_ticket, find_ticket, use_ticket
from users.waiting import find_with_actor, list_unconfirmed

PURPOSES = (Purpose.CONFIRM_EMAIL, Purpose.CHANGE_EMAIL)
# Of those who asked with one address, so many are written to again.
_MOST_LETTERS = 3


class Confirmed(StrEnum):
    """What came of following a link."""

    READY = "ready"
    WAITS = "waits"
    CHANGED = "changed"
    TAKEN = "taken"
    OVER = "over"


async def address_to_confirm(session: AsyncSession, secret: str) -> str | None:
    """Return the address that a link would confirm, and leave the link good; None for none."""
    ticket = await find_ticket(session, secret, PURPOSES)
    return str(ticket.details.get("email", "")) if ticket is not None else None


async def confirm_address(database: Database, secret: str) -> Confirmed:
    """Use a link up: the address is its account's own from now on, if no other account has it."""
    for _ in range(2):
        try:
            async with database.transaction() as session:
                ticket = await use_ticket(session, secret, PURPOSES)
                return await _confirm(session, ticket) if ticket is not None else Confirmed.OVER
        except IntegrityError:
            # Two accounts confirm one address at once: the second look sees whose it is.
            continue
    raise TemporaryError("an address is confirmed twice at once")


async def ask_for_confirmation(database: Database, email: str, *, address: str) -> None:
    """Owe another letter to who has not confirmed an address; nobody learns whether anybody has.

    Raises TooManyAttempts.
    """
    count(database.settings, LETTERS_ASKED, address)
    count(database.settings, CONFIRMATIONS, email_key(email))
    async with database.transaction() as session:
        for user in (await list_unconfirmed(session, email))[:_MOST_LETTERS]:
            await ask_ticket(session, user.id, Purpose.CONFIRM_EMAIL, email=user.email)
            await owe_letter(session, Letter.CONFIRM_ADDRESS, user.id)


async def _confirm(session: AsyncSession, ticket: Ticket) -> Confirmed:
    found = await find_with_actor(session, ticket.user_id)
    if found is None or found[0].suspended_at is not None:
        return Confirmed.OVER
    user, actor = found
    email = str(ticket.details["email"])
    holder = await find_user_by_email(session, email_key(email))
    if holder is not None and holder.id != user.id:
        return Confirmed.TAKEN
    if ticket.purpose is Purpose.CHANGE_EMAIL:
        return await _change(session, user, actor, email)
    user.email, user.email_key = email, email_key(email)
    user.confirmed_at = user.confirmed_at or now()
    await session.flush()
    if let_in(user, actor):
        return Confirmed.READY
    await tell_administrators(session)
    return Confirmed.WAITS


async def _change(session: AsyncSession, user: User, actor: Actor, email: str) -> Confirmed:
    if not user.may_sign_in:
        return Confirmed.OVER
    user.email, user.email_key = email, email_key(email)
    await session.flush()
    name = actor.username
    await record(session, actor=name, action="account.email", subject=name)
    return Confirmed.CHANGED
