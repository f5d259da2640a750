"""What is between somebody who is gone and others: lists, notes, endorsements, domain blocks."""

from __future__ import annotations

from sqlalchemy import delete, or_, select
from sqlmodel import col

from actors.models import (
    AccountNote,
    ActorList,
    DomainBlock,
    Endorsement,
    ListMember,
    SuggestionDismissal,
)
from db.session import AsyncSession


async def forget_relations(session: AsyncSession, actor_id: int) -> None:
    """Remove what somebody kept for themself about others, and what others kept about them."""
    lists = select(col(ActorList.id)).where(col(ActorList.owner_id) == actor_id)
    for rows in (
        delete(ListMember).where(
            or_(col(ListMember.list_id).in_(lists), col(ListMember.actor_id) == actor_id)
        ),
        delete(ActorList).where(col(ActorList.owner_id) == actor_id),
        delete(DomainBlock).where(col(DomainBlock.actor_id) == actor_id),
        *(
            delete(table).where(
                or_(col(table.actor_id) == actor_id, col(table.target_id) == actor_id)
            )
            for table in (AccountNote, Endorsement, SuggestionDismissal)
        ),
    ):
        await session.execute(rows.execution_options(synchronize_session=False))
