"""The work that follows from how an actor reads now; rooms above do most of it, by these names."""

from __future__ import annotations

from actors.models import Actor
from db.jobs import enqueue
from db.session import AsyncSession


async def owe_refresh(session: AsyncSession, actor: Actor) -> None:
    """Owe a new look at a remote actor's own document."""
    await enqueue(session, "refresh actor", {"uri": actor.uri}, key=f"refresh actor {actor.id}")


async def owe_check(session: AsyncSession, actor_id: int) -> None:
    """Owe a check of the credentials that a remote actor shows, or of those offered to one here."""
    await _owe(session, "check credential", actor_id)


async def owe_index(session: AsyncSession, actor_id: int) -> None:
    """Owe a new look at how somebody is found in the directory: a badge or a profile changed."""
    await _owe(session, "index doctor", actor_id)


async def owe_profiles(session: AsyncSession, actor_id: int) -> None:
    """Owe a new reading of what a doctor of another host says of their practice."""
    await _owe(session, "fetch profiles", actor_id)


async def _owe(session: AsyncSession, kind: str, actor_id: int) -> None:
    await enqueue(session, kind, {"actor_id": actor_id}, key=f"{kind} {actor_id}")
