"""Signing up: by invitation, on approval, or openly, as the instance has it.

Nobody learns which addresses have accounts: who signs up with one that has is answered as anybody,
and its owner is written to. Until somebody is let in, nobody sees them, under any address.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy.exc import IntegrityError

from actors.create import NewKeys, check_username, make_keys, save_local_actor
from actors.models import Actor
from actors.queries import find_local_actor
from core.clock import now
from core.errors import InvalidInput, NotFound, TemporaryError
from core.settings import Settings, Signup
from db.jobs import enqueue, is_owed
from db.session import AsyncSession, Database, settings_of
from federation.client import Client
from moderation.audit import record
from users.application import Application, Fault, SignUpRefused, find_faults
from users.deciding import KEEP_UNCONFIRMED, let_in
from users.doors import CONFIRMATIONS, INVITED_SIGN_UPS, SIGN_UPS, count
from users.invitations import find_invitation, use_invitation
from users.letters import Letter
from users.mailing import owe_letter, tell_administrators
from users.models import Invitation, Purpose, User
from users.passwords import hash_password
from users.queries import email_key, find_user_by_email
from users.tickets import ask_ticket

KIND = "free username"


class Outcome(StrEnum):
    """What comes next for somebody who signed up."""

    LOOK_IN_MAIL = "mail"
    WAITS = "waits"
    READY = "ready"


class InvitationOver(InvalidInput):
    """An invitation was used up, revoked, or is too old. Door: a page that says so."""


async def sign_up(database: Database, asked: Application, *, address: str) -> Outcome:
    """Make an account as far as the instance lets somebody; returns what they wait for.

    Raises NotFound where nobody may sign up so, SignUpRefused for what is wrong in the form,
    InvitationOver, and TooManyAttempts.
    """
    settings = database.settings
    _require_open(settings, asked)
    if faults := find_faults(settings, asked):
        raise SignUpRefused(faults)
    # Only what asks the database counts: a slip in the form costs nobody a try.
    limit = INVITED_SIGN_UPS if asked.invitation else SIGN_UPS
    count(settings, limit, address)
    if settings.sends_mail:
        count(settings, CONFIRMATIONS, email_key(asked.email))
    await _require_invitation(database, asked)
    # Both before anything is looked up: the time says nothing of what is known here (H24).
    password_hash, keys = await hash_password(asked.password), await make_keys()
    for _ in range(2):
        try:
            async with database.transaction() as session:
                return await _save(session, asked, password_hash, keys)
        except IntegrityError:
            # Another has just taken the name, or the address: the second look sees it.
            continue
    raise TemporaryError("two people sign up under one name")


async def free_username(_database: Database, _client: Client, _payload: Mapping[str, Any]) -> None:
    """Let a username go that was held for nobody: that its job is done is all there is to it."""


def _require_open(settings: Settings, asked: Application) -> None:
    is_open = settings.signup is not Signup.CLOSED if asked.invitation else settings.takes_sign_ups
    if not is_open:
        raise NotFound("nobody signs up here so")


async def _require_invitation(database: Database, asked: Application) -> None:
    if not asked.invitation:
        return
    async with database.read() as session:
        if await find_invitation(session, asked.invitation) is None:
            raise InvitationOver("this invitation is over")


async def _save(
    session: AsyncSession, asked: Application, password_hash: str, keys: NewKeys
) -> Outcome:
    settings = settings_of(session)
    invitation = await _take_invitation(session, asked)
    username = check_username(asked.username)
    await _require_free(session, username)
    holder = await find_user_by_email(session, email_key(asked.email))
    if holder is not None and invitation is not None and invitation.email is not None:
        raise SignUpRefused({"email": Fault.TAKEN})
    if holder is not None and settings.sends_mail:
        return await _pretend(session, username, holder)
    try:
        actor = await save_local_actor(session, username=username, name=asked.name, keys=keys)
    except InvalidInput as error:
        # The form was looked through before: another has taken the name since.
        raise SignUpRefused({"username": Fault.TAKEN}) from error
    # Hidden from everybody until `let_in`.
    actor.suspended_at, actor.published_at = now(), None
    user = _make_user(settings, asked, actor, invitation)
    user.password_hash = password_hash
    # An address is held by who has confirmed it: till then several may ask for an account with it,
    # and none of them keeps its owner out.
    holds_address = user.confirmed_at is not None and holder is None
    user.email_key = email_key(user.email) if holds_address else f"unheld {user.id}"
    session.add(user)
    await session.flush()
    detail = {"invitation": str(invitation.id)} if invitation is not None else {}
    await record(
        session, actor=username, action="account.sign-up", subject=username, detail=detail
    )
    return await _begin(session, user, actor)


async def _pretend(session: AsyncSession, username: str, holder: User) -> Outcome:
    """Answer as if there were an account now, and write to who has one with this address.

    The name is held as if it were given: else the next who asks for it would learn that it is not.
    """
    due_at = now() + KEEP_UNCONFIRMED
    await enqueue(session, KIND, {}, key=_hold_of(username), due_at=due_at)
    await owe_letter(session, Letter.HAVE_ACCOUNT, holder.id)
    return Outcome.LOOK_IN_MAIL


async def _take_invitation(session: AsyncSession, asked: Application) -> Invitation | None:
    """Use up a place of the invitation, for the person whom it names if it names one (I12)."""
    if not asked.invitation:
        return None
    invitation = await use_invitation(session, asked.invitation)
    if invitation is None:
        raise InvitationOver("this invitation is over")
    if invitation.email is not None and email_key(invitation.email) != email_key(asked.email):
        raise SignUpRefused({"email": Fault.NOT_INVITED})
    return invitation


async def _require_free(session: AsyncSession, username: str) -> None:
    is_taken = await find_local_actor(session, username) is not None
    if is_taken or await is_owed(session, _hold_of(username)):
        raise SignUpRefused({"username": Fault.TAKEN})


def _hold_of(username: str) -> str:
    return f"{KIND} {username}"


def _make_user(
    settings: Settings, asked: Application, actor: Actor, invitation: Invitation | None
) -> User:
    is_confirmed = not settings.sends_mail or (invitation is not None and bool(invitation.email))
    is_approved = invitation is not None or settings.signup is Signup.OPEN
    return User(
        actor_id=actor.id,
        email=asked.email.strip(),
        email_key="",
        password_hash="",
        locale=asked.locale,
        confirmed_at=now() if is_confirmed else None,
        approved_at=now() if is_approved else None,
        signup_reason=asked.reason.strip() or None,
        invitation_id=invitation.id if invitation is not None else None,
    )


async def _begin(session: AsyncSession, user: User, actor: Actor) -> Outcome:
    """Let somebody in who may come, else write to those of whom something is expected."""
    if user.confirmed_at is None:
        await ask_ticket(session, user.id, Purpose.CONFIRM_EMAIL, email=user.email)
        await owe_letter(session, Letter.CONFIRM_ADDRESS, user.id)
        return Outcome.LOOK_IN_MAIL
    if let_in(user, actor):
        return Outcome.READY
    await tell_administrators(session)
    return Outcome.WAITS
