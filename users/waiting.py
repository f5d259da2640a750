"""SQL of the people who are not let in yet, and of those who decide about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor
from db.session import AsyncSession
from users.models import Invitation, Role, User

LISTED = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who asked for an account; `invitation` is the note of the one they came by."""

    user: User
    actor: Actor
    invitation: str | None

    @property
    def needs_decision(self) -> bool:
        """Whether an administrator has to say yes; else only the address is to be confirmed."""
        return self.user.approved_at is None


async def list_waiting(session: AsyncSession) -> list[Waiting]:
    """Return who is not let in yet: who waits for a decision first, then oldest first."""
    statement = (
        select(User, Actor, col(Invitation.note))
        .join(Actor, col(Actor.id) == col(User.actor_id))
        .outerjoin(Invitation, col(Invitation.id) == col(User.invitation_id))
        .where(_is_outside(), col(User.suspended_at).is_(None))
        .order_by(col(User.approved_at).is_not(None), col(User.id))
        .limit(LISTED)
    )
    return [Waiting(*row) for row in (await session.execute(statement)).all()]


async def count_waiting(session: AsyncSession) -> int:
    """Return how many people wait for a decision, their addresses confirmed."""
    statement = select(func.count()).where(
        col(User.approved_at).is_(None),
        col(User.confirmed_at).is_not(None),
        col(User.suspended_at).is_(None),
    )
    return await session.scalar(statement) or 0


async def find_waiting(session: AsyncSession, username: str) -> tuple[User, Actor] | None:
    """Return somebody who waits for a decision, and nobody else decides about meanwhile."""
    statement = (
        select(User, Actor)
        .join(Actor, col(Actor.id) == col(User.actor_id))
        .where(
            col(Actor.username_key) == username.lower(),
            col(Actor.host) == LOCAL_HOST,
            col(User.approved_at).is_(None),
            col(User.suspended_at).is_(None),
        )
        .with_for_update(of=User)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def list_unconfirmed(session: AsyncSession, email: str) -> list[User]:
    """Return who asked for an account with an address, and has not confirmed it; newest first."""
    statement = select(User).where(
        func.lower(col(User.email)) == email.strip().lower(), col(User.confirmed_at).is_(None)
    )
    return list(await session.scalars(statement.order_by(col(User.id).desc())))


async def list_forgotten(
    session: AsyncSession, before: datetime, limit: int
) -> list[tuple[User, Actor]]:
    """Return who asked for an account before a moment and never confirmed the address."""
    statement = (
        select(User, Actor)
        .join(Actor, col(Actor.id) == col(User.actor_id))
        .where(col(User.confirmed_at).is_(None), col(User.created_at) < before)
        .order_by(col(User.id))
        .limit(limit)
        .with_for_update(of=User, skip_locked=True)
    )
    return [(user, actor) for user, actor in (await session.execute(statement)).all()]


async def list_administrators(session: AsyncSession) -> list[int]:
    """Return the ids of the administrators who can sign in."""
    statement = select(col(User.id)).where(
        col(User.role) == Role.ADMIN,
        col(User.confirmed_at).is_not(None),
        col(User.approved_at).is_not(None),
        col(User.suspended_at).is_(None),
    )
    return list(await session.scalars(statement.order_by(col(User.id))))


async def find_with_actor(session: AsyncSession, user_id: int) -> tuple[User, Actor] | None:
    """Return a person and the actor that acts for them."""
    statement = (
        select(User, Actor)
        .join(Actor, col(Actor.id) == col(User.actor_id))
        .where(col(User.id) == user_id)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def delete_user_row(session: AsyncSession, user: User) -> None:
    """Remove the row of somebody who never signed in."""
    statement = delete(User).where(col(User.id) == user.id)
    await session.execute(statement.execution_options(synchronize_session=False))


def _is_outside() -> ColumnElement[bool]:
    return or_(col(User.approved_at).is_(None), col(User.confirmed_at).is_(None))
