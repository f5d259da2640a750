"""What goes next: by host, at most four at a time, by priority and age, one story in its order."""

from __future__ import annotations

from datetime import timedelta

import pytest_asyncio
from sqlalchemy import select

from core import clock
from factories import make_local_actor, make_peer, make_remote_actor
from outbox import queries
from outbox.models import Delivery, Priority

B, C = "b.localhost:8002", "c.localhost:8003"
THING = "http://a.localhost:8001/users/alice/posts/1"


@pytest_asyncio.fixture
async def alice(session):
    await make_peer(session, B)
    await make_peer(session, C)
    return await make_local_actor(session)


async def test_R8_a_host_gets_four_at_a_time_and_others_do_not_wait_for_it(owe, claim, alice):
    for number in range(6):
        await owe(alice, "Like", f"{THING}{number}")
    await owe(alice, "Like", THING, hosts=(C,))

    held = await claim()

    assert [owed.host for owed in held].count(B) == 4
    assert [owed.host for owed in held].count(C) == 1
    assert await claim() == []


async def test_a_lease_that_ran_out_counts_as_none(owe, claim, alice):
    await owe(alice, "Like", THING)
    assert len(await claim()) == 1
    assert await claim() == []

    clock.shift(timedelta(seconds=61))

    assert len(await claim()) == 1


async def test_a_revocation_goes_first(owe, claim, answer, alice):
    for number in range(5):
        await owe(alice, "Create", f"{THING}{number}")
    await owe(alice, "Delete", "http://a.localhost:8001/credentials/1",
              priority=Priority.REVOCATION)  # fmt: skip

    held = await claim()

    assert held[0].type == "Delete"


async def test_I4_one_things_story_goes_out_in_its_order(owe, claim, answer, alice):
    for kind in ("Create", "Update", "Delete"):
        await owe(alice, kind, THING)

    told = []
    for _ in range(3):
        (owed,) = await claim()
        told.append(owed.type)
        await answer(owed, 202)

    assert told == ["Create", "Update", "Delete"]


async def test_I4_a_story_waits_while_its_first_part_is_tried_again(owe, claim, answer, alice):
    await owe(alice, "Create", THING)
    await owe(alice, "Delete", THING)
    (owed,) = await claim()

    await answer(owed, 503)

    assert await claim() == []
    clock.shift(timedelta(minutes=2))
    assert [owed.type for owed in await claim()] == ["Create"]


async def test_I4_a_delete_waits_for_a_create_that_is_on_its_way(
    session, owe, claim, answer, alice
):
    await owe(alice, "Create", THING)
    (owed,) = await claim()
    await queries.withdraw(session, alice.id, THING)
    await owe(alice, "Delete", THING)

    assert await claim() == []
    await answer(owed, None)

    assert [owed.type for owed in await claim()] == ["Delete"]


async def test_the_stories_of_two_actors_about_one_thing_do_not_wait_for_each_other(
    session, owe, claim, alice
):
    carol = await make_local_actor(session, "carol")
    await owe(alice, "Like", THING)
    await owe(carol, "Like", THING)

    assert len(await claim()) == 2


async def test_what_was_delivered_is_delivered_again_when_it_is_owed_again(
    session, owe, claim, answer, alice
):
    stored = await owe(alice, "Accept", THING)
    (owed,) = await claim()
    await answer(owed, 202)

    await queries.owe(session, stored, {(owed.inbox, B)}, signer_id=alice.id)

    assert [again.id for again in await claim()] == [owed.id]


async def test_withdrawing_tells_which_inboxes_never_got_it(session, owe, claim, answer, alice):
    await owe(alice, "Create", THING, hosts=(B,))
    (owed,) = await claim()
    await answer(owed, 202)
    await owe(alice, "Update", THING, hosts=(B, C))

    untold = await queries.withdraw(session, alice.id, THING)

    assert untold == {f"http://{C}/inbox"}
    waiting = [d for d in await session.scalars(select(Delivery)) if d.due_at is not None]
    assert waiting == []


async def test_the_queue_is_read_by_its_indexes_however_long_it_is(session, database, alice):
    if not database.is_sqlite:
        return
    await make_remote_actor(session)
    compiled = queries._hold_next().compile(session.get_bind())
    connection = await session.connection()

    rows = await connection.exec_driver_sql(
        f"EXPLAIN QUERY PLAN {compiled}", tuple(0 for _ in compiled.positiontup)
    )

    plan = [row[3] for row in rows]
    scanned = [line for line in plan if line.startswith("SCAN")]
    assert all("hosts" in line for line in scanned), plan
    # A host's queue comes in its order, and an actor's many activities are not searched through.
    assert [line for line in plan if "USING INDEX ix_delivery_host (host=?)" in line]
    assert not [line for line in plan if "ix_outbox_activity_actor" in line]
    assert sum("TEMP B-TREE" in line for line in plan) <= 1
