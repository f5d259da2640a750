"""Invitations: links by which people make an account; the link is told once, its hash is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.errors import InvalidInput, NotFound
from core.mail import is_address
from db.session import AsyncSession
from moderation.audit import record
from users.models import Invitation, User
from users.queries import email_key, find_user_by_email
from users.secret import digest, new_secret

PATH = "/invite"
MAX_NOTE, MAX_USES, MAX_DAYS = 200, 1000, 365
MAX_CODE_LENGTH = 200
LISTED = 200
KEEP_ENDED = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Terms:
    """What an invitation is to be; `max_uses` None is without bound."""

    note: str = ""
    email: str = ""
    max_uses: int | None = 1
    days: int = 14


@dataclass(frozen=True, slots=True)
class Listed:
    """An invitation, and who made it; None is the command line."""

    invitation: Invitation
    made_by: str | None

    @property
    def is_open(self) -> bool:
        """Whether somebody can still come in by it."""
        return is_open(self.invitation)


def is_open(invitation: Invitation) -> bool:
    """Tell whether somebody can still come in by an invitation."""
    is_used_up = invitation.max_uses is not None and invitation.uses >= invitation.max_uses
    return invitation.revoked_at is None and invitation.expires_at > now() and not is_used_up


async def make_invitation(
    session: AsyncSession, terms: Terms, *, made_by: User | None, decided_by: str
) -> tuple[Invitation, str]:
    """Save an invitation; returns it and its code, which cannot be read back.

    Raises InvalidInput for terms that make no sense, or for somebody who has an account.
    """
    await _check(session, terms)
    code = new_secret()
    invitation = Invitation(
        code_hash=digest(code),
        made_by_id=made_by.id if made_by is not None else None,
        note=terms.note.strip(),
        email=terms.email.strip() or None,
        expires_at=now() + timedelta(days=terms.days),
    )
    session.add(invitation)
    await session.flush()
    # An insert takes None for "the usual", which is one.
    invitation.max_uses = 1 if invitation.email else terms.max_uses
    await session.flush()
    await record(
        session,
        actor=decided_by,
        action="invitation.make",
        subject=str(invitation.id),
        detail={"max_uses": invitation.max_uses, "days": terms.days},
    )
    return invitation, code


async def _check(session: AsyncSession, terms: Terms) -> None:
    if len(terms.note.strip()) > MAX_NOTE:
        raise InvalidInput(f"a note has at most {MAX_NOTE} characters")
    if terms.max_uses is not None and not 1 <= terms.max_uses <= MAX_USES:
        raise InvalidInput(f"an invitation is good for 1 to {MAX_USES} people, or without bound")
    if not 1 <= terms.days <= MAX_DAYS:
        raise InvalidInput(f"an invitation is good for 1 to {MAX_DAYS} days")
    email = terms.email.strip()
    if email and not is_address(email):
        raise InvalidInput(f"no e-mail address: {email[:100]!r}")
    if email and await find_user_by_email(session, email_key(email)) is not None:
        raise InvalidInput("this e-mail address has an account already")


async def list_invitations(session: AsyncSession) -> list[Listed]:
    """Return the newest invitations, newest first."""
    statement = (
        select(Invitation, col(Actor.username))
        .outerjoin(User, col(User.id) == col(Invitation.made_by_id))
        .outerjoin(Actor, col(Actor.id) == col(User.actor_id))
        .order_by(col(Invitation.id).desc())
        .limit(LISTED)
    )
    return [Listed(*row) for row in (await session.execute(statement)).all()]


async def revoke_invitation(
    session: AsyncSession, invitation_id: int, *, decided_by: str
) -> Invitation:
    """Let nobody more in by an invitation; who came by it stays. Raises NotFound."""
    invitation = await session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound(f"there is no invitation {invitation_id}")
    if invitation.revoked_at is None:
        invitation.revoked_at = now()
        subject = str(invitation.id)
        await record(session, actor=decided_by, action="invitation.revoke", subject=subject)
    return invitation


async def find_invitation(session: AsyncSession, code: str) -> Invitation | None:
    """Return the invitation of a code, if somebody can still come in by it."""
    return await session.scalar(select(Invitation).where(*_is_good(code)))


async def use_invitation(session: AsyncSession, code: str) -> Invitation | None:
    """Count somebody who comes in; None where nobody can any more (I18).

    Of several at once, as many as there are places get one.
    """
    statement = (
        update(Invitation)
        .where(*_is_good(code))
        .values(uses=col(Invitation.uses) + 1)
        .returning(Invitation)
    )
    return await session.scalar(statement)


async def forget_invitations(session: AsyncSession) -> None:
    """Forget invitations that ended long ago; for a periodic job."""
    await session.execute(
        delete(Invitation)
        .where(col(Invitation.expires_at) < now() - KEEP_ENDED)
        .execution_options(synchronize_session=False)
    )


def _is_good(code: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Invitation.code_hash) == digest(code[:MAX_CODE_LENGTH]),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.expires_at) > now(),
        or_(col(Invitation.max_uses).is_(None), col(Invitation.uses) < col(Invitation.max_uses)),
    )
