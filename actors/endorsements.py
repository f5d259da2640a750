"""SQL of endorsements: whom a person shows on their profile, of those whom they follow."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from actors.follows import is_following
from actors.models import Actor, Endorsement
from core.clock import now
from core.errors import InvalidInput
from core.ids import new_id
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession


async def save_endorsement(session: AsyncSession, actor_id: int, target_id: int) -> None:
    """Show somebody on one's profile; raises InvalidInput where one does not follow them."""
    if not await is_following(session, actor_id, target_id):
        raise InvalidInput(
            "Validation failed: You must be already following the person you want to endorse"
        )
    row = {"actor_id": actor_id, "target_id": target_id, "id": new_id(), "created_at": now()}
    await session.execute(upsert(session, Endorsement).values(**row).on_conflict_do_nothing())


async def delete_endorsement(session: AsyncSession, actor_id: int, target_id: int) -> None:
    """Show somebody no more."""
    await session.execute(
        delete(Endorsement).where(
            col(Endorsement.actor_id) == actor_id, col(Endorsement.target_id) == target_id
        )
    )


async def list_endorsements(
    session: AsyncSession, actor_id: int, page: Page
) -> list[tuple[Endorsement, Actor]]:
    """Return a page of those whom somebody shows on their profile, newest first."""
    statement: Any = (
        select(Endorsement, Actor)
        .join(Actor, col(Actor.id) == col(Endorsement.target_id))
        .where(
            col(Endorsement.actor_id) == actor_id,
            col(Actor.deleted_at).is_(None),
            col(Actor.suspended_at).is_(None),
        )
    )
    rows = (await session.execute(page.apply(statement, col(Endorsement.id)))).all()
    return page.newest_first([(endorsement, actor) for endorsement, actor in rows])
