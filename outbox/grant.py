"""A claim is decided: the badge goes out to those who are told of credentials."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from doctors.deciding import Decision, grant
from doctors.models import Assurance
from doctors.verifiers import Verifier
from outbox.delete import send_delete_credential
from outbox.update import send_update_actor


async def send_grant(
    session: AsyncSession,
    claim_id: int,
    *,
    decided_by: Verifier,
    reason: str,
    assurance: Assurance,
) -> Decision:
    """Grant a claim and tell everybody who is told of credentials; raises as `grant` does.

    While a second verifier has to look nothing is sent.
    """
    decision = await grant(
        session, claim_id, decided_by=decided_by, reason=reason, assurance=assurance
    )
    if decision.verification is None:
        return decision
    for uri in decision.ended:
        await send_delete_credential(session, uri, decision.actor)
    await send_update_actor(session, decision.actor)
    return decision
