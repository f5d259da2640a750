"""An authority vouches for somebody of another host: the decision and the credential (WIRE §5)."""

from __future__ import annotations

from dataclasses import dataclass

from actors.models import Actor
from core.errors import InvalidInput
from db.session import AsyncSession
from doctors.credentials import end_own
from doctors.models import IssuedCredential, Verification
from doctors.queries import list_issued
from doctors.verification import decision_detail, find_in_register, keep_verification
from moderation.audit import record
from moderation.policy import policy_of


@dataclass(frozen=True, slots=True)
class Vouched:
    """What was decided, the credential to be offered, and the ids of those that it ended."""

    verification: Verification
    issued: IssuedCredential
    ended: tuple[str, ...] = ()


async def vouch(
    session: AsyncSession, subject: Actor, *, register: str, number: str, decided_by: str
) -> Vouched:
    """Record that somebody of another host is the person with a number; issue their credential.

    It gives nothing until they accept it: callers want `outbox.offer.send_vouching`, which offers
    it. Raises InvalidInput for who cannot be told, and as `verify` does: then nothing was changed.
    """
    await _require_elsewhere(session, subject)
    found = await find_in_register(
        session, subject, register=register, number=number, decided_by=decided_by
    )
    verification, ended = await keep_verification(session, subject, found)
    await end_own(session, subject, ended)
    await record(
        session,
        actor=decided_by,
        action="doctor.vouch",
        subject=subject.handle,
        detail=decision_detail(verification),
    )
    issued = (await list_issued(session, subject.id))[0]
    return Vouched(verification, issued, tuple(ended))


async def _require_elsewhere(session: AsyncSession, subject: Actor) -> None:
    if subject.is_local:
        raise InvalidInput(f"{subject.username} lives here: verify them instead")
    if subject.type != "Person" or not subject.inbox:
        raise InvalidInput(f"{subject.handle} is no person who could be told")
    if subject.deleted_at is not None or subject.suspended_at is not None:
        raise InvalidInput(f"{subject.handle} is suspended or gone")
    if not (await policy_of(session, subject.host)).is_spoken_to:
        raise InvalidInput(f"{subject.host} is no peer: nothing can be offered to {subject.handle}")
