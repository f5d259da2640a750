"""B21: a Delete that nobody can sign any more is taken, and believed if the home says so too."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlmodel import col

from actors.models import Actor
from core import clock
from db.jobs import Job
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from posts.models import Post
from workers.jobs import process_jobs


@pytest_asyncio.fixture
async def post(house, alice, bob) -> Post:
    """A post by bob, whose key has changed since we saw it."""
    await house.follows(alice, await house.known(bob))
    note = bob.note()
    await house.take(bob, bob.create(note))
    return await house.post_at(note["id"])


async def _delete_with_unknown_key(house, bob) -> int:
    delete = bob.activity("Delete", bob.uri)
    return await house.take(bob, delete, key_id=f"{bob.uri}#newest-key")


async def _work(house) -> None:
    while await process_jobs(house.database, house.client):
        pass


async def _is_deleted(house, bob) -> bool:
    return (await house.one(Actor, col(Actor.uri) == bob.uri)).deleted_at is not None


async def test_B21_who_is_gone_at_home_is_removed(house, remote, bob, post):
    remote.remove(bob.uri, gone=True)

    assert await _delete_with_unknown_key(house, bob) == 202
    await _work(house)

    assert await _is_deleted(house, bob)
    assert (await house.post_at(post.uri)).deleted_at is not None


async def test_D20_who_is_not_found_is_removed_when_that_is_so_a_day_later(
    house, remote, bob, post
):
    remote.remove(bob.uri, gone=False)
    assert await _delete_with_unknown_key(house, bob) == 202

    await _work(house)
    assert not await _is_deleted(house, bob)
    clock.shift(timedelta(hours=25))
    await _work(house)

    assert await _is_deleted(house, bob)
    assert (await house.post_at(post.uri)).deleted_at is not None


async def test_D20_who_is_back_a_day_later_stays(house, remote, bob, post):
    remote.script("/users/bob", status=404, times=2)
    assert await _delete_with_unknown_key(house, bob) == 202

    await _work(house)
    clock.shift(timedelta(hours=25))
    await _work(house)

    assert not await _is_deleted(house, bob)


@pytest.mark.parametrize("status", [401, 403, 500, 503])
async def test_B21_a_home_that_does_not_say_so_deletes_nobody(house, remote, bob, post, status):
    remote.remove(bob.uri, gone=False)
    assert await _delete_with_unknown_key(house, bob) == 202
    remote.script("/users/bob", status=status, times=20)

    async with house.nothing_changes():
        await _work(house)

    assert not await _is_deleted(house, bob)


async def test_B21_who_is_still_there_stays(house, remote, bob, post):
    remote.script("/users/bob", status=404, times=1)
    assert await _delete_with_unknown_key(house, bob) == 202

    async with house.nothing_changes():
        await _work(house)

    assert not await _is_deleted(house, bob)


async def test_B21_a_tombstone_says_that_somebody_is_gone(house, remote, bob, post):
    remote.script("/users/bob", status=404, times=1)
    assert await _delete_with_unknown_key(house, bob) == 202
    remote.serve({"id": bob.uri, "type": "Tombstone"})

    await _work(house)

    assert await _is_deleted(house, bob)


async def test_B21_a_key_of_another_host_asks_nobody(house, database, bob, post):
    with FakeRemote("evil") as evil:
        await list_peer(database, evil)
        evil.mount(house.app)
        mallory = evil.person("mallory")
        evil.remove(f"{mallory.uri}/old", gone=True)

        async with house.nothing_changes():
            for knobs in ({}, {"key_id": f"{mallory.uri}/old"}):
                delete = bob.activity("Delete", bob.uri)
                assert await house.take(mallory, delete, **knobs) == 401

    assert await house.all(Job) == []


async def test_B21_only_a_delete_of_oneself_is_taken_without_a_key(house, bob, post):
    gone = f"{bob.uri}#newest-key"
    bob.remote.remove(bob.uri)

    async with house.nothing_changes():
        for activity in (bob.activity("Delete", post.uri), bob.create(bob.note())):
            assert await house.take(bob, activity, key_id=gone) == 401

    assert await house.all(Job) == []


async def test_who_answers_410_to_a_look_leaves_nothing(house, remote, bob, post):
    remote.remove(bob.uri, gone=True)
    note = bob.note()

    # Anything signed with a key that must be looked up.
    assert await house.take(bob, bob.create(note), key_id=f"{bob.uri}#newest-key") == 401
    await _work(house)

    assert await _is_deleted(house, bob)
    assert (await house.post_at(post.uri)).deleted_at is not None
