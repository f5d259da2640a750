"""Where an entry comes from, said on the screen beside it: who keeps it, the licence, the day."""

from __future__ import annotations

from datetime import date

from db.session import AsyncSession
from doctors.models import RegisterEntry
from doctors.registers import register_of
from doctors.registers.entries import FROM_DIRECTORY, find_import
from doctors.registers.register import DayOf


async def cite_entry(session: AsyncSession, entry: RegisterEntry, locale: str = "fr") -> str:
    """Return the sentence that names an entry's source and its day, in French or English."""
    register = register_of(entry.register_code)
    if entry.source == FROM_DIRECTORY:
        day = entry.fetched_at.date() if entry.fetched_at else None
        return register.cite(day, locale, of=DayOf.LOOK_UP)
    edition = await find_import(session, entry.edition_id)
    if edition is None:
        return register.cite(None, locale)
    if edition.edition_date is not None:
        return register.cite(date.fromisoformat(edition.edition_date), locale)
    return register.cite(edition.started_at.date(), locale, of=DayOf.IMPORT)
