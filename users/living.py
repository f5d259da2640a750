"""Which tokens may still be used: those behind open connections, asked for all at once (J03)."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from db.session import AsyncSession
from users.models import AccessToken, RefreshToken, User


async def find_living(session: AsyncSession, token_ids: Collection[int]) -> dict[int, str]:
    """Return those of some tokens that may be used now, each with its hash; one query.

    Not those of people who may not sign in. A token that was refreshed has another hash.
    """
    if not token_ids:
        return {}
    its_person_may = (
        (col(User.suspended_at).is_(None))
        & col(User.confirmed_at).is_not(None)
        & col(User.approved_at).is_not(None)
        & col(Actor.suspended_at).is_(None)
        & col(Actor.deleted_at).is_(None)
    )
    statement = (
        select(col(AccessToken.id), col(AccessToken.token_hash))
        .outerjoin(User, col(User.id) == col(AccessToken.user_id))
        .outerjoin(Actor, col(Actor.id) == col(User.actor_id))
        .where(
            col(AccessToken.id).in_(token_ids),
            col(AccessToken.revoked_at).is_(None),
            or_(col(AccessToken.expires_at).is_(None), col(AccessToken.expires_at) > now()),
            or_(col(AccessToken.user_id).is_(None), its_person_may),
        )
    )
    return {token_id: token_hash for token_id, token_hash in await session.execute(statement)}


def may_be_used() -> ColumnElement[bool]:
    """Return the condition that a token may be used, or refreshed by who has it."""
    # A program that sleeps lets its token run out, and refreshes it when it is woken.
    refreshable = select(col(RefreshToken.token_hash)).where(
        col(RefreshToken.family_id) == col(AccessToken.family_id),
        col(RefreshToken.used_at).is_(None),
        col(RefreshToken.expires_at) > now(),
    )
    return and_(
        col(AccessToken.revoked_at).is_(None),
        or_(
            col(AccessToken.expires_at).is_(None),
            col(AccessToken.expires_at) > now(),
            refreshable.correlate(AccessToken).exists(),
        ),
    )
