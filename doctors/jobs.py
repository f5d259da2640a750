"""The work that this room owes itself."""

from __future__ import annotations

from db.jobs import enqueue
from db.session import AsyncSession


async def owe_check(session: AsyncSession, actor_id: int) -> None:
    """Owe a check of the credentials that a remote actor shows, or of those offered to one here."""
    await enqueue(
        session, "check credential", {"actor_id": actor_id}, key=f"check credential {actor_id}"
    )


async def owe_comparison(session: AsyncSession, claim_id: int) -> None:
    """Owe a look at the register's own directory for a claim, and to compare it anew."""
    await enqueue(
        session, "compare claim", {"claim_id": claim_id}, key=f"compare claim {claim_id}"
    )


async def owe_judgement(session: AsyncSession, offer_id: int) -> None:
    """Owe a look at a credential that was offered to somebody here, before they are shown it."""
    await enqueue(session, "judge offer", {"offer_id": offer_id}, key=f"judge offer {offer_id}")


async def owe_profile(session: AsyncSession, actor_id: int, *, is_urgent: bool = False) -> None:
    """Owe the Update of somebody here whose credentials changed; urgent when one was lost."""
    payload = {"actor_id": actor_id, "is_urgent": is_urgent}
    # One kind does not take the other's place while it waits.
    key = f"tell profile {actor_id}{' urgently' if is_urgent else ''}"
    await enqueue(session, "tell profile", payload, key=key)


async def owe_index(session: AsyncSession, actor_id: int) -> None:
    """Owe a new look at how somebody is found in the directory: a badge or a profile changed."""
    await enqueue(session, "index doctor", {"actor_id": actor_id}, key=f"index doctor {actor_id}")


async def owe_profiles(session: AsyncSession, actor_id: int) -> None:
    """Owe a new reading of what a doctor of another host says of their practice."""
    await enqueue(
        session, "fetch profiles", {"actor_id": actor_id}, key=f"fetch profiles {actor_id}"
    )
