"""Deciding that an account is who it says, on the evidence of a register; and taking that back."""

from __future__ import annotations

from dataclasses import dataclass

from actors.models import Actor
from actors.queries import delete_badge, find_extension
from core.clock import now, wire_time
from core.errors import InvalidInput
from db.session import AsyncSession, settings_of
from doctors import queries
from doctors.codes import profession_label
from doctors.issue import issue_credential, unlink
from doctors.models import Assurance, RegisterEntry, Verification
from doctors.names import is_person, written_name
from doctors.registers import Register, register_of
from doctors.registers.entries import find_entry, find_import, last_import
from federation.uris import local_uris
from moderation.audit import record


@dataclass(frozen=True, slots=True)
class Claim:
    """What is claimed: that an account is the one with a number, and of a profession if said so."""

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

    `profession` is what they say to be; by default what their profile declares, if it does. Raises
    InvalidInput, in one line, when the number is unknown, another person's, or taken: then nothing
    was changed.
    """
    _require_account(actor)
    known = register_of(register)
    declared = profession or await _declared(session, actor)
    claim = Claim(actor, known, known.normalise(number), declared)
    entry = await _match(session, claim)
    await _require_free(session, claim)
    earlier = await queries.find_verification(session, actor.id)
    verification = await _record(session, claim, entry, decided_by=decided_by)
    if earlier is not None:
        earlier.withdrawn_at, earlier.withdrawn_by = now(), decided_by
        earlier.withdrawn_reason = "verified anew"
    await issue_credential(session, verification, actor, entry)
    await record(
        session,
        actor=decided_by,
        action="doctor.verify",
        subject=actor.username,
        detail={
            "register": known.code,
            "number": claim.number,
            "assurance": verification.assurance.value,
            "verification": str(verification.id),
        },
    )
    return verification


def _require_account(actor: Actor) -> None:
    if not actor.is_local or actor.type != "Person":
        raise InvalidInput(f"{actor.handle} is no person's account here")
    if actor.deleted_at is not None or actor.suspended_at is not None:
        raise InvalidInput(f"{actor.username} is suspended or deleted")


async def _match(session: AsyncSession, claim: Claim) -> RegisterEntry:
    """Return the register's entry if it is this account's; raises InvalidInput when it is not."""
    actor, register, number = claim.actor, claim.register, claim.number
    entry = await find_entry(session, register.code, number)
    if entry is None:
        raise InvalidInput(await _why_unknown(session, register, number))
    whose = written_name(given=entry.given_name, family=entry.family_name)
    if not is_person(actor.name, given=entry.given_name, family=entry.family_name):
        raise InvalidInput(
            f"{number} is the number of another person: {register.code} has {whose!r}, the account "
            f"is {actor.name!r}"
        )
    if claim.profession and claim.profession != entry.profession:
        raise InvalidInput(
            f"{number} is the number of another profession: {register.code} has "
            f"{_in_words(entry.profession)}, the account is {_in_words(claim.profession)}"
        )
    if entry.category in register.student_categories:
        raise InvalidInput(f"{register.code} lists {number} as a student: no profession to verify")
    return entry


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


async def _require_free(session: AsyncSession, claim: Claim) -> None:
    actor, register, number = claim.actor, claim.register, claim.number
    other = await queries.find_other_holder(session, register.code, number, actor.id)
    if other is not None:
        raise InvalidInput(f"{number} stands verified for the account {other.username!r} already")
    standing = await queries.find_verification(session, actor.id)
    if standing is not None and (standing.register_code, standing.number) != (
        register.code,
        number,
    ):
        raise InvalidInput(
            f"{actor.username} stands verified by {standing.register_code} {standing.number}: "
            "revoke that first"
        )


async def _record(
    session: AsyncSession, claim: Claim, entry: RegisterEntry, *, decided_by: str
) -> Verification:
    edition = await find_import(session, entry.edition_id)
    verification = Verification(
        actor_id=claim.actor.id,
        register_code=claim.register.code,
        number=entry.number,
        profession=entry.profession,
        name=written_name(given=entry.given_name, family=entry.family_name),
        assurance=Assurance.REGISTER_MATCH,
        evidence={
            "edition": {
                "id": str(entry.edition_id),
                "file": edition.file_name if edition else None,
                "digest": edition.file_digest if edition else None,
                "imported_at": wire_time(edition.finished_at)
                if edition and edition.finished_at
                else None,
            },
            "entry": entry.model_dump(exclude={"edition_id", "name_key", "register_code"}),
            "comparison": {
                "name_shown": claim.actor.name,
                "profession_declared": claim.profession,
                "check_digit": claim.register.has_check_digit(entry.number),
            },
        },
        decided_by=decided_by,
    )
    session.add(verification)
    await session.flush()
    return verification


async def withdraw(
    session: AsyncSession, actor: Actor, *, decided_by: str, reason: str
) -> list[str]:
    """Take an account's verification back: bits set, badge gone, nothing linked any more.

    Returns the ids of the credentials that were still valid. Raises InvalidInput for an account
    that is not verified.
    """
    if not await queries.withdraw_verifications(
        session, actor.id, by=decided_by, reason=reason
    ):
        raise InvalidInput(f"{actor.username} is not verified")
    uris = local_uris(settings_of(session))
    revoked = []
    for issued in await queries.list_issued(session, actor.id):
        if issued.revoked_at is None and issued.valid_until > now():
            issued.revoked_at = now()
            revoked.append(uris.credential(issued.id))
    await session.flush()
    await delete_badge(session, actor.id)
    await unlink(session, actor)
    await record(
        session,
        actor=decided_by,
        action="doctor.revoke",
        subject=actor.username,
        detail={"reason": reason, "credentials": revoked},
    )
    return revoked
