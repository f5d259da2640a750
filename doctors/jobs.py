"""The work that this room owes itself."""

from __future__ import annotations

from db.jobs import enqueue
from db.session import AsyncSession


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
