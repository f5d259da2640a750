"""Update of a further profile document: the owner's own, of their origin, and listed by them."""

from __future__ import annotations

import pytest
import pytest_asyncio

from db.jobs import Job
from doctors.models import FieldAudience, PracticeField
from doctors.practice import PracticeReader, read_practice
from fakes.actor import AS, DOCTORS
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote


@pytest.fixture
def profile(bob):
    """`profile(hospital="CHU")`: bob's document for doctors, served and listed."""
    uri = f"{bob.uri}/profile/doctors"
    bob.properties["profiles"] = [uri]

    def write(*, owner=bob, to=(DOCTORS,), id=uri, **practitioner) -> dict:
        document = {"@context": [AS], "id": id, "type": "Profile", "attributedTo": owner.uri,
                    "to": list(to), "practitioner": practitioner}  # fmt: skip
        return bob.remote.serve(document)

    write(hospital="CHU")
    return write


@pytest_asyncio.fixture
async def known(house, bob, profile):
    actor = await house.known(bob)
    await house.do_jobs()
    return actor


async def _seen(house, actor):
    async with house.database.read() as session:
        reader = PracticeReader(is_doctor=True)
        return (await read_practice(session, [actor.id], reader))[actor.id]


async def test_what_a_doctor_says_to_doctors_now_is_taken_over(house, bob, profile, known):
    update = bob.activity("Update", profile(hospital="Saint-Louis"), to=[DOCTORS])

    assert await house.take(bob, update) == 202

    assert (await house.outcome())[0] == "handled"
    assert (await _seen(house, known)).hospital == "Saint-Louis"
    (row,) = await house.all(PracticeField)
    assert row.audience is FieldAudience.DOCTORS


async def test_what_is_for_contacts_from_now_on_is_for_doctors_no_more(
    house, bob, profile, known
):
    written = profile(hospital="Saint-Louis", to=[known.followers_uri])

    await house.take(bob, bob.activity("Update", written, to=[known.followers_uri]))

    (row,) = await house.all(PracticeField)
    assert row.audience is FieldAudience.CONTACTS
    assert (await _seen(house, known)).hospital == ""


async def test_one_that_is_only_named_is_fetched(house, bob, profile, known):
    written = profile(hospital="Saint-Louis")

    await house.take(bob, bob.activity("Update", written["id"], to=[DOCTORS]))

    assert (await _seen(house, known)).hospital == "Saint-Louis"


async def test_nobody_speaks_for_another(house, remote, bob, profile, known):
    mallory = remote.person("mallory")
    written = profile(hospital="Evil")
    profile(hospital="CHU")

    for document in (written, {**written, "attributedTo": mallory.uri}):
        await house.take(mallory, mallory.activity("Update", document, to=[DOCTORS]))
        assert (await house.outcome())[0] in ("rejected", "ignored")

    assert (await _seen(house, known)).hospital == "CHU"


async def test_nor_from_another_host(house, database, bob, profile, known):
    with FakeRemote("v") as other:
        await list_peer(database, other)
        other.mount(house.app)
        mallory = other.person("mallory")

        await house.take(
            mallory, mallory.activity("Update", profile(hospital="Evil"), to=[DOCTORS])
        )

    assert (await house.outcome())[0] == "rejected"
    assert (await _seen(house, known)).hospital == "CHU"


async def test_one_for_nobody_known_is_refused(house, bob, profile, known):
    wide = profile(hospital="Saint-Louis", to=["https://www.w3.org/ns/activitystreams#Public"])

    await house.take(bob, bob.activity("Update", wide))

    assert (await house.outcome())[0] == "rejected"
    assert (await _seen(house, known)).hospital == "CHU"


async def test_one_that_is_not_listed_yet_makes_us_look_at_its_actor(house, bob, profile, known):
    uri = f"{bob.uri}/profile/contacts"
    bob.properties["profiles"] = [*bob.properties["profiles"], uri]
    fresh = profile(unit="USIC", id=uri, to=[bob.followers])

    await house.take(bob, bob.activity("Update", fresh, to=[bob.followers]))

    assert (await house.outcome())[0] == "ignored"
    assert any(job.kind == "refresh actor" for job in await house.all(Job))
    await house.do_jobs()
    rows = {row.audience: row.value for row in await house.all(PracticeField)}
    assert rows == {FieldAudience.DOCTORS: "CHU", FieldAudience.CONTACTS: "USIC"}


async def test_who_is_let_follow_reads_what_is_for_contacts(house, alice, bob, profile, known):
    uri = f"{bob.uri}/profile/contacts"
    bob.remote.remove(uri)
    bob.properties["profiles"] = [*bob.properties["profiles"], uri]
    await house.known(bob)
    from actors.follows import save_follow

    async with house.database.transaction() as session:
        await save_follow(session, alice, known, uri=f"{alice.uri}/activities/9")

    await house.take(bob, bob.activity("Accept", f"{alice.uri}/activities/9"))

    assert any(job.kind == "fetch profiles" for job in await house.all(Job))
