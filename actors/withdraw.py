"""Taking back an actor that nobody outside has ever seen."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import col

from actors.models import ACTOR_WORDS, Actor, ActorKey
from db.search import delete_terms, dialect_of
from db.session import AsyncSession


async def withdraw_actor(session: AsyncSession, actor: Actor) -> None:
    """Remove a local actor and its keys, which frees its name; only for one that never acted.

    What points to the actor must be gone: else the database refuses.
    """
    for statement in delete_terms(dialect_of(session), ACTOR_WORDS, actor.id):
        await session.execute(statement)
    for row in (
        delete(ActorKey).where(col(ActorKey.actor_id) == actor.id),
        delete(Actor).where(col(Actor.id) == actor.id),
    ):
        await session.execute(row.execution_options(synchronize_session=False))
    session.expunge(actor)
