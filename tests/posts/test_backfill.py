"""The last and the pinned posts of somebody who is followed from now on: fetched once, quietly."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.follows import save_follow
from actors.models import Actor
from actors.remote import resolve_actor
from core import clock
from core.clock import now, wire_time
from core.ids import time_of
from db.jobs import Job
from factories import make_local_actor
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from notifications.models import Notification
from posts.backfill import LAST_POSTS, backfill_actor
from posts.models import Post, TimelineEntry
from posts.owed import owe_backfill
from posts.pins import list_pins
from workers.jobs import process_jobs


@pytest.fixture
def bob(remote):
    return remote.person("bob")


@pytest_asyncio.fixture
async def alice(database) -> Actor:
    async with database.transaction() as session:
        return await make_local_actor(session, "alice")


@pytest_asyncio.fixture
async def followed(database, client, bob, alice) -> Actor:
    """Bob as he is known here, whom alice follows."""
    known = await resolve_actor(database, client, bob.uri)
    async with database.transaction() as session:
        await save_follow(session, alice, known, uri=f"{alice.uri}/f", accepted=True)
    return known


@pytest.fixture
def backfill(database, client, followed):
    """Owe bob's last posts and do what is owed; False where they are not owed."""

    async def run(*, turns: int = 20, every=timedelta(minutes=1), **options) -> bool:
        async with database.transaction() as session:
            actor = await session.get(Actor, followed.id)
            is_owed = await owe_backfill(session, actor, **options)
        for _ in range(turns):
            clock.shift(every)
            if not await process_jobs(database, client):
                break
        return is_owed

    return run


async def _all(database, table=Post) -> list:
    async with database.read() as session:
        return list(await session.scalars(select(table)))


async def _posts(database) -> set[str]:
    return {post.uri for post in await _all(database)}


def _outbox(remote, bob, *items, **options) -> None:
    remote.collection(f"{bob.uri}/outbox", items, **options)


def _featured(remote, bob, *items) -> None:
    remote.collection(f"{bob.uri}/featured", items)


async def test_the_last_posts_come_quietly_to_their_own_time(
    database, remote, bob, alice, followed, backfill
):
    moments = [now() - timedelta(days=days) for days in (0.1, 3, 400)]
    notes = [bob.note(published=wire_time(moment)) for moment in moments]
    _outbox(remote, bob, *(bob.create(note) for note in notes), page_size=2)

    assert await backfill()

    found = {post.uri: post for post in await _all(database)}
    for note, moment in zip(notes, moments, strict=True):
        assert abs(time_of(found[note["id"]].id) - moment) < timedelta(seconds=2)
    home = {entry.post_id for entry in await _all(database, TimelineEntry)}
    assert home == {post.id for post in found.values()}
    assert await _all(database, Notification) == []
    assert (await _all(database, Job)) == []
    # All of it was in the outbox: nothing else was asked for.
    assert remote.gets("/users/bob/posts") == []


async def test_once_a_day_at_most(database, remote, bob, backfill):
    _outbox(remote, bob, bob.create(bob.note()))

    assert [await backfill(), await backfill()] == [True, False]
    assert len(remote.gets("/users/bob/outbox")) == 1
    clock.shift(timedelta(days=1))
    assert await backfill()


async def test_d28_only_the_actors_own_words_are_believed_of_its_outbox(
    database, remote, bob, backfill
):
    with FakeRemote("c") as other:
        await list_peer(database, other)
        carol, eve = other.person("carol"), remote.person("eve")
        theirs = carol.note("<p>true</p>")
        neighbours = eve.note("<p>true</p>")
        own, unaddressed, vague = (bob.note(f"<p>{n}</p>") for n in range(3))
        _outbox(
            remote,
            bob,
            bob.create({**theirs, "content": "<p>forged</p>"}),
            bob.create({**theirs, "attributedTo": bob.uri}),
            bob.create({**neighbours, "content": "<p>forged</p>"}),
            {**bob.create(own), "actor": eve.uri},
            bob.create({**unaddressed, "to": [], "cc": [], "content": "<p>forged</p>"}, to=[]),
            bob.activity("Create", vague["id"]),
            bob.activity("Announce", theirs["id"]),
            {"type": "Note"},
            7,
        )

        await backfill()

        found = {post.uri: post.content for post in await _all(database)}
        assert other.journal == []
    assert found == {own["id"]: "<p>0</p>", unaddressed["id"]: "<p>1</p>", vague["id"]: "<p>2</p>"}


