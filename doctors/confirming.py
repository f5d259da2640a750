"""Looking again at what was verified: by the register as it is now, or by a verifier's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actors.models import Actor
from actors.queries import get_actor
from core.clock import now, wire_time
from core.errors import Forbidden, InvalidInput, NotFound
from core.settings import Switch
from db.session import AsyncSession, settings_of
from doctors.credentials import end_own
from doctors.deciding import require_reason
from doctors.models import Verification
from doctors.registers import register_of
from doctors.registers.entries import find_entry
from doctors.standing import follows_entry
from doctors.verification import Found, decision_detail, find_in_register, keep_verification
from doctors.verified import lock_standing
from doctors.verifiers import Verifier
from moderation.audit import record


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Who was verified anew, and the ids of credentials that hold no longer."""

    actor: Actor
    verification: Verification
    ended: tuple[str, ...] = ()


async def confirm(
    session: AsyncSession, verification_id: int, *, decided_by: Verifier, reason: str
) -> Confirmed:
    """Verify anew who stands verified, and issue the credential again.

    What rests on a register entry takes what the register says by now; what rests on documents
    holds for another year by the verifier's word. Callers want `outbox.confirm.send_confirmation`,
    which tells others. Raises NotFound for none, Forbidden for oneself and, with four eyes, for who
    decided before; InvalidInput without a reason, for a suspended account, or when the register
    says otherwise.
    """
    why = require_reason(reason)
    standing = await lock_standing(session, verification_id)
    if standing is None:
        raise NotFound("there is no such verification")
    if standing.actor_id == decided_by.actor_id:
        raise Forbidden("nobody verifies themselves")
    if settings_of(session).four_eyes is Switch.ON and standing.decided_by == decided_by.name:
        raise Forbidden("the second look is another verifier's")
    actor = await get_actor(session, standing.actor_id)
    if actor.suspended_at is not None:
        raise InvalidInput(f"{actor.username} is suspended or deleted")
    found = await _found_again(session, actor, standing, decided_by=decided_by, reason=why)
    verification, ended = await keep_verification(session, actor, found)
    if ended:
        await end_own(session, actor, ended)
    await record(
        session,
        actor=decided_by.name,
        action="doctor.confirm",
        subject=actor.username if actor.is_local else actor.handle,
        detail=decision_detail(verification) | {"reason": why},
    )
    return Confirmed(actor, verification, tuple(ended))


async def _found_again(
    session: AsyncSession,
    actor: Actor,
    standing: Verification,
    *,
    decided_by: Verifier,
    reason: str,
) -> Found:
    if follows_entry(standing):
        return await find_in_register(
            session,
            actor,
            register=standing.register_code,
            number=standing.number,
            decided_by=decided_by.name,
            profession=await _still_learning(session, standing),
        )
    again = {"by": decided_by.name, "at": wire_time(now()), "reason": reason}
    return Found(
        register_code=standing.register_code,
        number=standing.number,
        profession=standing.profession,
        given_name=standing.given_name,
        family_name=standing.family_name or standing.name,
        specialities=tuple(standing.specialities),
        workplace=standing.workplace,
        assurance=standing.assurance,
        evidence=_without_entry(standing.evidence) | {"confirmed": [*_before(standing), again]},
        decided_by=decided_by.name,
        claim_id=standing.claim_id,
    )


async def _still_learning(session: AsyncSession, standing: Verification) -> str | None:
    """Return the profession of who is in training, as they said it, while the register says so."""
    entry = await find_entry(session, standing.register_code, standing.number)
    learns = register_of(standing.register_code).student_categories
    is_learning = entry is not None and entry.category in learns
    return standing.profession if is_learning else None


def _without_entry(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return what else a verification rests on: what it followed may have left the register."""
    return {name: value for name, value in evidence.items() if name not in {"entry", "edition"}}


def _before(standing: Verification) -> list[object]:
    return list(standing.evidence.get("confirmed", ()))
