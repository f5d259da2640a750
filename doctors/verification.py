"""An account is who it says: recorded with what it rests on, the credential issued; taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.models import Actor
from actors.queries import find_extension
from core.clock import now, wire_time
from core.errors import InvalidInput
from db.session import AsyncSession, settings_of
from doctors import queries
from doctors.claims import require_account
from doctors.codes import IN_TRAINING, STUDENT, profession_label, split_profession
from doctors.credentials import end_own
from doctors.issue import issue_credential
from doctors.models import Assurance, RegisterEntry, Verification
from doctors.names import is_person, written_name
from doctors.registers import Register, register_of
from doctors.registers.entries import find_entry, find_import, last_import
from federation.uris import local_uris
from moderation.audit import record


@dataclass(frozen=True, slots=True)
class Found:
    """Who an account was found to be, by whom, and on what evidence."""

    register_code: str
    number: str
    profession: str
    given_name: str
    family_name: str
    assurance: Assurance
    decided_by: str
    specialities: tuple[str, ...] = ()
    workplace: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    claim_id: int | None = None


async def keep_verification(
    session: AsyncSession, actor: Actor, found: Found
) -> tuple[Verification, list[str]]:
    """Record what was found, in the place of what stood before, and issue the credential.

    Returns also the ids of credentials that hold no longer, because they say something else. The
    others stay valid until their end, as after a renewal. Raises InvalidInput when the number was
    given to another account meanwhile.
    """
    await queries.take_turn(session)
    await _require_unheld(session, actor, found.register_code, found.number)
    earlier = await queries.find_verification(session, actor.id)
    verification = Verification(
        actor_id=actor.id,
        register_code=found.register_code,
        number=found.number,
        profession=found.profession,
        name=written_name(given=found.given_name, family=found.family_name),
        given_name=found.given_name,
        family_name=found.family_name,
        specialities=list(found.specialities),
        workplace=found.workplace,
        claim_id=found.claim_id,
        assurance=found.assurance,
        evidence=dict(found.evidence),
        decided_by=found.decided_by,
    )
    session.add(verification)
    await session.flush()
    ended: list[str] = []
    if earlier is not None:
        earlier.withdrawn_at, earlier.withdrawn_by = now(), found.decided_by
        earlier.withdrawn_reason = "verified anew"
        if _identity(earlier) != _identity(verification):
            ended = await end_credentials(session, actor.id)
    await issue_credential(session, verification, actor)
    return verification, ended


def _identity(verification: Verification) -> tuple[str, str, str]:
    return verification.register_code, verification.number, verification.profession


async def end_credentials(session: AsyncSession, actor_id: int) -> list[str]:
    """Revoke what is still valid of an account's credentials; return their ids."""
    uris = local_uris(settings_of(session))
    ended = []
    for issued in await queries.list_issued(session, actor_id):
        if issued.revoked_at is None and issued.valid_until > now():
            issued.revoked_at = now()
            ended.append(uris.credential(issued.id))
    await session.flush()
    return ended


@dataclass(frozen=True, slots=True)
class _Said:
    """What is said: that an account is the one with a number, and of a profession if said so."""

    actor: Actor
    register: Register
    number: str
    profession: str | None


async def verify(
    session: AsyncSession,
    actor: Actor,
    *,
    register: str,
    number: str,
    decided_by: str,
    profession: str | None = None,
) -> Verification:
    """Record that a local account is the person with a number, and issue their credential.

    `profession` is what they say to be; by default what their profile declares, if it does. Whom
    the register lists as a student is verified as one, or as a resident if that was said. Raises
    InvalidInput, in one line, when the number is unknown, another person's, or taken: then nothing
    was changed.
    """
    require_account(actor)
    declared = profession or await _declared(session, actor)
    found = await find_in_register(
        session,
        actor,
        register=register,
        number=number,
        profession=declared,
        decided_by=decided_by,
    )
    verification, _ = await keep_verification(session, actor, found)
    await record(
        session,
        actor=decided_by,
        action="doctor.verify",
        subject=actor.username,
        detail=decision_detail(verification),
    )
    return verification


def decision_detail(verification: Verification) -> dict[str, str]:
    """Return what the audit log keeps of a verification."""
    return {
        "register": verification.register_code,
        "number": verification.number,
        "assurance": verification.assurance.value,
        "verification": str(verification.id),
    }


async def find_in_register(
    session: AsyncSession,
    actor: Actor,
    *,
    register: str,
    number: str,
    decided_by: str,
    profession: str | None = None,
) -> Found:
    """Return what a register has of a number, if it is the actor's; raises as `verify` does."""
    known = register_of(register)
    said = _Said(actor, known, known.normalise(number), profession)
    entry = await _match(session, said)
    await _require_free(session, said)
    return Found(
        register_code=known.code,
        number=entry.number,
        profession=_in_full(said, entry),
        given_name=entry.given_name,
        family_name=entry.family_name,
        specialities=tuple(entry.specialities),
        workplace=entry.workplace,
        assurance=Assurance.REGISTER_MATCH,
        evidence=await _evidence(session, said, entry),
        decided_by=decided_by,
    )


