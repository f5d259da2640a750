"""Follow, Accept, Reject and Block: who may ask, and who may answer."""

from __future__ import annotations

import json

from sqlmodel import col

from actors.blocks import save_block
from actors.models import Actor, Block, Follow
from notifications.models import Kind, Notification
from outbox.follow import send_follow
from outbox.models import OutboxActivity
from posts.models import Post


async def _asked(house, alice, bob, *, accepted=False) -> Follow:
    actor = await house.known(bob)
    if accepted:
        await house.follows(alice, actor)
    else:
        async with house.database.transaction() as session:
            await send_follow(session, alice, actor)
    return await house.one(Follow)


async def _sent(house, kind):
    rows = await house.all(OutboxActivity, col(OutboxActivity.type) == kind)
    return [json.loads(row.body) for row in rows]


async def test_an_open_account_accepts_at_once(house, alice, bob):
    follow = bob.follow(alice.uri)

    await house.take(bob, follow)

    accept = (await _sent(house, "Accept"))[0]
    assert accept["object"]["id"] == follow["id"]
    assert (await house.one(Notification)).kind == Kind.FOLLOW
    assert (await house.one(Actor, col(Actor.id) == alice.id)).followers_count == 1


async def test_a_follow_of_a_locked_account_waits(house, bob):
    carol = await house.local("carol", locked=True)

    await house.take(bob, bob.follow(carol.uri))

    assert (await house.one(Follow)).accepted_at is None
    assert (await house.one(Notification)).kind == Kind.FOLLOW_REQUEST
    assert await _sent(house, "Accept") == []


async def test_a_repeated_follow_is_accepted_again(house, alice, bob):
    await house.take(bob, bob.follow(alice.uri))

    await house.take(bob, bob.follow(alice.uri))

    assert len(await _sent(house, "Accept")) == 2
    assert len(await house.all(Notification)) == 1
    assert (await house.one(Actor, col(Actor.id) == alice.id)).followers_count == 1


async def test_whom_the_target_blocks_is_turned_down(house, alice, bob):
    actor = await house.known(bob)
    async with house.database.transaction() as session:
        await save_block(session, alice, actor, uri=f"{alice.uri}/activities/1")

    await house.take(bob, bob.follow(alice.uri))

    assert await house.all(Follow) == []
    assert await house.all(Notification) == []
    assert len(await _sent(house, "Reject")) == 1


async def test_an_accept_makes_a_request_a_follow(house, alice, bob):
    follow = await _asked(house, alice, bob)
    note = bob.note()
    async with house.database.transaction() as session:
        session.add(Post(uri=note["id"], author_id=follow.followee_id, visibility="public"))

    await house.take(bob, bob.activity("Accept", follow.uri))

    assert (await house.one(Follow)).accepted_at is not None
    assert len(await house.home(alice)) == 1


async def test_an_accept_may_embed_the_follow_under_another_id(house, alice, bob):
    await _asked(house, alice, bob)
    embedded = {"type": "Follow", "actor": alice.uri, "object": bob.uri}

    await house.take(bob, bob.activity("Accept", embedded))

    assert (await house.one(Follow)).accepted_at is not None


async def test_B24_only_the_followed_actor_answers(house, remote, alice, bob):
    follow = await _asked(house, alice, bob)
    mallory = remote.person("mallory")
    await house.known(mallory)
    embedded = {"id": follow.uri, "type": "Follow", "actor": alice.uri, "object": bob.uri}

    async with house.nothing_changes():
        for kind in ("Accept", "Reject"):
            for answered in (follow.uri, embedded, {**embedded, "object": mallory.uri}):
                assert await house.take(mallory, mallory.activity(kind, answered)) == 202


async def test_B25_an_accept_of_what_we_never_sent_does_nothing(house, alice, bob):
    await house.known(bob)
    invented = f"{alice.uri}/activities/1"
    embedded = {"id": invented, "type": "Follow", "actor": alice.uri, "object": bob.uri}

    async with house.nothing_changes():
        for answered in (invented, embedded):
            assert await house.take(bob, bob.activity("Accept", answered)) == 202


async def test_B26_an_accept_of_an_altered_follow_does_nothing(house, remote, alice, bob):
    follow = await _asked(house, alice, bob)
    altered = {"id": follow.uri, "type": "Follow", "actor": alice.uri, "object": remote.base_url}

    async with house.nothing_changes():
        assert await house.take(bob, bob.activity("Accept", altered)) == 202


async def test_B27_a_reject_ends_an_accepted_follow(house, alice, bob):
    follow = await _asked(house, alice, bob, accepted=True)

    await house.take(bob, bob.activity("Reject", follow.uri))

    assert await house.all(Follow) == []
    assert (await house.one(Actor, col(Actor.id) == alice.id)).following_count == 0


async def test_B40_a_block_cuts_what_is_between_the_two(house, alice, bob):
    await _asked(house, alice, bob, accepted=True)
    await house.take(bob, bob.follow(alice.uri))
    note = bob.note()
    await house.take(bob, bob.create(note))
    assert len(await house.home(alice)) == 1

    await house.take(bob, bob.activity("Block", alice.uri))

    assert await house.all(Follow) == []
    assert await house.all(Notification) == []
    assert await house.home(alice) == []
    assert len(await house.all(Block)) == 1


async def test_a_follow_of_the_instance_itself_is_ignored(house, remote, bob):
    async with house.nothing_changes():
        await house.take(bob, bob.follow(f"{house.uris.base_url}/actor"))

    assert (await house.outcome())[0] == "ignored"
