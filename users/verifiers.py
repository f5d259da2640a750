"""Who may decide about claims to a badge: named by an administrator, on record."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlmodel import col

from actors.models import Actor
from core.errors import NotFound
from db.session import AsyncSession
from moderation.audit import record
from users.models import Role, User
from users.queries import find_user_by_username


async def find_user_of_actor(session: AsyncSession, actor_id: int) -> User | None:
    """Return the person behind a local actor, as the row is now."""
    statement = select(User).where(col(User.actor_id) == actor_id)
    return await session.scalar(statement.execution_options(populate_existing=True))


async def set_verifier(
    session: AsyncSession, username: str, *, is_verifier: bool, decided_by: str
) -> User:
    """Let somebody decide about claims, or no longer; raises NotFound for no account."""
    user = await find_user_by_username(session, username.strip().removeprefix("@"))
    if user is None or user.is_deleted:
        raise NotFound(f"there is no account {username[:100]!r}")
    if user.is_verifier is not is_verifier:
        user.is_verifier = is_verifier
        action = "account.verifier.on" if is_verifier else "account.verifier.off"
        name = username.strip().removeprefix("@").lower()
        await record(session, actor=decided_by, action=action, subject=name)
    return user


async def list_verifiers(session: AsyncSession) -> list[int]:
    """Return the people who may decide about claims, by id: verifiers and administrators."""
    statement = (
        select(col(User.id))
        .join(Actor, col(Actor.id) == col(User.actor_id))
        .where(
            or_(col(User.is_verifier).is_(True), col(User.role) == Role.ADMIN),
            col(User.confirmed_at).is_not(None),
            col(User.approved_at).is_not(None),
            col(User.suspended_at).is_(None),
            col(Actor.suspended_at).is_(None),
        )
    )
    return list(await session.scalars(statement.order_by(col(User.id))))
