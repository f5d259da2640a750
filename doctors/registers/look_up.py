"""Asking the French directory (API FHIR Annuaire Santé) for a number that the file does not have.

What it says is kept for a day, apart from the editions of the file. Of those who were verified by
it, it is asked again every day.
"""

from __future__ import annotations

from datetime import timedelta

from core.clock import now
from core.errors import ServerError
from core.logging import get_logger
from db.session import Database
from doctors.models import RegisterEntry
from doctors.registers import asked
from doctors.registers.entries import FROM_DIRECTORY, find_entry, row_of
from doctors.registers.flagging import flag_gone
from doctors.registers.fr_fhir import FHIR_JSON, address_of, read_bundle
from doctors.registers.fr_rpps import CODE, normalise
from doctors.registers.lines import Person
from federation.client import Client

KEPT = timedelta(hours=24)
KEY_HEADER = "ESANTE-API-KEY"
REFRESHED_A_TIME = 200
BY_DIRECTORY = "register directory"

log = get_logger(__name__)


async def look_up(database: Database, client: Client, number: str) -> RegisterEntry | None:
    """Return who has an RPPS number: out of the imported file, else of the directory; or None.

    What the directory says is then found by `find_entry` too. Without `CONSILIUM_FHIR_URL` nobody
    is asked. Raises InvalidInput for what is no number; when the directory cannot be asked, what
    `Client.ask_service` raises, and nothing was changed.
    """
    digits = normalise(number)
    async with database.read() as session:
        known = await find_entry(session, CODE, digits)
    if known is not None and not _is_old(known):
        return known
    if not database.settings.fhir_url:
        return None
    await _ask(database, client, digits)
    async with database.read() as session:
        return await find_entry(session, CODE, digits)


async def refresh_asked(database: Database, client: Client) -> int:
    """Ask again about the verified whom only the directory has, and forget the others.

    Who is gone from it is flagged. Stops at the first that cannot be asked: the next hour will do.
    Returns how many were asked about.
    """
    before = now() - KEPT
    async with database.transaction() as session:
        await asked.forget_unused(session, CODE, before)
        due = await asked.list_in_use(session, CODE, before, REFRESHED_A_TIME)
    if not database.settings.fhir_url:
        return 0
    done = 0
    for digits in due:
        try:
            await _ask(database, client, digits)
        except ServerError as error:
            log.warning("the register's directory cannot be asked", reason=str(error))
            break
        done += 1
    return done


def _is_old(entry: RegisterEntry) -> bool:
    if entry.source != FROM_DIRECTORY:
        return False
    return entry.fetched_at is None or entry.fetched_at <= now() - KEPT


async def _ask(database: Database, client: Client, number: str) -> None:
    """Fetch a number and keep what came; an absent one is forgotten, and flagged if verified."""
    person = await _fetch(database, client, number)
    async with database.transaction() as session:
        if person is not None:
            await asked.keep(session, row_of(CODE, person, fetched_at=now()))
            return
        if await asked.forget(session, CODE, number):
            await flag_gone(session, CODE, number, decided_by=BY_DIRECTORY)


async def _fetch(database: Database, client: Client, number: str) -> Person | None:
    settings = database.settings
    key = settings.fhir_key.get_secret_value()
    bundle = await client.ask_service(
        address_of(settings.fhir_url, number),
        headers={KEY_HEADER: key} if key else {},
        accept=FHIR_JSON,
    )
    return read_bundle(bundle, number)