@pytest.mark.parametrize("shape", ["ids", "notes"])
async def test_other_outboxes_hold_ids_or_bare_posts(database, remote, bob, backfill, shape):
    notes = [bob.note() for _ in range(3)]
    _outbox(remote, bob, *(note["id"] if shape == "ids" else note for note in notes))

    await backfill()

    assert await _posts(database) == {note["id"] for note in notes}
    assert len(remote.gets("/users/bob/posts")) == (3 if shape == "ids" else 0)


async def test_a_long_or_endless_outbox_is_read_only_so_far(database, remote, bob, backfill):
    uri = f"{bob.uri}/outbox"
    notes = [bob.note() for _ in range(LAST_POSTS + 5)]
    _outbox(remote, bob, *(bob.create(note) for note in notes))

    await backfill()
    assert await _posts(database) == {note["id"] for note in notes[:LAST_POSTS]}

    for number in range(9):
        here = f"{uri}?page={number}" if number else uri
        page = {"id": here, "type": "OrderedCollectionPage", "next": f"{uri}?page={number + 1}"}
        remote.serve(page)
    clock.shift(timedelta(days=2))
    await backfill()
    assert len(remote.gets("/users/bob/outbox")) == 1 + 3


async def test_what_is_pinned_is_fetched_and_shown_in_its_order(
    database, remote, bob, followed, backfill
):
    old = bob.note(published=wire_time(now() - timedelta(days=900)))
    older = bob.note(published=wire_time(now() - timedelta(days=1900)))
    _featured(remote, bob, old["id"], older)

    await backfill()
    async with database.read() as session:
        pins = await list_pins(session, followed.id)
    assert [post.uri for post in pins] == [old["id"], older["id"]]

    _featured(remote, bob)
    await backfill(only_pins=True)
    async with database.read() as session:
        assert await list_pins(session, followed.id) == []


async def test_pins_that_cannot_be_read_stay(database, remote, bob, followed, backfill):
    _featured(remote, bob, bob.note()["id"])
    await backfill()
    remote.script(f"{bob.uri}/featured", status=404)

    await backfill(only_pins=True)

    async with database.read() as session:
        assert len(await list_pins(session, followed.id)) == 1


async def test_a_backfill_that_was_broken_off_goes_on(database, remote, bob, backfill):
    notes = [bob.note() for _ in range(8)]
    _outbox(remote, bob, *(note["id"] for note in notes))
    remote.script(notes[6]["id"], status=503, times=2)
    remote.script(f"{bob.uri}/outbox", status=503, times=1)

    await backfill(turns=10, every=timedelta(minutes=20))

    assert await _posts(database) == {note["id"] for note in notes}
    assert await _all(database, Job) == []


async def test_a_turn_that_is_done_twice_stores_nothing_twice(
    database, client, remote, bob, followed
):
    _outbox(remote, bob, *(bob.note()["id"] for _ in range(4)))

    for _ in range(2):
        await backfill_actor(database, client, {"actor_id": followed.id})

    assert len(await _all(database)) == 4
    assert len(remote.gets("/users/bob/posts")) == 4


async def test_an_outbox_elsewhere_is_not_asked(database, client, remote, bob, followed):
    with FakeRemote("c") as other:
        await list_peer(database, other)
        async with database.transaction() as session:
            known = await session.get(Actor, followed.id)
            known.outbox = known.featured_uri = f"{other.base_url}/outbox"

        await backfill_actor(database, client, {"actor_id": followed.id})

        assert other.journal == []


async def test_nobody_here_or_gone_is_backfilled(database, alice, followed):
    async with database.transaction() as session:
        gone = await session.get(Actor, followed.id)
        gone.deleted_at = now()
        assert not await owe_backfill(session, gone)
        assert not await owe_backfill(session, alice)
        assert (await session.scalars(select(col(Job.id)))).all() == []
