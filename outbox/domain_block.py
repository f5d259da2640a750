"""Domain blocks: somebody here wants nothing of a domain any more, which its people are not told.

But for those who follow: they are turned away, each as one follower would be.
"""

from __future__ import annotations

from actors.domain_blocks import list_follows_of_domain, save_domain_block
from actors.models import Actor
from db.bus import Event, emit
from db.jobs import enqueue
from db.session import AsyncSession
from notifications.notify import forget_domain
from outbox.reject import send_reject

# So many followers are turned away in one transaction.
REJECTED_AT_ONCE = 50


async def send_domain_block(session: AsyncSession, blocker: Actor, domain: str) -> None:
    """Block a domain: its notices go, and those of it who follow, or ask to, are turned away.

    Whom the blocker follows there stays followed, and is not seen.
    """
    await save_domain_block(session, blocker.id, domain)
    await forget_domain(session, blocker.id, domain)
    emit(session, Event("revoked", actor_id=blocker.id))
    await reject_domain(session, blocker, domain)


async def reject_domain(session: AsyncSession, blocker: Actor, domain: str) -> None:
    """Turn some followers of a domain away; of very many the rest is owed."""
    rows = await list_follows_of_domain(
        session, blocker.id, domain, limit=REJECTED_AT_ONCE + 1
    )
    for follow, follower in rows[:REJECTED_AT_ONCE]:
        await send_reject(session, follow, follower=follower, followee=blocker)
    if len(rows) > REJECTED_AT_ONCE:
        owed = {"actor_id": blocker.id, "domain": domain}
        await enqueue(session, "reject domain", owed, key=f"reject {blocker.id} {domain}")
