"""The queue behind the door: leases, order, isolation, retries; each effect once."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import col

from actors.models import Follow
from core import clock
from core.errors import TemporaryError
from fakes.actor import PUBLIC
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from inbox import dispatch as dispatching
from inbox.models import InboxActivity
from inbox.process import carry_out, claim_batch, prepare
from inbox.queries import LEASE, MAX_ATTEMPTS, PARKED, PAUSES, forget_processed
from notifications.models import Notification
from outbox.hosts import find_host, note_failure
from posts.models import Post
from workers.incoming import process_incoming


async def _claimed(house, limit=10):
    """Claim and complete, as a worker does before it carries anything out."""
    batch = await claim_batch(house.database, limit=limit)
    return [
        (one, await prepare(house.database, house.client, one, batch)) for one in batch.received
    ]


def _engine(house):
    return house.database.direct_engine or house.database.engine.sync_engine


async def test_what_a_crash_left_held_is_done_once_its_lease_is_over(house, alice, bob):
    await bob.post(house.inbox, bob.follow(alice.uri))
    await _claimed(house)

    await house.process()
    assert await house.all(Follow) == []
    clock.shift(LEASE + timedelta(seconds=1))
    await house.process()

    assert len(await house.all(Follow)) == 1
    assert (await house.one(InboxActivity)).attempts == 2


async def test_a_worker_that_slept_through_its_lease_changes_nothing(house, alice, bob):
    await bob.post(house.inbox, bob.follow(alice.uri))
    late = await _claimed(house)
    clock.shift(LEASE + timedelta(seconds=1))
    await house.process()

    async with house.nothing_changes():
        await carry_out(house.database, late)

    assert (await house.one(InboxActivity)).outcome == "handled"


async def test_a_crash_before_the_commit_leaves_no_effect(house, alice, bob):
    await bob.post(house.inbox, bob.follow(alice.uri))
    batch = await _claimed(house)

    def crash(connection):
        raise SystemError

    event.listen(_engine(house), "commit", crash)
    with pytest.raises(SystemError):
        await carry_out(house.database, batch)
    event.remove(_engine(house), "commit", crash)
    assert await house.all(Follow) == []
    clock.shift(LEASE + timedelta(seconds=1))
    await house.process()

    assert len(await house.all(Follow)) == 1
    assert len(await house.all(Notification)) == 1


async def test_one_that_breaks_its_handler_holds_up_nobody(house, alice, bob, monkeypatch):
    async def breaks(session, activity, sender):
        session.add(Post(uri="http://half/done", author_id=alice.id, visibility="public"))
        await session.flush()
        raise ZeroDivisionError

    monkeypatch.setattr(dispatching, "HANDLERS", {**dispatching.HANDLERS, "Like": breaks})
    dave = await house.local("dave")
    for activity in (
        bob.follow(alice.uri), bob.activity("Like", alice.uri), bob.follow(dave.uri)
    ):  # fmt: skip
        await bob.post(house.inbox, activity)

    await house.process()

    assert {follow.followee_id for follow in await house.all(Follow)} == {alice.id, dave.id}
    assert await house.all(Post) == []
    broken = await house.one(InboxActivity, col(InboxActivity.processed_at).is_(None))
    assert broken.reason == "ZeroDivisionError here"


async def test_what_the_database_refuses_is_contained(house, alice, bob, monkeypatch):
    async def breaks(session, activity, sender):
        session.add(Follow(follower_id=1, followee_id=2, uri="http://nobody"))
        await session.flush()

    monkeypatch.setattr(dispatching, "HANDLERS", {**dispatching.HANDLERS, "Like": breaks})
    await bob.post(house.inbox, bob.activity("Like", alice.uri))
    await bob.post(house.inbox, bob.follow(alice.uri))

    await house.process()

    assert (await house.one(Follow)).followee_id == alice.id


async def test_a_failure_is_tried_again_later_and_later_and_then_parked(
    house, alice, bob, monkeypatch
):
    async def waits(session, activity, sender):
        raise TemporaryError("not now")

    monkeypatch.setattr(dispatching, "HANDLERS", {"Follow": waits})
    await bob.post(house.inbox, bob.follow(alice.uri))

    for pause in PAUSES:
        await house.process()
        row = await house.one(InboxActivity)
        assert row.due_at is not None and row.reason == "not now"
        clock.shift(pause)
    await house.process()

    row = await house.one(InboxActivity)
    assert (row.outcome, row.due_at, row.attempts) == (PARKED, None, MAX_ATTEMPTS)


async def test_what_waits_for_another_try_is_not_done_after_it_was_taken_back(
    house, alice, bob, monkeypatch
):
    async def waits(session, activity, sender):
        raise TemporaryError("not now")

    follow = bob.follow(alice.uri)
    monkeypatch.setattr(dispatching, "HANDLERS", {**dispatching.HANDLERS, "Follow": waits})
    await house.take(bob, follow)
    await house.take(bob, bob.undo(follow))
    monkeypatch.undo()

    for pause in PAUSES[:2]:
        clock.shift(pause)
        await house.process()

    assert [row.outcome for row in await house.all(InboxActivity)] == ["handled", "handled"]
    assert await house.all(Follow) == []


async def test_what_one_actor_sends_is_done_in_its_order(house, remote, alice, bob):
    await house.follows(alice, await house.known(bob))
    slow = remote.person("carol").note()
    remote.script(slow["id"], delay_s=0.5, body=slow)
    note = bob.note(inReplyTo=slow["id"])
    for activity in (
        bob.create(note),
        bob.activity("Update", {**note, "content": "<p>edited</p>", "updated": note["published"]}),
        bob.activity("Delete", note["id"]),
    ):
        await bob.post(house.inbox, activity)

    await house.process()

    assert (await house.post_at(note["id"])).deleted_at is not None
    rows = await house.all(InboxActivity)
    assert [row.outcome for row in rows] == ["handled", "handled", "handled"]


async def test_what_is_not_begun_in_time_goes_back_to_the_queue(house, alice, bob, monkeypatch):
    monkeypatch.setattr("workers.incoming.HELD_S", 0)
    dave = await house.local("dave")
    for owner in (alice, dave):
        await bob.post(house.inbox, bob.follow(owner.uri))

    await process_incoming(house.database, house.client, 128)

    done, waiting = await house.all(InboxActivity)
    assert done.outcome == "handled"
    assert (waiting.outcome, waiting.locked_until, waiting.attempts) == (None, None, 0)
    await house.process()
    assert len(await house.all(Follow)) == 2


async def test_who_deleted_themselves_says_nothing_more(house, remote, alice, bob):
    await house.follows(alice, await house.known(bob))
    note = bob.note()
    for activity in (bob.activity("Delete", bob.uri), bob.create(note)):
        await bob.post(house.inbox, activity)

    await house.process()

    assert await house.post_at(note["id"]) is None


async def test_a_slow_host_holds_up_nobody_else(house, database, remote, alice, bob):
    with FakeRemote("slow") as slow:
        await list_peer(database, slow)
        slow.mount(house.app)
        carol = slow.person("carol")
        await house.follows(alice, await house.known(carol))
        await house.known(bob)
        note = slow.person("eve").note()
        slow.script(note["id"], delay_s=2, body=note)
        await carol.post(house.inbox, carol.activity("Announce", note["id"], to=[PUBLIC]))

        began = time.monotonic()
        await process_incoming(house.database, house.client, 128)
        await bob.post(house.inbox, bob.follow(alice.uri))
        await process_incoming(house.database, house.client, 128)

        followers = await house.all(Follow, col(Follow.followee_id) == alice.id)
        assert len(followers) == 1
        assert time.monotonic() - began < 1.5
        await house.process()
        assert len(await house.home(alice)) == 1


async def test_a_batch_shares_its_transactions(house, remote, alice):
    people = [remote.person(f"p{number}") for number in range(20)]
    for person in people:
        await person.post(house.inbox, person.follow(alice.uri))
    commits = []
    event.listen(_engine(house), "commit", commits.append)

    await process_incoming(house.database, house.client, 128)

    # One to claim, one to carry out; reads commit nothing.
    assert len(commits) <= 4
    assert len(await house.all(Follow)) == 20


async def test_workers_side_by_side_do_each_thing_once(house, database, remote, alice):
    people = [remote.person(f"p{number}") for number in range(12)]
    for person in people:
        await person.post(house.inbox, person.follow(alice.uri))

    async def worker():
        batch = await claim_batch(database, limit=5)
        done = [(one, await prepare(database, house.client, one, batch)) for one in batch.received]
        if done:
            await carry_out(database, done)
        return [one.id for one in batch.received]

    claimed = [id for ids in await asyncio.gather(*(worker() for _ in range(4))) for id in ids]

    assert len(claimed) == len(set(claimed)) == 12
    assert len(await house.all(Follow)) == 12


async def test_a_host_that_writes_to_us_is_delivered_to_again(house, remote, alice, bob):
    await house.known(bob)
    async with house.database.transaction() as session:
        for _ in range(12):
            await note_failure(session, remote.host)
    clock.shift(timedelta(seconds=31))

    await house.take(bob, bob.follow(alice.uri))

    async with house.database.read() as session:
        assert (await find_host(session, remote.host)).open_until is None


async def test_what_is_over_is_forgotten_and_what_is_owed_is_not(house, alice, bob):
    await house.take(bob, bob.follow(alice.uri))
    await bob.post(house.inbox, bob.activity("Like", alice.uri))
    clock.shift(timedelta(days=31))

    async with house.database.transaction() as session:
        assert await forget_processed(session, timedelta(days=30)) == 1

    assert (await house.one(InboxActivity)).processed_at is None
