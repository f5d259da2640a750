"""The people who sign in here: made, found, suspended, deleted."""

from __future__ import annotations

from datetime import timedelta

from actors.create import make_keys, save_local_actor
from actors.models import Actor
from actors.owed import owe_index
from core.clock import now
from core.errors import Forbidden, InvalidInput, NotFound
from core.mail import is_address
from db.bus import Event, emit
from db.session import AsyncSession, Database
from moderation.audit import record
from users import queries, recovery_codes
from users.deciding import let_in
from users.forgotten import sign_out_after_change
from users.identities import forget_identities
from users.limits import Limit
from users.models import Role, User
from users.passwords import hash_password, make_password, matches
from users.queries import email_key, list_users
from users.tickets import end_tickets

__all__ = [
    "NotInYet",
    "authenticate_user",
    "create_user",
    "delete_user",
    "get_user_by_username",
    "get_user_who_may_sign_in",
    "list_users",
    "make_password",
    "resume_user",
    "set_password",
    "suspend_user",
    "username_of",
]

_attempts = Limit(25, timedelta(hours=1), name="password")


class NotInYet(Forbidden):
    """Somebody showed the right password whose account still waits. Door: what it waits for."""

    def __init__(self, user: User) -> None:
        self.is_confirmed = user.confirmed_at is not None
        super().__init__("this account is not let in yet")


async def create_user(
    database: Database,
    *,
    username: str,
    email: str,
    name: str,
    password: str,
    role: Role = Role.MEMBER,
) -> User:
    """Make a person and their actor, confirmed and approved.

    Raises InvalidInput for a name or an address that is bad or taken, or a password too short.
    """
    if not is_address(email.strip()):
        raise InvalidInput(f"no e-mail address: {email[:100]!r}")
    password_hash = await hash_password(password)
    keys = await make_keys()
    async with database.transaction() as session:
        if await queries.find_user_by_email(session, email_key(email)):
            raise InvalidInput("this e-mail address has an account already")
        actor = await save_local_actor(session, username=username, name=name, keys=keys)
        await session.flush()
        user = User(
            actor_id=actor.id,
            email=email.strip(),
            email_key=email_key(email),
            password_hash=password_hash,
            role=role,
            confirmed_at=now(),
            approved_at=now(),
        )
        session.add(user)
        return user


async def authenticate_user(database: Database, name: str, password: str) -> User | None:
    """Return the person with this e-mail address or username and this password.

    None for a wrong pair and for an account that may not sign in; the time is the same for known
    and unknown names. Raises NotInYet for the right pair of somebody who is not let in yet, and
    TooManyAttempts after 25 tries an hour on one name (I11).
    """
    _attempts.require(name.strip().lower())
    async with database.read() as session:
        user = await queries.find_user_to_sign_in(session, name)
    known = user.password_hash if user is not None else None
    if not await matches(known, password) or user is None or user.suspended_at is not None:
        return None
    if not user.may_sign_in:
        raise NotInYet(user)
    return user


async def get_user_by_username(database: Database, username: str) -> User:
    """Return a person by username; raises NotFound."""
    async with database.read() as session:
        return await _get(session, username)


async def get_user_who_may_sign_in(database: Database, username: str) -> User:
    """Return a person by username; raises NotFound, and InvalidInput for who may not sign in."""
    user = await get_user_by_username(database, username)
    if not user.may_sign_in:
        raise InvalidInput(f"{username[:100]} is suspended or deleted")
    return user


async def username_of(session: AsyncSession, user: User) -> str:
    """Return the name before the @ of a person."""
    return (await session.get_one(Actor, user.actor_id)).username


async def set_password(
    database: Database, username: str, *, password: str, decided_by: str
) -> None:
    """Set a password and end every session and token of the account (I09)."""
    password_hash = await hash_password(password)
    async with database.transaction() as session:
        user = await _get_kept(session, username)
        user.password_hash = password_hash
        await sign_out_after_change(session, user)
        await record(session, actor=decided_by, action="account.password", subject=username)


async def suspend_user(database: Database, username: str, *, decided_by: str) -> User:
    """Suspend a person: signed out of every browser, tokens refused, the actor hidden."""
    async with database.transaction() as session:
        user = await _get_kept(session, username)
        actor = await session.get_one(Actor, user.actor_id)
        user.suspended_at = actor.suspended_at = now()
        await queries.end_sessions(session, user.id)
        emit(session, Event("revoked"))
        await owe_index(session, actor.id)
        await record(session, actor=decided_by, action="account.suspend", subject=username)
        return user


async def resume_user(database: Database, username: str, *, decided_by: str) -> User:
    """End a suspension; tokens that were not revoked work again."""
    async with database.transaction() as session:
        user = await _get_kept(session, username)
        actor = await session.get_one(Actor, user.actor_id)
        user.suspended_at = None
        # Who was never let in stays hidden.
        let_in(user, actor)
        await owe_index(session, actor.id)
        await record(session, actor=decided_by, action="account.resume", subject=username)
        return user


async def delete_user(session: AsyncSession, username: str, *, decided_by: str) -> Actor:
    """End a person's sign-in for good and return their actor, marked as deleted; raises NotFound.

    Nothing personal stays in the row, which only keeps the name from being given again. Telling
    the fediverse is `outbox.send_delete_actor`, in the same transaction.
    """
    user = await _get_kept(session, username)
    actor = await session.get_one(Actor, user.actor_id)
    await queries.end_sessions(session, user.id)
    await queries.end_tokens(session, user.id)
    await end_tickets(session, user.id)
    user.signup_reason = None
    await recovery_codes.forget(session, user.id)
    await forget_identities(session, user.id)
    user.email, user.email_key, user.password_hash = "", f"deleted-{user.id}", ""
    user.totp_secret = user.totp_confirmed_at = user.totp_step = None
    user.suspended_at = actor.deleted_at = now()
    await owe_index(session, actor.id)
    await record(session, actor=decided_by, action="account.delete", subject=actor.username)
    return actor


async def _get(session: AsyncSession, username: str) -> User:
    user = await queries.find_user_by_username(session, username)
    if user is None:
        raise NotFound(f"there is no account {username[:100]!r}")
    return user


async def _get_kept(session: AsyncSession, username: str) -> User:
    user = await _get(session, username)
    if user.is_deleted:
        raise NotFound(f"the account {username[:100]!r} is deleted already")
    return user
