"""Our actors and collections as other servers read them, over the door itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.blocks import save_block
from actors.follows import save_follow
from actors.models import Actor
from actors.queries import mark_deleted
from actors.remote import resolve_actor
from core.clock import now
from factories import make_local_actor, make_remote_actor
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from fakes.signing import ACTIVITY_JSON
from moderation.models import PeerClass

BASE = "http://a.localhost:8001"
ALICE = f"{BASE}/users/alice"


@pytest.fixture
def settings(settings, request):
    changes = getattr(request, "param", {})
    return settings.model_copy(update=changes)


@pytest.fixture
async def alice(database, doors) -> Actor:
    async with database.transaction() as session:
        return await make_local_actor(session, "alice")


open_to_strangers = pytest.mark.parametrize("settings", [{"public_fetch": True}], indirect=True)


async def test_the_instance_actor_is_for_everybody(remote, doors):
    reply = await remote.get(f"{BASE}/actor", signed=False)

    assert reply.status == 200
    assert reply.headers["content-type"] == ACTIVITY_JSON
    assert (reply.json["type"], reply.json["id"]) == ("Application", f"{BASE}/actor")
    assert reply.json["preferredUsername"] == "a.localhost"
    assert reply.json["inbox"] == f"{BASE}/actor/inbox"


async def test_a_signed_get_gets_the_actor(remote, alice):
    reply = await remote.get(ALICE)

    assert reply.status == 200
    assert reply.json["id"] == ALICE
    assert reply.json["publicKey"]["owner"] == ALICE
    assert reply.json["endpoints"] == {"sharedInbox": f"{BASE}/inbox"}
    assert "profiles" not in reply.json
    assert reply.headers["cache-control"] == "private, no-store"
    assert "Signature" in reply.headers["vary"]


async def test_a_name_in_capitals_is_the_same_actor(remote, alice):
    reply = await remote.get(f"{BASE}/users/ALICE")

    assert reply.json["id"] == ALICE


async def test_an_unsigned_get_is_refused(remote, alice):
    reply = await remote.get(ALICE, signed=False)

    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Signature")
    assert "alice" not in reply.body.decode()


async def test_the_refusals_come_before_what_is_there(remote, alice):
    absent = f"{BASE}/users/nobody"

    unsigned = [await remote.get(url, signed=False) for url in (ALICE, absent)]

    assert [reply.status for reply in unsigned] == [401, 401]
    assert unsigned[0].body == unsigned[1].body


async def test_H31_absent_and_blocked_answer_the_same_404(database, client, remote, alice):
    bob = remote.person("bob")
    stored = await resolve_actor(database, client, bob.uri)
    async with database.transaction() as session:
        await save_block(session, alice, stored, uri=f"{ALICE}#blocks/1")

    hidden = await bob.get(ALICE)
    absent = await bob.get(f"{BASE}/users/nobody")

    assert (hidden.status, absent.status) == (404, 404)
    assert hidden.body == absent.body
    assert {k: v for k, v in hidden.headers.items() if k != "date"} == {
        k: v for k, v in absent.headers.items() if k != "date"
    }
    # Servers fetch with their instance actor: the block of one person is not the host's.
    assert (await remote.get(ALICE)).status == 200


@pytest.mark.parametrize("peer_class", [None, PeerClass.BLOCKED])
async def test_a_host_that_is_no_peer_is_refused_unasked(database, doors, alice, peer_class):
    with FakeRemote("out") as out:
        out.mount(doors)
        if peer_class is not None:
            await list_peer(database, out, peer_class)

        reply = await out.get(ALICE)

        assert reply.status == 403
        assert out.journal == []


async def test_a_social_peer_gets_the_actor_too(database, remote, alice):
    await list_peer(database, remote, PeerClass.SOCIAL)

    assert (await remote.get(ALICE)).status == 200


async def test_H29_a_suspended_actor_is_404(database, remote, alice):
    async with database.transaction() as session:
        (await session.get(Actor, alice.id)).suspended_at = now()

    assert (await remote.get(ALICE)).status == 404


async def test_H29_a_deleted_actor_is_a_tombstone(database, remote, alice):
    async with database.transaction() as session:
        await mark_deleted(session, await session.get(Actor, alice.id))

    reply = await remote.get(ALICE)

    assert reply.status == 410
    assert (reply.json["type"], reply.json["id"]) == ("Tombstone", ALICE)
    assert (await remote.get(ALICE, signed=False)).status == 401


async def test_the_instance_is_not_a_user(remote, doors):
    assert (await remote.get(f"{BASE}/users/a.localhost")).status == 404


async def test_H33_a_browser_is_sent_to_the_page(remote, alice):
    sent = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    reply = await remote.get(ALICE, signed=False, sent=sent)

    assert (reply.status, reply.headers["location"]) == (302, f"{BASE}/@alice")
    there = await remote.get(f"{BASE}/actor", signed=False, sent=sent)
    assert (there.status, there.headers["location"]) == (302, BASE)


@pytest.mark.parametrize(
    "accept",
    [
        "application/activity+json",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/activity+json, text/html;q=0.5",
        "*/*",
        "application/json",
    ],
)
async def test_H33_a_server_is_not_sent_to_the_page(remote, alice, accept):
    assert (await remote.get(ALICE, sent={"accept": accept})).status == 200


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "POST"])
async def test_other_methods_are_405(remote, doors, method):
    for path in ("/actor", "/users/alice", "/users/alice/followers"):
        answer = await doors.test_client().open(path, method=method)

        assert answer.status_code == 405


@open_to_strangers
async def test_an_open_instance_serves_actors_unsigned(remote, alice):
    reply = await remote.get(ALICE, signed=False)

    assert (reply.status, reply.json["id"]) == (200, ALICE)
    assert (await remote.get(f"{BASE}/users/nobody", signed=False)).status == 404
    assert (await remote.get(f"{ALICE}/followers", signed=False)).status == 401


@open_to_strangers
async def test_an_open_instance_still_refuses_a_blocked_host(database, remote, alice):
    await list_peer(database, remote, PeerClass.BLOCKED)

    assert (await remote.get(ALICE)).status == 403


@open_to_strangers
async def test_on_an_open_instance_a_bad_signature_is_none(remote, alice):
    stale = now() - timedelta(days=2)

    assert (await remote.get(ALICE, date=stale)).status == 200
    assert (await remote.get(f"{ALICE}/followers", date=stale)).status == 401


async def test_followers_are_counted_and_paged(database, remote, alice):
    async with database.transaction() as session:
        mine = await session.get(Actor, alice.id)
        people = [await make_remote_actor(session, f"p{number}") for number in range(45)]
        for person in people:
            await save_follow(session, person, mine, uri=f"{person.uri}#f", accepted=True)
        waiting = await make_remote_actor(session, "waiting")
        await save_follow(session, waiting, mine, uri=f"{waiting.uri}#f")

    head = (await remote.get(f"{ALICE}/followers")).json
    first = (await remote.get(head["first"])).json
    second = (await remote.get(first["next"])).json

    assert (head["id"], head["type"], head["totalItems"]) == (
        f"{ALICE}/followers", "OrderedCollection", 45
    )  # fmt: skip
    assert first["partOf"] == head["id"]
    assert "next" not in second
    assert first["orderedItems"] + second["orderedItems"] == [p.uri for p in reversed(people)]


async def test_following_lists_whom_one_follows(database, remote, alice):
    async with database.transaction() as session:
        mine = await session.get(Actor, alice.id)
        bob = await make_remote_actor(session, "bob")
        await save_follow(session, mine, bob, uri=f"{ALICE}/activities/1", accepted=True)

    head = (await remote.get(f"{ALICE}/following")).json
    page = (await remote.get(head["first"])).json

    assert (head["totalItems"], page["orderedItems"]) == (1, [bob.uri])


@pytest.mark.parametrize("name", ["followers", "following", "featured", "tags"])
async def test_collections_are_never_served_unsigned(remote, alice, name):
    assert (await remote.get(f"{ALICE}/{name}", signed=False)).status == 401
    assert (await remote.get(f"{ALICE}/{name}")).status == 200
    assert (await remote.get(f"{BASE}/users/nobody/{name}")).status == 404


@pytest.mark.parametrize("name", ["featured", "tags"])
async def test_nothing_is_featured_yet(remote, alice, name):
    reply = await remote.get(f"{ALICE}/{name}")

    assert (reply.json["totalItems"], reply.json["orderedItems"]) == (0, [])


@pytest.mark.parametrize("max_id", ["x", "-1", "99999999999999999999", "%C2%B2"])
async def test_a_page_that_cannot_be_is_404(remote, alice, max_id):
    reply = await remote.get(f"{ALICE}/followers?page=true&max_id={max_id}")

    assert reply.status == 404


async def test_H27_who_keeps_whom_they_know_to_themselves_tells_no_number(
    database, client, remote, alice
):
    bob = remote.person("bob")
    stored = await resolve_actor(database, client, bob.uri)
    async with database.transaction() as session:
        await save_follow(session, stored, alice, uri=f"{bob.uri}#f", accepted=True)
        (await session.get_one(Actor, alice.id)).hides_network = True

    for name in ("followers", "following"):
        for address in (f"{ALICE}/{name}", f"{ALICE}/{name}?page=true"):
            told = (await bob.get(address)).json
            assert {"totalItems", "first", "orderedItems"}.isdisjoint(told)