async def _match(session: AsyncSession, said: _Said) -> RegisterEntry:
    """Return the register's entry if it is this account's; raises InvalidInput when it is not."""
    actor, register, number = said.actor, said.register, said.number
    entry = await find_entry(session, register.code, number)
    if entry is None:
        raise InvalidInput(await _why_unknown(session, register, number))
    whose = written_name(given=entry.given_name, family=entry.family_name)
    if not is_person(actor.name, given=entry.given_name, family=entry.family_name):
        raise InvalidInput(
            f"{number} is the number of another person: {register.code} has {whose!r}, the account "
            f"is {actor.name!r}"
        )
    if said.profession and not _fits(said, entry):
        raise InvalidInput(
            f"{number} is the number of another profession: {register.code} has "
            f"{_in_words(_in_full(said, entry))}, the account is {_in_words(said.profession)}"
        )
    return entry


def _fits(said: _Said, entry: RegisterEntry) -> bool:
    """Tell whether what is said to be is what the register has; who says `10` may be learning."""
    base, variant = split_profession(said.profession or "")
    if base != split_profession(entry.profession)[0]:
        return False
    learns = entry.category in said.register.student_categories
    return not variant or (learns and variant in IN_TRAINING) or said.profession == entry.profession


def _in_full(said: _Said, entry: RegisterEntry) -> str:
    """Return an entry's profession; who is listed as a student is one, or says resident."""
    if entry.category not in said.register.student_categories:
        return entry.profession
    base, _ = split_profession(entry.profession)
    _, variant = split_profession(said.profession or "")
    return f"{base}-{variant if variant in IN_TRAINING else STUDENT}"


def _in_words(profession: str) -> str:
    return f"{profession} ({profession_label(profession)})"


async def _declared(session: AsyncSession, actor: Actor) -> str | None:
    practitioner = (await find_extension(session, actor.id)).get("practitioner", {})
    return practitioner.get("profession") or None


async def _why_unknown(session: AsyncSession, register: Register, number: str) -> str:
    if await last_import(session, register.code) is None:
        return (
            f"{register.code} was never imported here: run `consilium register import FILE "
            f"--register {register.code}`"
        )
    hint = "" if register.has_check_digit(number) else ": its check digit is wrong, a typing error?"
    return f"{register.code} has no number {number}{hint}"


async def _require_free(session: AsyncSession, said: _Said) -> None:
    actor, register, number = said.actor, said.register, said.number
    await _require_unheld(session, actor, register.code, number)
    standing = await queries.find_verification(session, actor.id)
    if standing is not None and (standing.register_code, standing.number) != (
        register.code,
        number,
    ):
        raise InvalidInput(
            f"{actor.username} stands verified by {standing.register_code} {standing.number}: "
            "revoke that first"
        )


async def _require_unheld(
    session: AsyncSession, actor: Actor, register_code: str, number: str
) -> None:
    other = await queries.find_other_holder(session, register_code, number, actor.id)
    if other is not None:
        raise InvalidInput(f"{number} stands verified for the account {other.username!r} already")


async def _evidence(
    session: AsyncSession, said: _Said, entry: RegisterEntry
) -> dict[str, Any]:
    return await entry_evidence(session, entry) | {
        "comparison": {
            "name_shown": said.actor.name,
            "profession_declared": said.profession,
            "check_digit": said.register.has_check_digit(entry.number),
        },
    }


async def entry_evidence(session: AsyncSession, entry: RegisterEntry) -> dict[str, Any]:
    """Return what is kept of a register entry that a verification rests on."""
    edition = await find_import(session, entry.edition_id)
    left_out = {"edition_id", "name_key", "register_code"}
    return {
        "edition": {
            "id": str(entry.edition_id),
            "file": edition.file_name if edition else None,
            "digest": edition.file_digest if edition else None,
            "imported_at": wire_time(edition.finished_at)
            if edition and edition.finished_at
            else None,
        },
        "entry": entry.model_dump(mode="json", exclude=left_out),
    }


async def withdraw(
    session: AsyncSession, actor: Actor, *, decided_by: str, reason: str
) -> list[str]:
    """Take an account's verification back: bits set, badge gone, nothing linked any more.

    The account may live elsewhere, where this instance is the authority. What another authority
    vouches for stays. Returns the ids of the credentials that were still valid. Raises InvalidInput
    for an account that is not verified.
    """
    if not await queries.withdraw_verifications(
        session, actor.id, by=decided_by, reason=reason
    ):
        raise InvalidInput(f"{actor.username} is not verified")
    revoked = await end_credentials(session, actor.id)
    await end_own(session, actor, revoked)
    await record(
        session,
        actor=decided_by,
        action="doctor.revoke",
        subject=actor.username if actor.is_local else actor.handle,
        detail={"reason": reason, "credentials": revoked},
    )
    return revoked
