"""Follows, blocks, mutes and how actors stand to each other, as rows."""

from __future__ import annotations

from datetime import timedelta

import pytest_asyncio

from actors.blocks import (
    delete_block,
    is_blocked_between,
    list_blocks,
    list_mutes,
    save_block,
    save_mute,
)
from actors.follows import (
    accept_follow,
    count_follow_requests,
    delete_follow,
    find_follow_by_uri,
    has_follower_on,
    is_following,
    list_follow_requests,
    list_followers,
    list_following,
    save_follow,
)
from actors.relationships import list_relationships
from core import clock
from core.clock import now
from db.paging import Page
from factories import make_local_actor, make_remote_actor


@pytest_asyncio.fixture
async def alice(session):
    return await make_local_actor(session, "alice")


@pytest_asyncio.fixture
async def bob(session):
    return await make_remote_actor(session, "bob")


async def test_a_follow_waits_until_it_is_accepted(session, alice, bob):
    follow = await save_follow(session, bob, alice, uri="http://b/1")

    assert await count_follow_requests(session, alice.id) == 1
    assert not await is_following(session, bob.id, alice.id)

    assert await accept_follow(session, follow)
    assert not await accept_follow(session, follow)
    assert await is_following(session, bob.id, alice.id)
    assert await count_follow_requests(session, alice.id) == 0
    assert (alice.followers_count, bob.following_count) == (1, 1)


async def test_a_repeated_follow_keeps_its_acceptance_and_its_count(session, alice, bob):
    await save_follow(session, bob, alice, uri="http://b/1", accepted=True)

    again = await save_follow(session, bob, alice, uri="http://b/2", accepted=True)

    assert again.accepted_at is not None
    assert alice.followers_count == 1
    assert await find_follow_by_uri(session, "http://b/1") is None
    assert await find_follow_by_uri(session, "http://b/2") is again


async def test_an_ended_follow_is_counted_back(session, alice, bob):
    await save_follow(session, bob, alice, uri="http://b/1", accepted=True)

    assert (await delete_follow(session, bob.id, alice.id)).uri == "http://b/1"
    assert await delete_follow(session, bob.id, alice.id) is None
    assert (alice.followers_count, bob.following_count) == (0, 0)


async def test_a_withdrawn_request_is_not_counted_back(session, alice, bob):
    await save_follow(session, bob, alice, uri="http://b/1")

    await delete_follow(session, bob.id, alice.id)

    assert alice.followers_count == 0


async def test_lists_go_newest_first_by_page(session, alice):
    fans = [await make_local_actor(session, f"fan{n}") for n in range(5)]
    for fan in fans:
        await save_follow(session, fan, alice, uri=f"{fan.uri}/f", accepted=True)

    first = await list_followers(session, alice.id, Page(limit=2))
    second = await list_followers(session, alice.id, Page(limit=2, max_id=first[-1][0].id))
    back = await list_followers(session, alice.id, Page(limit=2, min_id=second[0][0].id))

    assert [actor.username for _, actor in first] == ["fan4", "fan3"]
    assert [actor.username for _, actor in second] == ["fan2", "fan1"]
    assert [actor.username for _, actor in back] == ["fan4", "fan3"]
    assert [a.id for _, a in await list_following(session, fans[0].id, Page())] == [alice.id]


async def test_pending_requests_are_listed_apart(session, alice, bob):
    await save_follow(session, bob, alice, uri="http://b/1")

    assert await list_followers(session, alice.id, Page()) == []
    assert [a.id for _, a in await list_follow_requests(session, alice.id, Page())] == [bob.id]
    assert not await has_follower_on(session, alice.id, bob.host)


async def test_a_block_cuts_follows_both_ways(session, alice, bob):
    await save_follow(session, bob, alice, uri="http://b/1", accepted=True)
    await save_follow(session, alice, bob, uri="http://a/1", accepted=True)

    await save_block(session, alice, bob, uri="http://a/2")

    assert not await is_following(session, bob.id, alice.id)
    assert not await is_following(session, alice.id, bob.id)
    assert (alice.followers_count, alice.following_count) == (0, 0)
    assert await is_blocked_between(session, bob.id, alice.id)
    assert [a.id for _, a in await list_blocks(session, alice.id, Page())] == [bob.id]
    await delete_block(session, alice.id, bob.id)
    assert not await is_blocked_between(session, bob.id, alice.id)


async def test_a_mute_runs_out(session, alice, bob):
    await save_mute(session, alice, bob, expires_at=now() + timedelta(hours=1))

    assert [a.id for _, a in await list_mutes(session, alice.id, Page())] == [bob.id]
    clock.shift(timedelta(hours=2))
    assert await list_mutes(session, alice.id, Page()) == []


async def test_relationships_tell_both_directions(session, alice, bob):
    carol = await make_local_actor(session, "carol")
    await save_follow(session, alice, bob, uri="http://a/1", accepted=True, shows_boosts=False)
    await save_follow(session, bob, alice, uri="http://b/1")
    await save_mute(session, alice, carol, hides_notifications=False)
    await save_block(session, carol, alice, uri="http://c/1")

    of_bob, of_carol = await list_relationships(session, alice.id, [bob.id, carol.id])

    assert of_bob.following and of_bob.requested_by and not of_bob.followed_by
    assert not of_bob.shows_boosts
    assert of_carol.muting and not of_carol.muting_notifications
    assert of_carol.blocked_by and not of_carol.blocking
