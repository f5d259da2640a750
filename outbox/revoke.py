"""Revocation: whom this instance vouched for it does no longer, and all hear of it first of all."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from doctors.verification import withdraw
from outbox.delete import send_delete_credential
from outbox.models import Priority
from outbox.update import send_update_actor


async def send_revocation(
    session: AsyncSession, actor: Actor, *, decided_by: str, reason: str
) -> list[str]:
    """Withdraw an actor's verification and credentials, and tell who trusted them (WIRE §5).

    The home of who lives elsewhere is told, and sends the Update. Returns the ids of the
    credentials that ended.
    """
    ended = await withdraw(session, actor, decided_by=decided_by, reason=reason)
    for uri in ended:
        await send_delete_credential(session, uri, actor)
    if actor.is_local:
        await send_update_actor(session, actor, priority=Priority.REVOCATION)
    return ended
