"""Remote actors: fetched, proven, stored once, looked at again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from actors.models import Actor
from actors.queries import find_actor_by_uri, find_extension, find_key, list_public_keys
from actors.remote import refresh_actor, resolve_actor, resolve_handle
from core import clock
from core.errors import (
    FetchFailed,
    FetchUnavailable,
    Gone,
    HostRefused,
    InvalidDocument,
    NotFound,
    Untrusted,
)
from db.jobs import Job
from factories import make_local_actor
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from moderation.models import Peer, PeerClass


async def jobs(database, kind):
    async with database.read() as session:
        found = await session.scalars(select(Job).where(col(Job.kind) == kind))
        return [job.payload for job in found]


async def test_an_unknown_actor_is_fetched_and_stored(database, client, remote):
    bob = remote.person("bob", name="Dr Bob", summary="<p>Cardiologue<script>x</script></p>")

    actor = await resolve_actor(database, client, bob.uri)

    assert (actor.username, actor.host, actor.domain) == ("bob", remote.host, remote.host)
    assert (actor.name, actor.summary) == ("Dr Bob", "<p>Cardiologue</p>")
    assert actor.shared_inbox == remote.shared_inbox
    assert actor.fetched_at is not None
    async with database.read() as session:
        keys = await list_public_keys(session, actor.id)
    assert [(key.algorithm, key.uri) for key in keys] == [
        ("rsa", bob.key_id), ("ed25519", bob.proof_key_id)
    ]  # fmt: skip


async def test_a_known_actor_is_not_fetched_again(database, client, remote):
    bob = remote.person("bob")
    first = await resolve_actor(database, client, bob.uri)
    remote.journal.clear()

    again = await resolve_actor(database, client, f"{bob.uri}#main-key")

    assert again.id == first.id
    assert remote.journal == []


async def test_a_stale_one_is_refreshed_when_asked_to_be_fresh(database, client, remote):
    bob = remote.person("bob")
    await resolve_actor(database, client, bob.uri)
    bob.properties["name"] = "Dr Robert"
    clock.shift(timedelta(hours=2))

    actor = await resolve_actor(database, client, bob.uri, max_age=timedelta(hours=1))

    assert actor.name == "Dr Robert"


async def test_a_stale_one_is_returned_when_its_host_is_down(database, client, remote):
    bob = remote.person("bob")
    first = await resolve_actor(database, client, bob.uri)
    clock.shift(timedelta(hours=2))
    remote.refuse()

    again = await resolve_actor(database, client, bob.uri, max_age=timedelta(hours=1))

    assert again.id == first.id


async def test_an_old_one_is_looked_at_again_in_the_background(database, client, remote):
    bob = remote.person("bob")
    await resolve_actor(database, client, bob.uri)
    assert await jobs(database, "refresh actor") == []
    clock.shift(timedelta(days=2))

    await resolve_actor(database, client, bob.uri)
    await resolve_actor(database, client, bob.uri)

    assert await jobs(database, "refresh actor") == [{"uri": bob.uri}]


async def test_two_at_once_make_one_row(database, client, remote):
    bob = remote.person("bob")

    actors = await asyncio.gather(
        *(resolve_actor(database, client, bob.uri) for _ in range(6))
    )

    assert len({actor.id for actor in actors}) == 1
    async with database.read() as session:
        count = select(func.count()).select_from(Actor).where(col(Actor.uri) == bob.uri)
        assert await session.scalar(count) == 1


async def test_a_local_actor_comes_from_the_database(database, client, remote):
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice")

    found = await resolve_actor(database, client, alice.uri)

    assert found.id == alice.id
    with pytest.raises(NotFound):
        await resolve_actor(database, client, "http://a.localhost:8001/users/nobody")
    assert remote.journal == []


@pytest.mark.parametrize("peer_class", [None, PeerClass.BLOCKED])
async def test_d35_a_host_that_is_no_peer_is_not_asked(database, client, bare_remote, peer_class):
    if peer_class is not None:
        await list_peer(database, bare_remote, peer_class)
    bob = bare_remote.person("bob")

    with pytest.raises(HostRefused):
        await resolve_actor(database, client, bob.uri)
    with pytest.raises(HostRefused):
        await resolve_handle(database, client, bob.handle)

    assert bare_remote.journal == []


async def test_d35_a_peers_handle_domain_has_no_actors(database, client, remote):
    with FakeRemote("handles") as other:
        async with database.transaction() as session:
            peer = await session.get(Peer, remote.host)
            peer.also = [other.host]
        bob = other.person("bob")

        with pytest.raises(HostRefused):
            await resolve_actor(database, client, bob.uri)

        assert other.journal == []


async def test_a_gone_actor_is_marked(database, client, remote):
    bob = remote.person("bob")
    await resolve_actor(database, client, bob.uri)
    remote.remove(bob.uri, gone=True)

    with pytest.raises(Gone):
        await refresh_actor(database, client, bob.uri)

    async with database.read() as session:
        stored = await find_actor_by_uri(session, bob.uri)
    assert stored.deleted_at is not None
    with pytest.raises(Gone):
        await resolve_actor(database, client, bob.uri)


@pytest.mark.parametrize("status", [404, 500])
async def test_d20_an_absent_or_broken_answer_deletes_nothing(database, client, remote, status):
    bob = remote.person("bob")
    await resolve_actor(database, client, bob.uri)
    remote.script(bob.uri, status=status)

    with pytest.raises((NotFound, FetchUnavailable)):
        await refresh_actor(database, client, bob.uri)

    assert (await resolve_actor(database, client, bob.uri)).deleted_at is None


@pytest.mark.parametrize(
    "properties",
    [
        {"inbox": "http://v.test/inbox"},
        {"outbox": "http://v.test/outbox"},
        {"endpoints": {"sharedInbox": "http://v.test/inbox"}},
        {"inbox": None},
        {"preferredUsername": "a/b"},
        {"preferredUsername": None},
        {"type": "Note"},
    ],
)
async def test_d22_d23_d24_what_no_actor_may_say_is_refused(database, client, remote, properties):
    bob = remote.person("bob", **properties)

    with pytest.raises(InvalidDocument):
        await resolve_actor(database, client, bob.uri)

    async with database.read() as session:
        assert await find_actor_by_uri(session, bob.uri) is None


async def test_d26_a_person_stays_a_person(database, client, remote):
    bob = remote.person("bob")
    await resolve_actor(database, client, bob.uri)
    bob.kind = "Application"

    with pytest.raises(InvalidDocument):
        await refresh_actor(database, client, bob.uri)


async def test_an_actor_under_another_id_is_asked_for_there(database, client, remote):
    bob = remote.person("bob")
    remote.serve(bob.document(), at="/@bob")

    actor = await resolve_actor(database, client, f"{remote.base_url}/@bob")

    assert actor.uri == bob.uri


async def test_an_id_that_is_not_where_it_says_is_refused(database, client, remote):
    bob = remote.person("bob")
    remote.serve({**bob.document(), "id": f"{remote.base_url}/users/victim"}, at=bob.uri)

    with pytest.raises((Untrusted, NotFound)):
        await resolve_actor(database, client, bob.uri)


async def test_keys_are_stored_only_with_a_true_owner(database, client, remote):
    bob, eve = remote.person("bob"), remote.person("eve")
    eve.properties["publicKey"] = [
        {"id": eve.key_id, "owner": eve.uri, "publicKeyPem": eve.public_pem},
        {"id": f"{eve.uri}#stolen", "owner": bob.uri, "publicKeyPem": eve.public_pem},
        {"id": "http://v.test/key", "owner": eve.uri, "publicKeyPem": eve.public_pem},
        {"id": bob.key_id, "owner": eve.uri, "publicKeyPem": eve.public_pem},
    ]
    actor = await resolve_actor(database, client, eve.uri)

    async with database.read() as session:
        rsa = [k.uri for k in await list_public_keys(session, actor.id) if k.algorithm == "rsa"]
    assert rsa == [eve.key_id]


async def test_a_rotated_key_takes_the_old_ones_place(database, client, remote):
    bob = remote.person("bob")
    await resolve_actor(database, client, bob.uri)
    old = bob.proof_key_id
    bob.rotate_key()
    bob.rotate_proof_key()

    await refresh_actor(database, client, bob.uri)

    async with database.read() as session:
        assert (await find_key(session, bob.key_id)).public_key == bob.public_pem
        assert await find_key(session, bob.proof_key_id) is not None
        assert await find_key(session, old) is None


async def test_credentials_are_checked_when_they_are_new_or_change(database, client, remote):
    bob = remote.person("bob")
    actor = await resolve_actor(database, client, bob.uri)
    assert await jobs(database, "check credential") == []

    uri = bob.credential()
    await refresh_actor(database, client, bob.uri)

    assert await jobs(database, "check credential") == [{"actor_id": actor.id}]
    async with database.transaction() as session:
        assert (await find_extension(session, actor.id))["credentials"] == [uri]
        await session.delete((await session.scalars(select(Job))).one())
    await refresh_actor(database, client, bob.uri)
    assert await jobs(database, "check credential") == []

    bob.properties["credentials"] = None
    await refresh_actor(database, client, bob.uri)
    assert await jobs(database, "check credential") == [{"actor_id": actor.id}]


# Handles


async def test_a_handle_is_found_by_webfinger(database, client, remote):
    bob = remote.person("bob")

    actor = await resolve_handle(database, client, f"@{bob.handle}")

    assert (actor.uri, actor.handle) == (bob.uri, bob.handle)


async def test_a_known_handle_is_not_asked_for(database, client, remote):
    bob = remote.person("Bob.M")
    await resolve_actor(database, client, bob.uri)
    remote.journal.clear()

    actor = await resolve_handle(database, client, f"bob.m@{remote.host.upper()}")

    assert actor.uri == bob.uri
    assert remote.journal == []


async def test_local_handles_with_and_without_domain(database, client):
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice")

    for handle in ("alice", "@Alice", "alice@a.localhost:8001", "acct:alice@a.localhost:8001"):
        assert (await resolve_handle(database, client, handle)).id == alice.id
    for handle in ("nobody", "nobody@a.localhost:8001"):
        with pytest.raises(NotFound):
            await resolve_handle(database, client, handle)
    with pytest.raises(InvalidDocument):
        await resolve_handle(database, client, "a b@c")


async def test_nobody_has_such_a_handle(database, client, remote):
    with pytest.raises(NotFound):
        await resolve_handle(database, client, f"nobody@{remote.host}")


async def test_e09_a_handle_domain_apart_from_the_host_is_proven_both_ways(
    database, client, bare_remote
):
    with FakeRemote("handles") as handles:
        bare_remote.domain = handles.host
        bob = bare_remote.person("bob")
        await list_peer(database, bare_remote)
        async with database.transaction() as session:
            (await session.get(Peer, bare_remote.host)).also = [handles.host]
        link = {"rel": "self", "type": "application/activity+json", "href": bob.uri}
        path = f"/.well-known/webfinger?resource=acct%3Abob%40{handles.host.replace(':', '%3A')}"
        handles.script(path, body={"subject": f"acct:bob@{handles.host}", "links": [link]},
                       content_type="application/jrd+json")  # fmt: skip

        by_handle = await resolve_handle(database, client, f"bob@{handles.host}")
        by_host = await resolve_handle(database, client, f"bob@{bare_remote.host}")

        assert by_handle.handle == f"bob@{handles.host}"
        assert by_host.id == by_handle.id


async def test_e03_a_domain_that_does_not_point_back_is_not_adopted(
    database, client, bare_remote
):
    with FakeRemote("victims") as victims:
        bare_remote.domain = victims.host
        evil = bare_remote.person("evil")
        await list_peer(database, bare_remote)
        await list_peer(database, victims)
        victims.person("evil")

        actor = await resolve_actor(database, client, evil.uri)

        assert actor.handle == f"evil@{bare_remote.host}"


async def test_e04_a_handle_that_points_at_somebody_elses_actor_is_not_theirs(
    database, client, remote
):
    with FakeRemote("victims") as victims:
        await list_peer(database, victims)
        victim = victims.person("victim")
        link = {"rel": "self", "type": "application/activity+json", "href": victim.uri}
        path = f"/.well-known/webfinger?resource=acct%3Aevil%40{remote.host.replace(':', '%3A')}"
        remote.script(path, body={"subject": f"acct:evil@{remote.host}", "links": [link]},
                      content_type="application/jrd+json")  # fmt: skip

        with pytest.raises(NotFound):
            await resolve_handle(database, client, f"evil@{remote.host}")


async def test_webfinger_that_fails_or_hangs_leaves_the_host_as_the_domain(
    database, client, remote, monkeypatch
):
    monkeypatch.setattr("actors.remote.WEBFINGER_S", 0.2)
    bob, bea = remote.person("bob"), remote.person("bea")
    for person, behaviour in ((bob, {"status": 500}), (bea, {"hang": True})):
        name = f"{person.username}%40{remote.host.replace(':', '%3A')}"
        remote.script(f"/.well-known/webfinger?resource=acct%3A{name}", **behaviour)

        actor = await resolve_actor(database, client, person.uri)

        assert actor.domain == remote.host


async def test_a_document_of_another_kind_is_refused(database, client, remote):
    bob = remote.person("bob")
    remote.script(bob.uri, body=bob.document(), content_type="text/html")

    with pytest.raises(FetchFailed):
        await resolve_actor(database, client, bob.uri)
