"""Deciding about a claim: granted or refused by an authorised verifier, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actors.models import Actor
from actors.queries import get_actor
from core.clock import now, wire_time
from core.errors import Forbidden, InvalidInput, NotFound
from core.settings import Switch
from db.session import AsyncSession, settings_of
from doctors import claim_queries
from doctors.claims import WAITING, require_account
from doctors.codes import is_speciality
from doctors.comparing import list_strong, match_claim
from doctors.credentials import end_own
from doctors.evidence import end_evidence, list_evidence
from doctors.matching import Match, Verdict
from doctors.models import Assurance, Claim, ClaimState, EvidenceKind, RegisterEntry, Verification
from doctors.registers.entries import find_entry
from doctors.verification import Found, entry_evidence, keep_verification
from doctors.verifiers import Verifier, forget_first_look, still_decides
from moderation.audit import record
from users.letters import Letter
from users.mailing import owe_letter
from users.verifiers import find_user_of_actor

MAX_REASON = 2000


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided; `verification` is None while a second verifier has to look.

    `ended` are the ids of credentials that no longer hold, because another claim took their place.
    """

    claim: Claim
    actor: Actor
    verification: Verification | None = None
    ended: tuple[str, ...] = ()


async def grant(
    session: AsyncSession,
    claim_id: int,
    *,
    decided_by: Verifier,
    reason: str,
    assurance: Assurance,
) -> Decision:
    """Find a claim true: verification, credential and badge; or, with four eyes, a second look.

    Callers want `outbox.grant.send_grant`, which tells others too. Raises NotFound for no claim,
    Forbidden for one's own and for a second look by the same verifier, InvalidInput without a
    reason, for one that was decided, and for more assurance than the evidence carries.
    """
    claim, why = await _begin(session, claim_id, decided_by, reason)
    actor = await get_actor(session, claim.actor_id)
    require_account(actor)
    match = await match_claim(session, claim)
    _require_carried(claim, match, assurance)
    if claim.state is ClaimState.OPEN and settings_of(session).four_eyes is Switch.ON:
        claim.state = ClaimState.SECOND_LOOK
        claim.first_decided_at, claim.first_decided_by = now(), decided_by.name
        claim.first_reason, claim.first_assurance = why, assurance
        decision = Decision(claim, actor)
        await _note(session, decision, decided_by, action="second", assurance=assurance)
        return decision
    _close(claim, ClaimState.GRANTED, decided_by, why)
    found = await _found(session, claim, match, decided_by=decided_by, assurance=assurance)
    verification, ended = await keep_verification(session, actor, found)
    if ended:
        await end_own(session, actor, ended)
    await _end(session, claim, Letter.BADGE_GRANTED)
    decision = Decision(claim, actor, verification, tuple(ended))
    await _note(session, decision, decided_by, action="grant", assurance=assurance)
    return decision


async def refuse(
    session: AsyncSession, claim_id: int, *, decided_by: Verifier, reason: str
) -> Decision:
    """Find a claim unproven; the doctor is told the reason. Raises as `grant` does."""
    claim, why = await _begin(session, claim_id, decided_by, reason)
    actor = await get_actor(session, claim.actor_id)
    _close(claim, ClaimState.REFUSED, decided_by, why)
    await _end(session, claim, Letter.BADGE_REFUSED)
    decision = Decision(claim, actor)
    await _note(session, decision, decided_by, action="refuse")
    return decision


async def highest_assurance(session: AsyncSession, claim: Claim) -> Assurance:
    """Compare a claim anew, in a transaction that may write; return the most that may be given."""
    return (await match_claim(session, claim)).highest


async def _begin(
    session: AsyncSession, claim_id: int, decided_by: Verifier, reason: str
) -> tuple[Claim, str]:
    """Hold a claim that this verifier may decide; who comes second reads what was decided."""
    why = require_reason(reason)
    claim = await claim_queries.lock_claim(session, claim_id)
    if claim is None:
        raise NotFound("there is no such claim")
    if claim.actor_id == decided_by.actor_id:
        raise Forbidden("nobody verifies themselves")
    if claim.state not in WAITING:
        raise InvalidInput(
            f"this claim is {claim.state.value} already, by {claim.decided_by or 'its owner'}"
        )
    if claim.state is ClaimState.SECOND_LOOK:
        await _require_second(session, claim, decided_by)
    return claim, why


async def _require_second(session: AsyncSession, claim: Claim, decided_by: Verifier) -> None:
    """Raise Forbidden for who looked first; a look by who is no verifier any more is none."""
    if claim.first_decided_by == decided_by.name:
        raise Forbidden("the second look is another verifier's")
    if not await still_decides(session, claim.first_decided_by or ""):
        forget_first_look(claim)


def require_reason(reason: str) -> str:
    """Return a verifier's reason; raises InvalidInput for none, and for a book."""
    why = reason.replace("\x00", "").strip()
    if not why:
        raise InvalidInput("a decision needs a reason")
    if len(why) > MAX_REASON:
        raise InvalidInput(f"a reason has at most {MAX_REASON} characters")
    return why


