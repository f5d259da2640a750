"""Asking the directory: after the file, once a day, with the key, apart from the editions."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from core import clock
from core.errors import FetchFailed, FetchUnavailable, InvalidInput, NotFound, Withheld
from db.session import Database
from doctors.models import Claim, Verification
from doctors.queries import find_verification
from doctors.registers.entries import find_entry
from doctors.registers.importing import import_register
from doctors.registers.look_up import look_up, refresh_asked
from doctors.registers.sources import cite_entry
from factories import make_local_actor
from fakes.fhir import KEY, Directory, bundle, practitioner, recorded
from register_files import FR_RPPS, NUMBER, line

THEO = "99900000193"
PATH = f"/fhir/v2/Practitioner?identifier={THEO}&_revinclude=PractitionerRole:practitioner"


@pytest.fixture
def directory():
    with Directory() as running:
        running.people[THEO] = recorded()
        yield running


@pytest_asyncio.fixture
async def asking(database: Database, settings, directory: Directory):
    """The instance, with the directory in its settings."""
    opened = Database(
        settings.model_copy(update={"fhir_url": directory.base, "fhir_key": _key(settings, KEY)})
    )
    yield opened
    await opened.close()


def _key(settings, text):
    return type(settings.fhir_key)(text)


async def _find(database: Database, number: str = THEO):
    async with database.read() as session:
        return await find_entry(session, "FR-RPPS", number)


async def _import(database: Database, register_file, *lines: str, **more):
    return await import_register(database, register_file(*lines), FR_RPPS, **more)


async def test_a_number_that_the_file_does_not_have_is_asked_for_and_kept(
    asking, client, directory
):
    entry = await look_up(asking, client, f"8 {THEO}")

    assert (entry.family_name, entry.source, entry.specialities) == ("ALBRIVAUX", "fhir", ["SM10"])
    assert entry.name_key == "albrivaux theo"
    assert (await _find(asking)).fetched_at is not None
    async with asking.read() as session:
        cited = await cite_entry(session, entry, "fr")
    assert cited.endswith(f"consulté le {clock.now():%d/%m/%Y}")
    assert directory.asked == [THEO]


async def test_the_file_goes_before_the_directory(asking, client, directory, register_file):
    await _import(asking, register_file, line())

    assert (await look_up(asking, client, NUMBER)).source == "file"
    assert directory.asked == []


async def test_what_was_asked_today_is_not_asked_again(asking, client, directory):
    await look_up(asking, client, THEO)
    await look_up(asking, client, THEO)
    clock.shift(timedelta(hours=25))
    await look_up(asking, client, THEO)

    assert directory.asked == [THEO, THEO]


async def test_who_is_not_in_the_directory_is_nobody_and_what_was_kept_is_forgotten(
    asking, client, directory
):
    await look_up(asking, client, THEO)
    del directory.people[THEO]
    clock.shift(timedelta(hours=25))

    assert await look_up(asking, client, THEO) is None
    assert await _find(asking) is None


async def test_without_an_address_nobody_is_asked(database, client, directory):
    assert await look_up(database, client, THEO) is None
    assert directory.journal == []


async def test_the_key_is_needed_and_never_told(settings, client, directory, database):
    wrong = Database(
        settings.model_copy(
            update={"fhir_url": directory.base, "fhir_key": _key(settings, "another")}
        )
    )

    with pytest.raises(Withheld) as refusal:
        await look_up(wrong, client, THEO)

    await wrong.close()
    assert "another" not in str(refusal.value) + repr(wrong.settings)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        ({"redirect": "http://127.0.0.1:1/"}, FetchFailed),
        ({"status": 429}, FetchUnavailable),
        ({"status": 503}, FetchUnavailable),
        ({"status": 404}, NotFound),
        ({"drop": True}, FetchUnavailable),
        ({"body": "<html>", "content_type": "text/html"}, FetchFailed),
        ({"body": {"resourceType": "OperationOutcome"}}, FetchFailed),
        ({"body": b" " * (1024 * 1024 + 1)}, FetchFailed),
    ],
    ids=["redirect", "too-often", "down", "no-such-page", "dropped", "a-page", "outcome", "long"],
)
async def test_a_directory_that_cannot_be_asked_changes_nothing(
    asking, client, directory, behaviour, error
):
    await look_up(asking, client, THEO)
    clock.shift(timedelta(hours=25))
    directory.script(PATH, **{"content_type": "application/fhir+json", **behaviour})

    with pytest.raises(error):
        await look_up(asking, client, THEO)

    assert (await _find(asking)).family_name == "ALBRIVAUX"


async def test_what_is_no_number_is_not_asked_for(asking, client, directory):
    with pytest.raises(InvalidInput):
        await look_up(asking, client, "1&active=true")

    assert directory.journal == []


async def test_an_edition_neither_removes_nor_counts_who_was_asked_for(
    asking, client, register_file
):
    await look_up(asking, client, THEO)

    report = await _import(asking, register_file, line())

    assert (report.entries, report.removed) == (1, 0)
    assert (await _find(asking)).source == "fhir"


async def test_an_edition_that_has_the_number_takes_its_place(
    asking, client, directory, register_file
):
    await look_up(asking, client, THEO)

    await _import(asking, register_file, line(THEO, family="ALBRIVAUX", given="Théo"))
    clock.shift(timedelta(hours=25))

    entry = await look_up(asking, client, THEO)
    assert (entry.source, entry.fetched_at) == ("file", None)
    assert directory.asked == [THEO]


async def _use(database: Database, number: str) -> Verification:
    async with database.transaction() as session:
        actor = await make_local_actor(session, "theo")
        used = Verification(
            actor_id=actor.id, register_code="FR-RPPS", number=number, profession="10",
            name="Théo Albrivaux", assurance="register-match", decided_by="test",
        )  # fmt: skip
        session.add(used)
        return used


async def test_the_verified_are_asked_for_again_every_day_and_flagged_when_gone(
    asking, client, directory
):
    await look_up(asking, client, THEO)
    used = await _use(asking, THEO)
    assert await refresh_asked(asking, client) == 0
    clock.shift(timedelta(hours=25))
    asked = await refresh_asked(asking, client)
    fresh = await _find(asking)
    del directory.people[THEO]
    clock.shift(timedelta(hours=25))

    await refresh_asked(asking, client)

    async with asking.read() as session:
        found = await find_verification(session, used.actor_id)
    assert (asked, fresh.fetched_at > clock.now() - timedelta(hours=26)) == (1, True)
    assert (found.flag_reason, found.flagged_at is not None) == ("left-register", True)
    assert await _find(asking) is None


async def test_a_directory_that_is_down_flags_nobody(asking, client, directory):
    await look_up(asking, client, THEO)
    used = await _use(asking, THEO)
    clock.shift(timedelta(hours=25))
    directory.script(PATH, status=503)

    assert await refresh_asked(asking, client) == 0

    async with asking.read() as session:
        assert (await find_verification(session, used.actor_id)).flagged_at is None
    assert await _find(asking) is not None


async def test_who_is_nobody_here_is_forgotten_after_a_day_and_who_claims_it_is_not(
    asking, client, directory
):
    directory.people[NUMBER] = bundle(practitioner(NUMBER))
    await look_up(asking, client, THEO)
    await look_up(asking, client, NUMBER)
    async with asking.transaction() as session:
        alice = await make_local_actor(session, "alice")
        session.add(
            Claim(actor_id=alice.id, register_code="FR-RPPS", number=NUMBER, profession="10",
                  given_name="Alice", family_name="Martin")
        )  # fmt: skip
    clock.shift(timedelta(hours=25))

    assert await refresh_asked(asking, client) == 1

    assert await _find(asking) is None
    assert (await _find(asking, NUMBER)).family_name == "MARTIN"
