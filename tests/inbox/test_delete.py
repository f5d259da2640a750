"""Delete and Undo: each takes back what is its own, and nothing else."""

from __future__ import annotations

import pytest
from sqlmodel import col

from actors.models import Actor, Badge, Block, Follow
from doctors.models import HeldCredential
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from notifications.models import Notification
from posts.models import Like, Post, Tombstone


async def _written(house, alice, bob, **more) -> dict:
    """A post by bob, whom alice follows, which names her."""
    await house.follows(alice, await house.known(bob))
    named = [{"type": "Mention", "href": alice.uri, "name": "@alice"}]
    note = bob.note(**{"cc": [alice.uri], "tag": named, **more})
    await house.take(bob, bob.create(note))
    return note


async def _local_post(house, author) -> Post:
    post = Post(uri="", author_id=author.id, visibility="public")
    post.uri = house.uris.post(author.username, post.id)
    async with house.database.transaction() as session:
        session.add(post)
    return post


@pytest.mark.parametrize("as_tombstone", [True, False])
async def test_a_deleted_post_is_emptied(house, alice, bob, as_tombstone):
    note = await _written(house, alice, bob)
    gone = {"type": "Tombstone", "id": note["id"]} if as_tombstone else note["id"]

    await house.take(bob, bob.activity("Delete", gone))

    post = await house.post_at(note["id"])
    assert (post.content, post.deleted_at is not None) == ("", True)
    assert await house.home(alice) == []
    assert await house.all(Notification) == []


async def test_B18_nobody_deletes_anothers_post(house, remote, database, alice, bob):
    note = await _written(house, alice, bob)
    ours = await _local_post(house, alice)
    with FakeRemote("evil") as evil:
        await list_peer(database, evil)
        evil.mount(house.app)

        async with house.nothing_changes():
            for mallory in (remote.person("mallory"), evil.person("mallory")):
                for uri in (note["id"], ours.uri):
                    assert await house.take(mallory, mallory.activity("Delete", uri)) == 202
                    assert (await house.outcome())[0] == "rejected"


async def test_B19_what_was_deleted_first_stays_out(house, alice, bob):
    await house.follows(alice, await house.known(bob))
    note = bob.note()
    await house.take(bob, bob.activity("Delete", note["id"]))

    await house.take(bob, bob.create(note))

    assert await house.all(Post) == []
    assert (await house.one(Tombstone)).uri == note["id"]


async def test_B19_nobody_keeps_anothers_post_out(house, remote, alice, bob):
    await house.follows(alice, await house.known(bob))
    mallory = remote.person("mallory")
    note = bob.note()
    await house.take(mallory, mallory.activity("Delete", note["id"]))

    await house.take(bob, bob.create(note))

    assert await house.post_at(note["id"]) is not None


async def test_B20_nobody_deletes_another_actor(house, remote, alice, bob):
    note = await _written(house, alice, bob)
    mallory = remote.person("mallory")

    for gone in (bob.uri, bob.document()):
        await house.take(mallory, mallory.activity("Delete", gone))

    assert (await house.one(Actor, col(Actor.uri) == bob.uri)).deleted_at is None
    assert (await house.post_at(note["id"])).deleted_at is None


async def test_who_deletes_themselves_leaves_nothing(house, alice, bob):
    note = await _written(house, alice, bob)
    await house.take(bob, bob.follow(alice.uri))

    await house.take(bob, bob.activity("Delete", bob.uri))
    await house.do_jobs()

    actor = await house.one(Actor, col(Actor.uri) == bob.uri)
    assert actor.deleted_at is not None and actor.name == ""
    assert (await house.post_at(note["id"])).deleted_at is not None
    assert await house.all(Follow) == []
    assert (await house.one(Actor, col(Actor.id) == alice.id)).followers_count == 0


async def test_an_issuer_takes_a_credential_back(house, remote, alice, bob):
    uri = bob.credential()
    await house.take(bob, bob.create(bob.doctors_note()))
    theirs = col(Badge.actor_id) != alice.id
    assert len(await house.all(Badge, theirs)) == 1

    mallory = remote.person("mallory")
    await house.take(mallory, mallory.activity("Delete", uri))
    assert len(await house.all(Badge, theirs)) == 1
    await house.take(remote.instance, remote.instance.activity("Delete", uri))

    assert await house.all(Badge, theirs) == []
    assert (await house.one(HeldCredential)).revoked_at is not None