def levels_of(claim: Claim, match: Match) -> list[Assurance]:
    """Return what may be given: what the evidence carries, as far as a first look agreed to it."""
    first = claim.first_assurance
    return [level for level in match.levels if first is None or level.rank <= first.rank]


def _require_carried(claim: Claim, match: Match, assurance: Assurance) -> None:
    if match.verdict_of("holder") is Verdict.AGAINST:
        raise InvalidInput("the number stands verified for another account: revoke that first")
    if assurance.rank > match.highest.rank:
        raise InvalidInput(
            f"{assurance.value} is more than the evidence carries: at most {match.highest.value}"
        )
    if assurance not in match.levels:
        raise InvalidInput(
            f"{assurance.value} is more than the evidence carries: the register says otherwise"
        )
    if assurance not in levels_of(claim, match):
        raise InvalidInput(
            f"{assurance.value} is more than the first verifier agreed to: refuse, or give less"
        )


def _close(claim: Claim, state: ClaimState, decided_by: Verifier, reason: str) -> None:
    claim.state, claim.reason = state, reason
    claim.decided_at, claim.decided_by = now(), decided_by.name
    claim.updated_at = now()


async def _end(session: AsyncSession, claim: Claim, letter: Letter) -> None:
    """Let the evidence go in time, and tell the doctor."""
    await session.flush()
    await end_evidence(session, claim.id)
    user = await find_user_of_actor(session, claim.actor_id)
    if user is not None:
        await owe_letter(session, letter, user.id)


async def _note(
    session: AsyncSession,
    decision: Decision,
    decided_by: Verifier,
    *,
    action: str,
    assurance: Assurance | None = None,
) -> None:
    claim = decision.claim
    detail: dict[str, Any] = {
        "claim": str(claim.id),
        "register": claim.register_code,
        "number": claim.number,
        "profession": claim.profession,
        "reason": claim.reason or claim.first_reason,
    }
    if assurance is not None:
        detail |= {"assurance": assurance.value, "proposed": claim.proposed.value}
    await record(
        session,
        actor=decided_by.name,
        action=f"doctor.claim.{action}",
        subject=decision.actor.username,
        detail=detail,
    )


async def _found(
    session: AsyncSession,
    claim: Claim,
    match: Match,
    *,
    decided_by: Verifier,
    assurance: Assurance,
) -> Found:
    """Return what a granted claim says, as far as its evidence carries it."""
    entry = await find_entry(session, claim.register_code, claim.number)
    given, family = claim.given_name, claim.family_name
    if entry is not None and assurance is Assurance.REGISTER_MATCH:
        given, family = entry.given_name, entry.family_name
    return Found(
        register_code=claim.register_code,
        number=claim.number,
        profession=claim.profession,
        given_name=given,
        family_name=family,
        specialities=await _vouched_specialities(session, claim, entry, assurance),
        workplace=await _vouched_workplace(session, claim, entry, assurance),
        assurance=assurance,
        evidence=await _summary(session, claim, match, entry),
        decided_by=decided_by.name,
        claim_id=claim.id,
    )


async def _vouched_specialities(
    session: AsyncSession, claim: Claim, entry: RegisterEntry | None, assurance: Assurance
) -> tuple[str, ...]:
    """Return what is vouched for: what was claimed only where an institution attests it."""
    listed = list(entry.specialities) if entry is not None else []
    if assurance is Assurance.INSTITUTION_ATTESTED:
        return tuple(claim.specialities)
    if assurance is Assurance.STRONG_AUTH:
        for one in await list_strong(session, claim):
            listed += [code for code in one.specialities if is_speciality(code)]
    return tuple(dict.fromkeys(listed))


async def _vouched_workplace(
    session: AsyncSession, claim: Claim, entry: RegisterEntry | None, assurance: Assurance
) -> str:
    if assurance is Assurance.INSTITUTION_ATTESTED and claim.workplace:
        return claim.workplace
    if assurance is Assurance.STRONG_AUTH:
        said = [one.workplace for one in await list_strong(session, claim) if one.workplace]
        if said:
            return said[0]
    return entry.workplace if entry is not None else ""


async def _summary(
    session: AsyncSession, claim: Claim, match: Match, entry: RegisterEntry | None
) -> dict[str, Any]:
    """Return what stays known of the evidence when it is deleted: what it was, never itself."""
    items = (await list_evidence(session, [claim.id]))[claim.id]
    told: dict[str, Any] = await entry_evidence(session, entry) if entry is not None else {}
    told["comparison"] = match.as_json()
    told["evidence"] = [
        {
            "kind": item.kind.value,
            "type": item.media_type,
            "size": item.size,
            "at": wire_time(item.created_at),
        }
        | ({"issuer": item.name} if item.kind is EvidenceKind.SIGN_ON else {})
        for item in items
    ]
    return told
