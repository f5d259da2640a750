"""Follow, Accept, Reject, Block and their Undo: the local effect, and what is owed."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.blocks import find_block, save_block
from actors.follows import find_follow, save_follow
from core.errors import Forbidden, NotFound
from factories import make_local_actor, make_peer, make_remote_actor
from federation.documents.lenient import embed
from federation.proofs import verify_proof
from moderation.models import PeerClass
from notifications.models import Kind, Notification
from outbox.accept import build_accept, send_accept
from outbox.block import send_block
from outbox.follow import build_follow, send_follow
from outbox.models import OutboxActivity
from outbox.reject import send_reject
from outbox.undo import build_undo, send_undo_block, send_undo_follow


@pytest_asyncio.fixture
async def alice(session):
    await make_peer(session)
    return await make_local_actor(session)


@pytest_asyncio.fixture
async def bob(session, alice):
    return await make_remote_actor(session)


async def _notices(session, owner) -> list[Kind]:
    statement = select(col(Notification.kind)).where(col(Notification.owner_id) == owner.id)
    return list(await session.scalars(statement))


def _proof_holds(activity: dict) -> bool:
    key = activity["proof"]["verificationMethod"].partition("#")[2]
    verify_proof(embed(activity), key)
    return True


def test_builders_say_the_same_thing_twice():
    names = {
        "followee_uri": "https://a.example/users/alice",
        "follower_uri": "https://b.example/users/bob",
        "follow_uri": "https://b.example/follows/1",
    }
    follow = build_follow(
        id="https://a.example/users/alice/activities/1",
        follower_uri="https://a.example/users/alice",
        followee_uri="https://b.example/users/bob",
    )

    assert build_accept(**names) == build_accept(**names)
    assert build_undo(actor_uri=follow["actor"], undone=follow)["id"] == (
        build_undo(actor_uri=follow["actor"], undone=follow)["id"]
    )
    other = names | {"follow_uri": "https://b.example/follows/2"}
    assert build_accept(**names)["id"] != build_accept(**other)["id"]


async def test_a_follow_of_a_remote_waits_and_is_owed_to_its_own_inbox(session, sent, alice, bob):
    follow = await send_follow(session, alice, bob)

    assert follow.accepted_at is None
    ((inbox, activity),) = await sent()
    assert inbox == bob.inbox
    assert (activity["type"], activity["actor"], activity["object"], activity["to"]) == (
        "Follow",
        alice.uri,
        bob.uri,
        [bob.uri],
    )
    assert activity["id"] == follow.uri
    assert _proof_holds(activity)


async def test_asking_again_while_a_request_waits_says_the_same_thing(session, sent, alice, bob):
    first = (await send_follow(session, alice, bob)).uri

    again = await send_follow(session, alice, bob, shows_boosts=False, notifies=True)

    assert again.uri == first
    assert (again.shows_boosts, again.notifies) == (False, True)
    assert len(await sent("Follow")) == 1


async def test_following_again_after_an_undo_is_a_new_follow(session, sent, alice, bob):
    first = (await send_follow(session, alice, bob)).uri
    await send_undo_follow(session, alice, bob)

    second = (await send_follow(session, alice, bob)).uri

    assert first != second
    assert [activity["type"] for _, activity in await sent()] == ["Follow", "Undo", "Follow"]


async def test_an_open_account_here_is_followed_at_once_without_http(session, sent, alice):
    carol = await make_local_actor(session, "carol", locked=False)

    follow = await send_follow(session, alice, carol)

    assert follow.accepted_at is not None
    assert await _notices(session, carol) == [Kind.FOLLOW]
    assert await sent() == []


async def test_a_locked_account_here_is_asked(session, sent, alice):
    carol = await make_local_actor(session, "carol", locked=True)

    follow = await send_follow(session, alice, carol)

    assert follow.accepted_at is None
    assert await _notices(session, carol) == [Kind.FOLLOW_REQUEST]
    assert await sent() == []


async def test_an_accepted_request_here_loses_its_notice(session, alice):
    carol = await make_local_actor(session, "carol", locked=True)
    follow = await send_follow(session, alice, carol)

    await send_accept(session, follow, follower=alice, followee=carol)

    assert follow.accepted_at is not None
    assert await _notices(session, carol) == []


@pytest.mark.parametrize("blocks", ["alice", "bob"])
async def test_nobody_follows_across_a_block(session, sent, alice, bob, blocks):
    blocker, blocked = (alice, bob) if blocks == "alice" else (bob, alice)
    await save_block(session, blocker, blocked, uri="x")

    with pytest.raises(Forbidden):
        await send_follow(session, alice, bob)

    assert await sent() == []


async def test_nobody_follows_themself_or_the_gone(session, alice, bob):
    with pytest.raises(Forbidden):
        await send_follow(session, alice, alice)
    bob.deleted_at = alice.created_at
    with pytest.raises(NotFound):
        await send_follow(session, alice, bob)


async def test_nothing_is_owed_to_a_host_that_is_no_peer(session, sent, alice):
    eve = await make_remote_actor(session, "eve", host="unknown.localhost:9")

    await send_follow(session, alice, eve)

    assert await sent() == []


async def test_an_accept_embeds_the_follow_and_is_told_again_when_asked_again(
    session, sent, alice, bob
):
    follow = await save_follow(session, bob, alice, uri=f"{bob.uri}/follows/1")

    await send_accept(session, follow, follower=bob, followee=alice)
    await send_accept(session, follow, follower=bob, followee=alice)

    ((inbox, activity),) = await sent()
    assert inbox == bob.inbox
    assert activity["object"] == {
        "id": f"{bob.uri}/follows/1",
        "type": "Follow",
        "actor": bob.uri,
        "object": alice.uri,
    }
    assert _proof_holds(activity)
    assert alice.id and (await find_follow(session, bob.id, alice.id)).accepted_at is not None


async def test_a_reject_ends_a_follow_that_was_accepted(session, sent, alice, bob):
    follow = await save_follow(session, bob, alice, uri=f"{bob.uri}/follows/1", accepted=True)

    await send_reject(session, follow, follower=bob, followee=alice)

    assert await find_follow(session, bob.id, alice.id) is None
    ((_, activity),) = await sent()
    assert (activity["type"], activity["object"]["id"]) == ("Reject", f"{bob.uri}/follows/1")


async def test_an_undone_follow_names_the_follow(session, sent, alice, bob):
    follow = await send_follow(session, alice, bob)
    uri = follow.uri

    await send_undo_follow(session, alice, bob)
    await send_undo_follow(session, alice, bob)

    assert await find_follow(session, alice.id, bob.id) is None
    ((inbox, undo),) = await sent("Undo")
    assert inbox == bob.inbox
    assert (undo["object"]["id"], undo["object"]["type"]) == (uri, "Follow")
    assert undo["to"] == [bob.uri]
    assert _proof_holds(undo)
    assert _proof_holds(undo["object"])


async def test_a_block_cuts_follows_both_ways_and_is_owed(session, sent, alice, bob):
    await save_follow(session, bob, alice, uri="1", accepted=True)
    await save_follow(session, alice, bob, uri="2", accepted=True)

    block = await send_block(session, alice, bob)
    await send_block(session, alice, bob)

    assert await find_follow(session, bob.id, alice.id) is None
    assert await find_follow(session, alice.id, bob.id) is None
    ((inbox, activity),) = await sent()
    assert (inbox, activity["type"], activity["object"]) == (bob.inbox, "Block", bob.uri)
    assert activity["id"] == block.uri


async def test_an_unblock_names_the_block(session, sent, alice, bob):
    block = await send_block(session, alice, bob)

    await send_undo_block(session, alice, bob)

    assert await find_block(session, alice.id, bob.id) is None
    ((_, undo),) = await sent("Undo")
    assert (undo["object"]["id"], undo["object"]["type"]) == (block.uri, "Block")


async def test_a_block_is_tried_for_30_days(session, sent, claim, alice, bob):
    await send_block(session, alice, bob)

    (owed,) = await claim()

    stored = await session.get_one(OutboxActivity, owed.activity_id)
    assert (owed.expires_at - stored.created_at).days in (29, 30)


async def test_a_social_peer_may_be_followed_too(session, sent, alice):
    await make_peer(session, "s.localhost:8003", peer_class=PeerClass.SOCIAL)
    sam = await make_remote_actor(session, "sam", host="s.localhost:8003")

    await send_follow(session, alice, sam)

    assert [inbox for inbox, _ in await sent()] == [sam.inbox]
