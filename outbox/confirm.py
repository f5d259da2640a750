"""Somebody is verified anew: the credential goes out to those who are told of credentials."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from doctors.confirming import Confirmed, confirm
from doctors.verifiers import Verifier
from outbox.delete import send_delete_credential
from outbox.offer import send_renewed


async def send_confirmation(
    session: AsyncSession, verification_id: int, *, decided_by: Verifier, reason: str
) -> Confirmed:
    """Verify anew and tell everybody who is told of credentials; raises as `confirm` does."""
    confirmed = await confirm(session, verification_id, decided_by=decided_by, reason=reason)
    for uri in confirmed.ended:
        await send_delete_credential(session, uri, confirmed.actor)
    await send_renewed(session, confirmed.actor)
    return confirmed
