"""The further profile documents: whom ours are served to, how others' are read and kept."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy import select

from actors.blocks import save_block
from actors.follows import save_follow
from actors.models import LOCAL_HOST, Actor
from actors.queries import find_badges, get_actor
from actors.remote import refresh_actor, resolve_actor
from core.errors import FetchUnavailable
from doctors.models import CareerSpan, FieldAudience, ProfileDocument
from doctors.others_profiles import fetch_profiles
from doctors.practice import (
    PracticeReader,
    read_practice,
    read_stated,
    save_practice,
    save_settings,
)
from doctors.profile_routes import profile_routes
from factories import make_local_actor
from fakes.actor import AS, DOCTORS
from fakes.fixtures import list_peer
from fakes.proofs import is_proven
from fakes.remote import FakeRemote
from moderation.models import PeerClass
from posts.erasure import owe_erasure
from workers.jobs import process_jobs

PUBLIC, FOR_DOCTORS, CONTACTS, NOBODY = FieldAudience
FIELDS = {
    "skills": (["ablation de FA"], PUBLIC),
    "place": ({"town": "Lyon", "latitude": 45.75, "longitude": 4.85, "country": "FR"}, FOR_DOCTORS),
    "career": ([{"kind": "post", "place": "CHU de Lyon", "from": 2011}], CONTACTS),
    "interests": ("Aucun lien", NOBODY),
}


@pytest_asyncio.fixture
async def asked(database, client, doors, remote):
    """Our doors, and alice with something for everybody, for doctors and for contacts."""
    doors.register_blueprint(profile_routes(database, client))
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice")
        await save_practice(session, alice, FIELDS)
    return alice


def _at(alice: Actor, audience: str) -> str:
    return f"{alice.uri}/profile/{audience}"


async def _befriend(database, client, alice: Actor, fake, *, accepted: bool = True) -> Actor:
    follower = await resolve_actor(database, client, fake.uri)
    async with database.transaction() as session:
        await save_follow(
            session, follower, alice, uri=f"{follower.uri}/f/1", accepted=accepted
        )
    return follower


async def test_a_clinical_host_gets_what_is_for_doctors_proven_by_its_author(asked, remote):
    reply = await remote.get(_at(asked, "doctors"))

    assert reply.status == 200
    assert (reply.json["type"], reply.json["attributedTo"]) == ("Profile", asked.uri)
    assert reply.json["to"] == [DOCTORS]
    assert reply.json["practitioner"] == {
        "place": {"type": "Place", "name": "Lyon", "latitude": 45.75, "longitude": 4.85,
                  "country": "FR"}
    }  # fmt: skip
    assert is_proven(reply.json, reply.json["proof"]["verificationMethod"].partition("#")[2])


async def test_a_clinical_host_without_a_follower_gets_nothing_for_contacts(asked, remote):
    assert (await remote.get(_at(asked, "contacts"))).status == 404


async def test_a_host_with_an_accepted_follower_gets_what_is_for_contacts(
    database, client, asked, remote
):
    await _befriend(database, client, asked, remote.person("bob"))

    reply = await remote.get(_at(asked, "contacts"))

    assert reply.json["to"] == [asked.followers_uri]
    assert [step["place"] for step in reply.json["practitioner"]["career"]] == ["CHU de Lyon"]


async def test_who_only_asked_to_follow_makes_no_host_entitled(database, client, asked, remote):
    await _befriend(database, client, asked, remote.person("bob"), accepted=False)

    assert (await remote.get(_at(asked, "contacts"))).status == 404


async def test_a_social_host_never_gets_what_is_for_doctors(database, client, doors, asked):
    with FakeRemote("s") as social:
        await list_peer(database, social, PeerClass.SOCIAL)
        social.mount(doors)
        await _befriend(database, client, asked, social.person("carl"))

        assert (await social.get(_at(asked, "doctors"))).status == 404
        assert (await social.get(_at(asked, "contacts"))).status == 200


async def test_nobody_gets_them_unsigned(asked, remote):
    for audience in ("doctors", "contacts"):
        assert (await remote.get(_at(asked, audience), signed=False)).status == 401


async def test_whom_the_author_blocks_gets_nothing(database, client, asked, remote):
    bob = remote.person("bob")
    blocked = await resolve_actor(database, client, bob.uri)
    async with database.transaction() as session:
        await save_block(session, asked, blocked, uri=f"{asked.uri}/blocks/1")

    assert (await bob.get(_at(asked, "doctors"))).status == 404


@pytest.mark.parametrize("audience", ["nobody", "public", "x"])
async def test_there_are_no_other_documents(asked, remote, audience):
    assert (await remote.get(_at(asked, audience))).status == 404


async def test_a_private_profile_says_everything_to_contacts_and_nothing_to_doctors(
    database, client, asked, remote
):
    await _befriend(database, client, asked, remote.person("bob"))
    async with database.transaction() as session:
        alice = await get_actor(session, asked.id)
        alice.summary = "<p>Rythmologue</p>"
        alice.fields = [{"name": "Site", "value": "x", "source": "x"}]
        await save_settings(session, alice, is_private=True)

    reply = await remote.get(_at(asked, "contacts"))

    assert (await remote.get(_at(asked, "doctors"))).status == 404
    assert reply.json["summary"] == "<p>Rythmologue</p>"
    assert [line["name"] for line in reply.json["attachment"]] == ["Site"]
    assert reply.json["practitioner"].keys() == {"skills", "place", "career"}


# What others say


@pytest.fixture
def bob(remote):
    """Somebody of a clinical peer who says something to everybody, to doctors and to contacts."""
    made = remote.person("bob", practitioner={"skills": ["stimulation", "Médecin vérifié"]})
    made.properties["profiles"] = [
        _serve(made, "doctors", [DOCTORS], {"hospital": "CHU", "career": [CAREER]}),
        _serve(made, "contacts", [made.followers], {"unit": "USIC"}, summary="<p>Bio<script></p>"),
    ]
    return made


CAREER = {"kind": "faculty", "place": "Lyon-Est", "from": 1998, "until": 2004}


def _serve(fake, audience: str, to: list[str], practitioner: dict, **more) -> str:
    document = {
        "@context": [AS], "id": f"{fake.uri}/profile/{audience}", "type": "Profile",
        "attributedTo": fake.uri, "to": to, "practitioner": practitioner, **more,
    }  # fmt: skip
    return fake.remote.serve(document)["id"]


async def _known(database, client, fake) -> Actor:
    actor = await refresh_actor(database, client, fake.uri)
    while await process_jobs(database, client):
        pass
    return actor


async def _seen(database, actor, reader_id=None, *, is_doctor=False):
    async with database.read() as session:
        reader = PracticeReader(reader_id, is_doctor)
        return (await read_practice(session, [actor.id], reader))[actor.id]


async def _documents(database) -> dict[str, ProfileDocument]:
    async with database.read() as session:
        rows = (await session.scalars(select(ProfileDocument))).all()
    return {row.uri.rpartition("/")[2]: row for row in rows}


async def test_what_others_say_is_kept_apart_by_audience(database, client, bob):
    actor = await _known(database, client, bob)
    async with database.transaction() as session:
        alice = await make_local_actor(session)
        await save_follow(session, alice, actor, uri="x:1", accepted=True)

    everybody = await _seen(database, actor)
    doctor = await _seen(database, actor, is_doctor=True)
    contact = await _seen(database, actor, alice.id)
    assert (everybody.skills, everybody.hospital, everybody.unit) == (("stimulation",), "", "")
    assert (doctor.hospital, doctor.unit) == ("CHU", "")
    assert (contact.hospital, contact.unit) == ("", "USIC")
    assert "script" not in contact.summary and "Bio" in contact.summary
    assert (await get_fresh(database, actor)).summary == ""
    async with database.read() as session:
        (span,) = (await session.scalars(select(CareerSpan))).all()
    assert (span.place_key, span.from_year, span.to_year) == ("lyon est", 1998, 2004)


async def get_fresh(database, actor) -> Actor:
    async with database.read() as session:
        return await get_actor(session, actor.id)


async def test_what_others_say_may_be_read_by_several_at_once(database, client, bob):
    actor = await _known(database, client, bob)

    await asyncio.gather(*(fetch_profiles(database, client, actor.id) for _ in range(4)))

    seen = await _seen(database, actor, is_doctor=True)
    assert (seen.skills, seen.hospital) == (("stimulation",), "CHU")


async def test_a_document_that_is_gone_is_forgotten(database, client, bob, remote):
    actor = await _known(database, client, bob)
    remote.remove(f"{bob.uri}/profile/doctors", gone=True)

    await fetch_profiles(database, client, actor.id)

    assert (await _seen(database, actor, is_doctor=True)).hospital == ""
    known = await _documents(database)
    assert (known["doctors"].audience, bool(known["doctors"].problem)) == (None, True)


async def test_a_document_that_the_actor_no_longer_lists_is_forgotten(database, client, bob):
    actor = await _known(database, client, bob)
    bob.properties["profiles"] = [f"{bob.uri}/profile/contacts"]

    await _known(database, client, bob)

    assert (await _seen(database, actor, is_doctor=True)).hospital == ""
    assert (await _documents(database)).keys() == {"contacts"}


async def test_an_actor_that_says_nothing_any_more_is_no_longer_quoted(database, client, bob):
    actor = await _known(database, client, bob)
    bob.properties.update(profiles=None, practitioner=None)

    await _known(database, client, bob)

    assert (await _seen(database, actor, is_doctor=True)).is_empty
    assert await _documents(database) == {}


async def test_silence_says_nothing(database, client, bob, remote):
    actor = await _known(database, client, bob)
    remote.script("/users/bob/profile/doctors", status=503)

    with pytest.raises(FetchUnavailable):
        await fetch_profiles(database, client, actor.id)

    assert (await _seen(database, actor, is_doctor=True)).hospital == "CHU"


async def test_a_document_about_somebody_else_is_refused(database, client, bob, remote):
    carl = remote.person("carl", profiles=bob.properties["profiles"])

    actor = await _known(database, client, carl)

    assert (await _seen(database, actor, is_doctor=True)).is_empty
    assert "another's" in (await _documents(database))["doctors"].problem


async def test_a_document_of_another_origin_is_not_even_asked_for(database, client, bob):
    with FakeRemote("v") as other:
        await list_peer(database, other)
        mallory = other.person("mallory", profiles=bob.properties["profiles"])

        actor = await _known(database, client, mallory)

    assert (await _seen(database, actor, is_doctor=True)).is_empty
    assert bob.remote.gets("/users/bob/profile") == []


async def test_a_document_for_nobody_known_is_kept_for_nobody(database, client, bob):
    _serve(bob, "doctors", ["https://www.w3.org/ns/activitystreams#Public"], {"hospital": "CHU"})

    actor = await _known(database, client, bob)

    assert (await _seen(database, actor, is_doctor=True)).hospital == ""
    assert "nobody known" in (await _documents(database))["doctors"].problem


async def test_of_two_documents_for_the_same_people_the_first_counts(database, client, bob):
    more = _serve(bob, "more", [DOCTORS], {"hospital": "Elsewhere"})
    bob.properties["profiles"].append(more)

    actor = await _known(database, client, bob)

    assert (await _seen(database, actor, is_doctor=True)).hospital == "CHU"


async def test_what_cannot_be_is_left_out_and_the_rest_is_kept(database, client, bob):
    _serve(
        bob, "doctors", [DOCTORS],
        {"languages": ["fr", "elvish"], "skills": ["Verified doctor ✅"], "hospital": "CHU",
         "referralContact": {"phone": "javascript:alert(1)", "mssante": "a@chu.mssante.fr"},
         "publications": {"orcid": "0000-0000-0000-0000", "works": [{"doi": "10.1000/1"}]},
         "career": [CAREER, {"kind": "post", "place": "x"}]},
    )  # fmt: skip

    actor = await _known(database, client, bob)

    seen = await _seen(database, actor, is_doctor=True)
    assert (seen.languages, seen.skills) == (("fr",), ("stimulation",))
    assert (seen.referral_contact.phone, seen.referral_contact.mssante) == (
        "", "a@chu.mssante.fr"
    )  # fmt: skip
    assert (seen.publications.orcid, len(seen.publications.works)) == ("", 1)
    assert [step.place for step in seen.career] == ["Lyon-Est"]


async def test_of_too_much_the_first_is_kept(database, client, bob):
    many = {
        "subSpecialities": [f"rythmologie {number}" for number in range(12)],
        "career": [CAREER | {"place": f"Lyon {number}"} for number in range(45)],
        "publications": {"works": [{"doi": f"10.1000/{number}"} for number in range(120)]},
    }
    _serve(bob, "doctors", [DOCTORS], many)

    actor = await _known(database, client, bob)

    seen = await _seen(database, actor, is_doctor=True)
    assert [len(seen.subspecialities), len(seen.career), len(seen.publications.works)] == [
        10, 40, 100,
    ]  # fmt: skip
    assert seen.subspecialities[0] == "rythmologie 0"


@pytest.mark.parametrize(
    ("code", "town", "kept"), [("69123", "Lyon", "69123"), ("x-1", "Elsewhere", "")]
)
async def test_a_town_of_our_list_is_where_our_list_has_it(
    database, client, bob, code, town, kept
):
    place = {"name": "Elsewhere", "latitude": 1.5, "longitude": 2.5, "code": code, "country": "DE"}
    _serve(bob, "doctors", [DOCTORS], {"place": place})

    actor = await _known(database, client, bob)

    seen = (await _seen(database, actor, is_doctor=True)).place
    assert (seen.town, seen.code) == (town, kept)
    assert (seen.latitude == 1.5) is (not kept)


async def test_profession_and_specialities_are_never_taken_from_what_somebody_says(
    database, client, bob
):
    _serve(bob, "doctors", [DOCTORS], {"profession": "10", "specialities": ["SM04"]})

    actor = await _known(database, client, bob)

    async with database.read() as session:
        stated = (await read_stated(session, [actor.id]))[actor.id]
        assert await find_badges(session, [actor.id]) == {}
    assert {one.name for one in stated} == {"skills", "unit", "summary"}


async def test_what_somebody_said_goes_when_they_go(database, client, bob):
    actor = await _known(database, client, bob)
    async with database.transaction() as session:
        await owe_erasure(session, await get_actor(session, actor.id))

    while await process_jobs(database, client):
        pass

    assert (await _seen(database, actor, is_doctor=True)).is_empty
    assert await _documents(database) == {}


async def test_nothing_is_fetched_of_those_who_live_here(database, client, asked):
    assert asked.host == LOCAL_HOST

    await fetch_profiles(database, client, asked.id)

    assert (await _seen(database, asked)).skills == ("ablation de FA",)
