"""The work that this room owes itself."""

from __future__ import annotations

from db.jobs import enqueue
from db.session import AsyncSession


async def owe_check(session: AsyncSession, actor_id: int) -> None:
    """Owe a check of the credentials that a remote actor shows."""
    await enqueue(
        session, "check credential", {"actor_id": actor_id}, key=f"check credential {actor_id}"
    )


async def owe_index(session: AsyncSession, actor_id: int) -> None:
    """Owe a new look at how somebody is found in the directory: a badge or a profile changed."""
    await enqueue(session, "index doctor", {"actor_id": actor_id}, key=f"index doctor {actor_id}")
