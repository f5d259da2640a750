"""Who may see and do what the institution verifies; for everybody else it is not there."""

from __future__ import annotations

from core.errors import Forbidden, NotFound
from db.session import AsyncSession
from doctors.verifiers import Verifier, verifier_of
from web.visit import Visit


async def require_verifier(session: AsyncSession, visit: Visit) -> Verifier:
    """Return who decides; raises SignInNeeded for a stranger, NotFound for who may not."""
    member = visit.require_member()
    try:
        return await verifier_of(session, member.actor)
    except Forbidden as error:
        raise NotFound("only for authorised verifiers") from error
