"""Changing one's own password or address: with the password of now, always (H14)."""

from __future__ import annotations

from core.errors import Forbidden, InvalidInput, NotFound
from core.mail import is_address
from db.session import AsyncSession, Database
from moderation.audit import record
from users import queries
from users.doors import ADDRESS_CHANGES, PASSWORD_CHANGES, count
from users.forgotten import require_strong, sign_out_after_change
from users.letters import Letter
from users.mailing import owe_letter
from users.models import Purpose, User
from users.passwords import hash_password, matches
from users.tickets import ask_ticket, end_tickets
from users.waiting import find_with_actor


class WrongPassword(Forbidden):
    """The password that was given as one's own is another. Door: 403."""


async def change_password(database: Database, user_id: int, *, current: str, new: str) -> None:
    """Change one's password: every session, token and link ends, this browser's too.

    The caller signs this browser in anew. Raises WrongPassword, PasswordRefused, TooManyAttempts.
    """
    count(database.settings, PASSWORD_CHANGES, str(user_id))
    await require_password(database, user_id, current)
    async with database.read() as session:
        found = await find_with_actor(session, user_id)
    if found is None:
        raise NotFound("this account is gone")
    require_strong(new, *found)
    password_hash = await hash_password(new)
    async with database.transaction() as session:
        found = await find_with_actor(session, user_id)
        if found is None or not found[0].may_sign_in:
            raise NotFound("this account is gone")
        user, actor = found
        user.password_hash = password_hash
        await sign_out_after_change(session, user)
        name = actor.username
        await record(session, actor=name, action="account.password", subject=name)


async def ask_for_address(database: Database, user_id: int, *, password: str, email: str) -> None:
    """Ask for another address: it counts once it is confirmed, and the one of now is told at once.

    Where no mail is sent it counts at once. Nobody learns whether the other has an account: its
    owner is written to. Raises WrongPassword, InvalidInput, TooManyAttempts.
    """
    settings, email = database.settings, email.strip()
    count(settings, ADDRESS_CHANGES, str(user_id))
    if not is_address(email):
        raise InvalidInput(f"no e-mail address: {email[:100]!r}")
    await require_password(database, user_id, password)
    async with database.transaction() as session:
        user = await _get(session, user_id)
        holder = await queries.find_user_by_email(session, queries.email_key(email))
        if holder is not None and holder.id == user.id and user.email == email:
            return
        if not settings.sends_mail:
            await _set_unconfirmed(session, user, email, is_free=holder in (None, user))
            return
        await owe_letter(
            session, Letter.ADDRESS_CHANGES, user.id, to=user.email, email=email
        )
        await end_tickets(session, user.id, [Purpose.CHANGE_EMAIL])
        if holder is not None and holder.id != user.id:
            await owe_letter(session, Letter.HAVE_ACCOUNT, holder.id)
            return
        await ask_ticket(session, user.id, Purpose.CHANGE_EMAIL, email=email)
        await owe_letter(session, Letter.CHANGE_ADDRESS, user.id)


async def _set_unconfirmed(
    session: AsyncSession, user: User, email: str, *, is_free: bool
) -> None:
    """Take an address as it was typed; one that another account has opens no way in."""
    user.email = email
    user.email_key = queries.email_key(email) if is_free else f"unheld {user.id}"
    found = await find_with_actor(session, user.id)
    if found is not None:
        name = found[1].username
        await record(session, actor=name, action="account.email", subject=name)


async def require_password(database: Database, user_id: int, password: str) -> None:
    """Make sure that somebody knows the password of their account; raises WrongPassword."""
    async with database.read() as session:
        user = await queries.find_user(session, user_id)
    known = user.password_hash if user is not None else None
    if not await matches(known, password):
        raise WrongPassword("this is not the password of the account")


async def _get(session: AsyncSession, user_id: int) -> User:
    user = await queries.find_user(session, user_id)
    if user is None or not user.may_sign_in:
        raise NotFound("this account is gone")
    return user
