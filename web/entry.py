"""A register's entry beside what somebody claims: looked up, with its source and the day of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.errors import InvalidInput, ServerError
from core.logging import get_logger
from db.session import AsyncSession
from doctors.codes import profession_label, specialities_label
from doctors.matching import Match
from doctors.models import Claim, RegisterEntry, Verification
from doctors.names import written_name
from doctors.places.countries import country_name
from doctors.registers import REGISTERS, Register, register_of
from doctors.registers.entries import find_entry, last_import
from doctors.registers.fr_rpps import CODE as FR_RPPS
from doctors.registers.look_up import look_up
from doctors.registers.other import CODE as OTHER
from doctors.registers.sources import cite_entry
from web.visit import Visit

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a register says of somebody, in a reader's words; `source` cites it with its day."""

    entry: RegisterEntry
    name: str
    profession: str
    specialities: str
    source: str

    @property
    def where(self) -> str:
        """Workplace and town."""
        return ", ".join(part for part in (self.entry.workplace, self.entry.town) if part)


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of looking a number up.

    `listed` is None where the register has it not, `is_held` whether its entries are here at all,
    `is_typo` whether the check digit is wrong.
    """

    register: Register
    number: str
    listed: Listed | None
    is_held: bool
    is_typo: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was claimed, beside what the register says; `verdict` may be empty."""

    name: str
    claimed: str
    listed: str
    verdict: str


async def look(visit: Visit, register: Register, number: str) -> Looked:
    """Look a number up, in its register's normal form: in what is held here, or its directory."""
    await ask_directory(visit, register, number)
    async with visit.database.read() as session:
        listed = await find_listed(session, register.code, number, visit.language.code)
        is_held = listed is not None or await last_import(session, register.code) is not None
    return Looked(register, number, listed, is_held, not register.has_check_digit(number))


async def ask_directory(visit: Visit, register: Register, number: str) -> None:
    """Let the French directory be asked for a number that the file does not have, if it may be."""
    if register.code != FR_RPPS:
        return
    try:
        await look_up(visit.database, visit.site.client, number)
    except InvalidInput:
        raise
    except ServerError as error:
        log.info("the register's directory cannot be asked", reason=str(error))


async def find_listed(
    session: AsyncSession, code: str, number: str, locale: str
) -> Listed | None:
    """Return what a register says of a number; None where it has it not."""
    entry = await find_entry(session, code, number)
    if entry is None:
        return None
    return await _listed(session, entry, locale)


async def _listed(session: AsyncSession, entry: RegisterEntry, locale: str) -> Listed:
    return Listed(
        entry,
        written_name(given=entry.given_name, family=entry.family_name),
        profession_label(entry.profession, locale),
        specialities_label(entry.specialities, locale),
        await cite_entry(session, entry, locale),
    )


async def cite_decided(
    session: AsyncSession, verification: Verification, locale: str
) -> str:
    """Name the source, and its day, of the entry that a verification rests on; empty for none."""
    kept = verification.evidence.get("entry")
    if not isinstance(kept, Mapping):
        return ""
    values: dict[str, Any] = {name: kept[name] for name in ("source",) if name in kept}
    if isinstance(fetched := kept.get("fetched_at"), str):
        values["fetched_at"] = datetime.fromisoformat(fetched)
    edition = verification.evidence.get("edition", {}).get("id", "0")
    entry = RegisterEntry(
        register_code=verification.register_code,
        number=verification.number,
        edition_id=int(edition),
        **values,
    )
    return await cite_entry(session, entry, locale)


def rows_of(claim: Claim, listed: Listed | None, locale: str) -> list[Row]:
    """Put what was claimed beside what the register says, field by field."""
    match = Match.of(claim.match)
    entry = listed.entry if listed is not None else None
    pairs = (
        ("number", claim.number, entry.number if entry else ""),
        (
            "name",
            written_name(given=claim.given_name, family=claim.family_name),
            listed.name if listed else "",
        ),
        (
            "profession",
            profession_label(claim.profession, locale),
            listed.profession if listed else "",
        ),
        (
            "specialities",
            specialities_label(claim.specialities, locale),
            listed.specialities if listed else "",
        ),
        ("workplace", claim.workplace, listed.where if listed else ""),
    )
    return [
        Row(name, claimed, said, verdict.value if (verdict := match.verdict_of(name)) else "")
        for name, claimed, said in pairs
    ]


def register_choices(locale: str) -> Sequence[tuple[str, str]]:
    """Return the registers as a chooser lists them, each after its country."""
    return [(one.code, _chosen(one, locale)) for one in REGISTERS.values()]


def _chosen(register: Register, locale: str) -> str:
    if register.code == OTHER:
        return register.name(locale)
    return f"{country_name(register.country, locale)} · {register.short}"


def register_name(code: str, locale: str) -> str:
    """Return a register's name in words; the code of one that we do not know."""
    try:
        return register_of(code).name(locale)
    except InvalidInput:
        return code