async def test_an_unsigned_delete_of_something_that_is_gone_is_believed(house, remote, alice, bob):
    note = await _written(house, alice, bob)
    with FakeRemote("c") as other:
        await list_peer(house.database, other)
        other.mount(house.app)
        carol = other.person("carol")
        delete = bob.activity("Delete", note["id"], signature={"type": "RsaSignature2017"})

        await house.take(carol, delete)
        assert (await house.post_at(note["id"])).deleted_at is None
        remote.remove(note["id"], gone=True)
        await house.take(carol, delete | {"id": f"{bob.uri}/activities/again"})

    assert (await house.post_at(note["id"])).deleted_at is not None


@pytest.mark.parametrize("status", [401, 403])
async def test_what_its_home_does_not_show_us_is_not_deleted(house, remote, alice, bob, status):
    note = await _written(house, alice, bob)
    remote.script(note["id"], status=status)
    with FakeRemote("c") as other:
        await list_peer(house.database, other)
        other.mount(house.app)
        signed = {"signature": {"type": "RsaSignature2017"}}

        async with house.nothing_changes():
            await house.take(other.person("carol"), bob.activity("Delete", note["id"], **signed))


async def test_not_found_says_nothing_of_a_private_post(house, remote, alice, bob):
    note = await _written(house, alice, bob, to=[alice.uri], cc=[])
    remote.remove(note["id"])
    with FakeRemote("c") as other:
        await list_peer(house.database, other)
        other.mount(house.app)
        carol = other.person("carol")

        async with house.nothing_changes():
            await house.take(
                carol, bob.activity("Delete", note["id"], signature={"type": "RsaSignature2017"})
            )


@pytest.mark.parametrize("by_id", [True, False])
async def test_a_follow_a_like_a_boost_and_a_block_are_taken_back(house, alice, bob, by_id):
    post = await _local_post(house, alice)
    done = [
        bob.follow(alice.uri),
        bob.activity("Like", post.uri),
        bob.activity("Announce", post.uri, to=["as:Public"]),
    ]
    for activity in done:
        await house.take(bob, activity)
    counted = await house.post_at(post.uri)
    assert (counted.likes_count, counted.boosts_count) == (1, 1)
    assert len(await house.all(Notification)) == 3

    for activity in done:
        await house.take(bob, bob.undo(activity["id"] if by_id else activity))

    counted = await house.post_at(post.uri)
    assert (counted.likes_count, counted.boosts_count) == (0, 0)
    assert await house.all(Notification) == []
    assert (await house.all(Like), await house.all(Follow)) == ([], [])
    block = bob.activity("Block", alice.uri)
    await house.take(bob, block)
    assert len(await house.all(Block)) == 1
    await house.take(bob, bob.undo(block["id"] if by_id else block))
    assert await house.all(Block) == []


async def test_B22_nobody_takes_back_what_another_did(house, remote, database, alice, bob):
    post = await _local_post(house, alice)
    done = [
        bob.follow(alice.uri),
        bob.activity("Like", post.uri),
        bob.activity("Announce", post.uri, to=["as:Public"]),
    ]
    for activity in done:
        await house.take(bob, activity)
    with FakeRemote("evil") as evil:
        await list_peer(database, evil)
        evil.mount(house.app)

        async with house.nothing_changes():
            for mallory in (remote.person("mallory"), evil.person("mallory")):
                for activity in done:
                    for undone in (activity, activity["id"], {**activity, "actor": mallory.uri}):
                        assert await house.take(mallory, mallory.undo(undone)) == 202


async def test_B23_an_unknown_activity_of_another_is_not_taken_back(house, remote, alice, bob):
    mallory = remote.person("mallory")
    await house.take(bob, bob.follow(alice.uri))

    async with house.nothing_changes():
        assert await house.take(mallory, mallory.undo(bob.follow(alice.uri))) == 202
        assert (await house.outcome())[0] == "rejected"


async def test_a_boost_that_was_taken_back_does_not_come_again(house, alice, bob):
    post = await _local_post(house, alice)
    announce = bob.activity("Announce", post.uri, to=["as:Public"])
    await house.take(bob, announce)
    await house.take(bob, bob.undo(announce))

    async with house.nothing_changes():
        await house.take(bob, {**announce, "published": "2026-01-01T00:00:00Z"})
