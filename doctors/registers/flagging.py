"""Verifications to be looked at again: the number left the register, the profession changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from core.clock import now
from db.session import AsyncSession
from doctors.models import RegisterEntry
from doctors.registers.absent import Standing, list_standing
from doctors.registers.entries import FROM_FILE
from moderation.audit import Line, record_all


class FlagReason(StrEnum):
    """Why a verification has to be looked at again, as `Verification.flag_reason` has it."""

    GONE = "left-register"
    PROFESSION = "profession-changed"


_IN_WORDS = {
    FlagReason.GONE: (
        "le registre n'a plus ce numéro",
        "the register does not have this number any more",
    ),
    FlagReason.PROFESSION: (
        "le registre indique une autre profession",
        "the register has another profession",
    ),
}


@dataclass(frozen=True, slots=True)
class Flagged:
    """Accounts, by name: whose number is gone, whose profession changed, who is back."""

    gone: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)


def flag_in_words(reason: str | None, locale: str = "fr") -> str:
    """Return why somebody was flagged, in French or else in English; a free text as it is."""
    if reason not in set(FlagReason):
        return reason or ""
    french, english = _IN_WORDS[FlagReason(reason)]
    return french if locale.startswith("fr") else english


async def flag_changes(
    session: AsyncSession, code: str, edition_id: int, *, decided_by: str
) -> Flagged:
    """Flag the verified of whom an edition says otherwise, and unflag who is back; audited.

    To be done before the people that the edition does not have are removed. Who never was in the
    register's file, and was verified with documents, is not gone from it.
    """
    return await _flag(
        session,
        [(one, _reason(one, edition_id)) for one in await list_standing(session, code)],
        decided_by=decided_by,
    )


async def flag_gone(session: AsyncSession, code: str, number: str, *, decided_by: str) -> Flagged:
    """Flag who stands verified by a number that the register's directory has no more."""
    standing = await list_standing(session, code)
    gone = [(one, FlagReason.GONE) for one in standing if one.verification.number == number]
    return await _flag(session, gone, decided_by=decided_by)


async def _flag(
    session: AsyncSession,
    judged: Sequence[tuple[Standing, FlagReason | None]],
    *,
    decided_by: str,
) -> Flagged:
    flagged, lines = Flagged(), []
    for one, reason in judged:
        was = one.verification.flag_reason
        if was is not None and was not in set(FlagReason):
            continue
        if reason is not None:
            named = flagged.gone if reason is FlagReason.GONE else flagged.changed
            named.append(_name(one))
        elif was is not None:
            flagged.back.append(_name(one))
        if was != reason:
            one.verification.flagged_at = now() if reason is not None else None
            one.verification.flag_reason = reason.value if reason is not None else None
            lines.append(_line(one, reason or was))
    await session.flush()
    if lines:
        await record_all(session, lines, actor=decided_by)
    return flagged


def _reason(one: Standing, edition_id: int) -> FlagReason | None:
    entry = one.entry
    if entry is None:
        # Gone before, and still; or never there.
        return FlagReason.GONE if one.verification.flag_reason == FlagReason.GONE else None
    if entry.source == FROM_FILE and entry.edition_id != edition_id:
        return FlagReason.GONE
    return None if _same_profession(one, entry) else FlagReason.PROFESSION


def _same_profession(one: Standing, entry: RegisterEntry) -> bool:
    # What the register had when it was decided; ours for those in training are `10-resident`.
    seen = one.verification.evidence.get("entry")
    before = seen.get("profession") if isinstance(seen, dict) else None
    return entry.profession == (before or one.verification.profession.partition("-")[0])


def _line(one: Standing, reason: str | None) -> Line:
    verification = one.verification
    return Line(
        "doctor.flag" if verification.flagged_at is not None else "doctor.unflag",
        _name(one),
        {
            "register": verification.register_code,
            "reason": str(reason),
            "verification": str(verification.id),
        },
    )


def _name(one: Standing) -> str:
    return one.actor.username if one.actor.is_local else one.actor.handle
