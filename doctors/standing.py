"""Whether what was verified still holds: held against the register, or against the calendar."""

from __future__ import annotations

from datetime import timedelta

from core.clock import now
from db.session import AsyncSession
from doctors.codes import IN_TRAINING, RETIRED, split_profession
from doctors.models import Assurance, RegisterEntry, Verification
from doctors.names import NameMatch, compare_names, written_name
from doctors.registers import register_of
from doctors.registers.entries import find_entry
from doctors.registers.flagging import FlagReason

# What no register confirms is looked at again by a verifier after a year.
DOCUMENTS_HOLD_FOR = timedelta(days=365)


async def find_departure(session: AsyncSession, verification: Verification) -> str | None:
    """Return why a verification does not hold any more, and flag it; None while it holds.

    One that rests on a register entry follows it: other specialities, another workplace. One that
    rests on documents holds for a year. Reasons are those of `registers.flagging`, which takes them
    back with a later edition, or free words.
    """
    if verification.flagged_at is not None:
        return verification.flag_reason or "flagged for a verifier"
    if rests_on_entry(verification):
        entry = await find_entry(session, verification.register_code, verification.number)
        problem = _departed(verification, entry)
        if problem is None and entry is not None:
            _follow(verification, entry)
    else:
        problem = _too_old(verification)
    if problem is not None:
        verification.flagged_at, verification.flag_reason = now(), problem
    return problem


def rests_on_entry(verification: Verification) -> bool:
    """Tell whether a register entry was found when it was decided."""
    return bool(verification.evidence.get("entry"))


def follows_entry(verification: Verification) -> bool:
    """Tell whether verifying anew takes what the register says by now.

    No register says who has retired: it would make them practise again.
    """
    _, variant = split_profession(verification.profession)
    return rests_on_entry(verification) and variant != RETIRED


def _departed(verification: Verification, entry: RegisterEntry | None) -> str | None:
    code, number = verification.register_code, verification.number
    if entry is None:
        return FlagReason.GONE.value
    base, variant = split_profession(verification.profession)
    if split_profession(entry.profession)[0] != base:
        return FlagReason.PROFESSION.value
    learns = entry.category in register_of(code).student_categories
    learned = _was_learning(verification)
    if learns and not learned and variant not in IN_TRAINING:
        return f"{code} lists {number} as a student"
    if learned and not learns and variant in IN_TRAINING:
        return f"{code} lists {number} as practising, not as a student any more"
    compared = compare_names(
        verification.name, given=entry.given_name, family=entry.family_name
    )
    if compared.match is NameMatch.OTHER and not _was_named_otherwise(verification):
        return f"{code} has another name for {number}"
    return None


def _was_learning(verification: Verification) -> bool:
    """Tell whether the register knew somebody as a student when it was decided."""
    category = verification.evidence.get("entry", {}).get("category", "")
    return category in register_of(verification.register_code).student_categories


def _was_named_otherwise(verification: Verification) -> bool:
    """Tell whether the verifier knew that the register has another name."""
    known = verification.evidence.get("entry", {})
    given, family = str(known.get("given_name", "")), str(known.get("family_name", ""))
    compared = compare_names(verification.name, given=given, family=family)
    return compared.match is NameMatch.OTHER


def _follow(verification: Verification, entry: RegisterEntry) -> None:
    if verification.assurance is not Assurance.REGISTER_MATCH:
        # Somebody attested what they are; the register only confirms that they still are.
        return
    verification.given_name, verification.family_name = entry.given_name, entry.family_name
    verification.name = written_name(given=entry.given_name, family=entry.family_name)
    verification.specialities, verification.workplace = list(entry.specialities), entry.workplace


def _too_old(verification: Verification) -> str | None:
    if verification.decided_at + DOCUMENTS_HOLD_FOR > now():
        return None
    return "verified by documents more than a year ago"
