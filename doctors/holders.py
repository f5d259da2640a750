"""SQL of who holds credentials: to look again at those whose badge rested on one that ended."""

from __future__ import annotations

from sqlalchemy import literal, or_, select
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor, Badge
from core.clock import now
from db.session import AsyncSession
from doctors.models import HeldCredential, IssuedCredential


async def list_local_holders(session: AsyncSession, issuer_uri: str) -> list[int]:
    """Return who lives here and holds a credential of an issuer elsewhere."""
    statement = (
        select(col(HeldCredential.actor_id))
        .join(Actor, col(Actor.id) == col(HeldCredential.actor_id))
        .where(col(HeldCredential.issuer_uri) == issuer_uri, col(Actor.host) == LOCAL_HOST)
        .distinct()
    )
    return sorted(await session.scalars(statement))


async def list_lapsed(session: AsyncSession, limit: int) -> list[int]:
    """Return actors whose badge has ended, and who hold another credential that may give one."""
    held = select(literal(1)).where(
        col(HeldCredential.actor_id) == col(Badge.actor_id),
        col(HeldCredential.uri) != col(Badge.credential_uri),
        col(HeldCredential.problem).is_(None),
        col(HeldCredential.valid_until) > now(),
    )
    issued = (
        select(literal(1))
        .where(
            col(IssuedCredential.actor_id) == col(Badge.actor_id),
            col(IssuedCredential.revoked_at).is_(None),
            col(IssuedCredential.valid_until) > now(),
            col(Actor.host) == LOCAL_HOST,
        )
        .correlate(Badge, Actor)
    )
    statement = (
        select(col(Badge.actor_id))
        .join(Actor, col(Actor.id) == col(Badge.actor_id))
        .where(col(Badge.valid_until) <= now(), or_(held.exists(), issued.exists()))
        .order_by(col(Badge.actor_id))
    )
    return list(await session.scalars(statement.limit(limit)))
