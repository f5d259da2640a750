"""Claims to a badge: what somebody here says to be, checked, kept, taken back, listed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from actors.models import Actor
from core.clock import now
from core.errors import InvalidInput, NotFound
from db.paging import Page
from db.session import AsyncSession, settings_of
from doctors import claim_queries as queries
from doctors.codes import is_profession, is_speciality
from doctors.comparing import match_claim
from doctors.evidence import end_evidence
from doctors.jobs import owe_comparison
from doctors.matching import Verdict
from doctors.models import Claim, ClaimState
from doctors.registers import register_of
from moderation.audit import record
from users.letters import Letter
from users.mailing import owe_letter
from users.verifiers import list_verifiers

# Waiting for a verifier, the first or the second.
WAITING = queries.WAITING
MAX_NAME = 100
MAX_WORKPLACE = 200
MAX_REMARK = 2000
MAX_SPECIALITIES = 10


async def make_claim(
    session: AsyncSession,
    actor: Actor,
    *,
    register: str,
    number: str,
    profession: str,
    given_name: str,
    family_name: str,
    specialities: Sequence[str] = (),
    workplace: str = "",
    remark: str = "",
) -> Claim:
    """Keep what somebody here says to be, compared with the register at once.

    Raises InvalidInput, in words for them, for an unknown register or profession, a number that the
    register cannot have, a missing name, or while another claim of theirs waits. A wrong check
    digit is a remark in `Claim.match`, never a refusal.
    """
    require_account(actor)
    known = register_of(register)
    claim = Claim(
        actor_id=actor.id,
        register_code=known.code,
        number=known.normalise(number),
        profession=_known_profession(profession),
        given_name=_line("given name", given_name, MAX_NAME, is_needed=True),
        family_name=_line("family name", family_name, MAX_NAME, is_needed=True),
        specialities=_known_specialities(specialities),
        workplace=_line("workplace", workplace, MAX_WORKPLACE),
        remark=_text("remark", remark, MAX_REMARK),
    )
    await queries.lock_claimant(session, actor.id)
    if await queries.find_waiting(session, actor.id) is not None:
        raise InvalidInput("another claim of yours waits for a decision: withdraw it first")
    session.add(claim)
    await session.flush()
    match = await match_claim(session, claim)
    if match.verdict_of("number") is not Verdict.OK and settings_of(session).fhir_url:
        await owe_comparison(session, claim.id)
    detail = {"claim": str(claim.id), "register": known.code, "number": claim.number}
    await record(
        session,
        actor=f"@{actor.username}",
        action="doctor.claim",
        subject=actor.username,
        detail=detail,
    )
    for user_id in await list_verifiers(session):
        await owe_letter(session, Letter.CLAIM_WAITS, user_id)
    return claim


def require_account(actor: Actor) -> None:
    """Raise InvalidInput for what is no person living here, or is suspended or deleted."""
    if not actor.is_local or actor.type != "Person":
        raise InvalidInput(f"{actor.handle} is no person's account here")
    if actor.deleted_at is not None or actor.suspended_at is not None:
        raise InvalidInput(f"{actor.username} is suspended or deleted")


def _known_profession(code: str) -> str:
    if not is_profession(code.strip()):
        raise InvalidInput(f"there is no profession {code[:40]!r}")
    return code.strip()


def _known_specialities(codes: Sequence[str]) -> list[str]:
    distinct = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    for code in distinct:
        if not is_speciality(code):
            raise InvalidInput(f"there is no speciality {code[:40]!r}")
    if len(distinct) > MAX_SPECIALITIES:
        raise InvalidInput(f"there are at most {MAX_SPECIALITIES} specialities")
    return distinct


def _line(what: str, typed: str, most: int, *, is_needed: bool = False) -> str:
    bare = "".join(c if c.isprintable() else " " for c in typed)
    line = _text(what, " ".join(bare.split()), most)
    if is_needed and not line:
        raise InvalidInput(f"the {what} is missing")
    return line


def _text(what: str, typed: str, most: int) -> str:
    if len(typed.strip()) > most:
        raise InvalidInput(f"the {what} has at most {most} characters")
    return typed.replace("\x00", "").strip()


async def withdraw_claim(session: AsyncSession, actor: Actor, claim_id: int) -> Claim:
    """Take one's own waiting claim back; its evidence is deleted after the set time.

    Raises NotFound for a claim of somebody else, InvalidInput for one that was decided.
    """
    claim = await queries.lock_claim(session, claim_id)
    if claim is None or claim.actor_id != actor.id:
        raise NotFound("there is no such claim of yours")
    if claim.state not in WAITING:
        raise InvalidInput("this claim was decided, or withdrawn, before")
    await _end(session, claim, by=f"@{actor.username}", username=actor.username)
    return claim


async def forget_claims(session: AsyncSession, actor: Actor) -> None:
    """End what an account that is deleted claimed: all its evidence goes at once.

    Only what was granted stays, beside the verification that came of it.
    """
    await queries.delete_evidence_of(session, actor.id)
    waiting = await queries.find_waiting(session, actor.id)
    if waiting is not None:
        await _end(session, waiting, by="account deletion", username=actor.username)
    await queries.delete_ungranted(session, actor.id)


async def _end(session: AsyncSession, claim: Claim, *, by: str, username: str) -> None:
    claim.state, claim.updated_at = ClaimState.WITHDRAWN, now()
    claim.decided_at, claim.decided_by = now(), by
    await end_evidence(session, claim.id)
    await record(
        session,
        actor=by,
        action="doctor.claim.withdraw",
        subject=username,
        detail={"claim": str(claim.id)},
    )


async def find_open_claim(session: AsyncSession, actor_id: int) -> Claim | None:
    """Return somebody's claim that waits for a verifier, the first or the second."""
    return await queries.find_waiting(session, actor_id)


async def list_own_claims(session: AsyncSession, actor_id: int) -> list[Claim]:
    """Return all that somebody ever claimed, newest first."""
    return await queries.list_of(session, actor_id)


async def get_own_claim(session: AsyncSession, actor_id: int, claim_id: int) -> Claim:
    """Return a claim of somebody's own; raises NotFound for every other."""
    claim = await queries.find_claim(session, claim_id)
    if claim is None or claim.actor_id != actor_id:
        raise NotFound("there is no such claim of yours")
    return claim


async def get_claim(session: AsyncSession, claim_id: int) -> Claim:
    """Return a claim; raises NotFound for none."""
    claim = await queries.find_claim(session, claim_id)
    if claim is None:
        raise NotFound("there is no such claim")
    return claim


async def list_claims(
    session: AsyncSession, states: Collection[ClaimState], page: Page
) -> list[tuple[Claim, Actor]]:
    """Return claims in some states with who makes them, newest first, as a page asks."""
    return await queries.list_in(session, states, page)


async def count_waiting(session: AsyncSession) -> int:
    """Return how many claims wait for a verifier."""
    return await queries.count_in(session, WAITING)
