"""What somebody says of their practice goes to whom it is for, and to nobody else."""

from __future__ import annotations

import pytest
import pytest_asyncio

from actors.follows import save_follow
from doctors.models import FieldAudience
from doctors.practice import InvalidField, read_settings
from factories import make_local_actor, make_peer, make_remote_actor
from fakes.proofs import is_proven
from federation.vocabulary import AS_PUBLIC, VERIFIED_DOCTORS
from moderation.models import PeerClass
from outbox.practice import PracticeChanges, send_practice
from outbox.update import send_update_actor

PUBLIC, DOCTORS, CONTACTS, NOBODY = FieldAudience
CLINICAL, SOCIAL = "b.localhost:8002", "s.localhost:8003"


@pytest_asyncio.fixture
async def alice(session):
    """A doctor here with a follower at a social host; there is a clinical peer besides."""
    await make_peer(session, CLINICAL, peer_class=PeerClass.CLINICAL)
    await make_peer(session, SOCIAL, peer_class=PeerClass.SOCIAL)
    alice = await make_local_actor(session, "alice", doctor=True)
    carl = await make_remote_actor(session, "carl", host=SOCIAL)
    await save_follow(session, carl, alice, uri="x:1", accepted=True)
    return alice


@pytest.fixture
def told(sent):
    """`await told()`: the objects of the Updates that are owed, with the host of each."""

    async def read() -> list[tuple[str, dict]]:
        return [
            (inbox.removeprefix("http://").partition("/")[0], activity)
            for inbox, activity in await sent("Update")
        ]

    return read


def _kinds(told) -> set[tuple[str, str]]:
    return {
        (host, activity["object"]["id"].rpartition("/users/")[2]) for host, activity in told
    }


async def test_what_is_for_everybody_goes_with_the_actor(session, alice, told):
    await send_practice(session, alice, PracticeChanges({"skills": (["cryoablation"], PUBLIC)}))

    assert _kinds(await told()) == {(CLINICAL, "alice"), (SOCIAL, "alice")}


async def test_what_is_for_doctors_goes_to_clinical_peers_only_proven(session, alice, told):
    await send_practice(session, alice, PracticeChanges({"unit": ("USIC", DOCTORS)}))

    found = await told()
    assert _kinds(found) == {
        (CLINICAL, "alice"), (SOCIAL, "alice"), (CLINICAL, "alice/profile/doctors")
    }  # fmt: skip
    (update,) = [one for _, one in found if one["object"]["type"] == "Profile"]
    assert (update["to"], update["object"]["to"]) == ([VERIFIED_DOCTORS], [VERIFIED_DOCTORS])
    assert update["object"]["practitioner"] == {"unit": "USIC"}
    for document in (update, update["object"]):
        key = document["proof"]["verificationMethod"].partition("#")[2]
        assert is_proven(document, key)


async def test_the_words_for_doctors_are_in_nothing_that_a_social_host_gets(session, alice, told):
    await send_practice(session, alice, PracticeChanges({"unit": ("USIC", DOCTORS)}))

    assert "USIC" not in str([one for host, one in await told() if host == SOCIAL])


async def test_what_is_for_contacts_goes_to_followers_hosts_only(session, alice, told):
    await send_practice(session, alice, PracticeChanges({"unit": ("USIC", CONTACTS)}))

    found = await told()
    assert ("s.localhost:8003", "alice/profile/contacts") in _kinds(found)
    assert "USIC" not in str([one for host, one in found if host == CLINICAL])
    (update,) = [one for _, one in found if one["object"]["type"] == "Profile"]
    assert update["to"] == [alice.followers_uri]


async def test_another_value_for_the_same_people_is_told_to_them_alone(session, alice, told):
    await send_practice(session, alice, PracticeChanges({"unit": ("USIC", DOCTORS)}))
    before = len(await told())

    await send_practice(session, alice, PracticeChanges({"unit": ("USIP", DOCTORS)}))

    assert _kinds((await told())[before:]) == {(CLINICAL, "alice/profile/doctors")}


async def test_what_is_for_nobody_and_what_reads_the_same_is_told_to_nobody(session, alice, told):
    await send_practice(session, alice, PracticeChanges({"unit": ("USIC", NOBODY)}))
    assert await told() == []
    await send_practice(session, alice, PracticeChanges({"unit": ("USIC", PUBLIC)}))
    before = len(await told())

    await send_practice(session, alice, PracticeChanges({"unit": ("USIC", PUBLIC)}))

    assert len(await told()) == before


async def test_a_document_with_nothing_left_in_it_leaves_the_actor(session, alice, told):
    await send_practice(session, alice, PracticeChanges({"unit": ("USIC", DOCTORS)}))
    before = len(await told())

    await send_practice(session, alice, PracticeChanges({"unit": ("", DOCTORS)}))

    found = (await told())[before:]
    assert _kinds(found) == {(CLINICAL, "alice"), (SOCIAL, "alice")}
    assert all("profiles" not in one["object"] for _, one in found)


async def test_a_profile_that_turns_private_is_told_bare_and_whole_to_contacts(
    session, alice, told
):
    alice.summary = "<p>Rythmologue</p>"
    await send_practice(session, alice, PracticeChanges({"skills": (["cryoablation"], PUBLIC)}))
    before = len(await told())

    await send_practice(session, alice, PracticeChanges(is_private=True))

    found = (await told())[before:]
    assert _kinds(found) == {
        (CLINICAL, "alice"), (SOCIAL, "alice"), (SOCIAL, "alice/profile/contacts")
    }  # fmt: skip
    bare = [one for _, one in found if one["object"]["type"] == "Person"]
    assert all(one["to"] == [AS_PUBLIC] for one in bare)
    assert "Rythmologue" not in str(bare) and "cryoablation" not in str(bare)
    (whole,) = [one["object"] for _, one in found if one["object"]["type"] == "Profile"]
    assert whole["summary"] == "<p>Rythmologue</p>"
    assert whole["practitioner"]["skills"] == ["cryoablation"]


async def test_new_words_of_a_private_profile_go_to_contacts(session, alice, told):
    await send_practice(session, alice, PracticeChanges(is_private=True))
    before = len(await told())
    alice.summary = "<p>New</p>"

    await send_update_actor(session, alice)

    found = (await told())[before:]
    assert [host for host, one in found if "New" in str(one)] == [SOCIAL]


async def test_nothing_is_changed_or_told_where_something_cannot_be(session, alice, told):
    with pytest.raises(InvalidField):
        await send_practice(
            session, alice, PracticeChanges({"languages": (["xx"], PUBLIC)}, is_private=True)
        )

    assert await told() == []
    assert not (await read_settings(session, alice.id)).is_private
