"""A queue that is nearly full sets reactions aside, and nothing else."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from core.clock import now
from db.paging import Page
from factories import make_local_actor
from outbox.bounds import SET_ASIDE, find_queue, relieve_queue
from outbox.letters import list_dead_letters, resend
from outbox.models import Delivery, HostState, OutboxActivity

WELL, ILL = "well.example", "ill.example"
KINDS = ("Create", "Like", "Announce", "Delete", "Accept", "Undo", "EmojiReact")


@pytest_asyncio.fixture
async def queue(database):
    """Two deliveries of each kind: one to a host that answers, one to a host that does not."""
    async with database.transaction() as session:
        alice = await make_local_actor(session)
        session.add(HostState(host=WELL, failures=0))
        session.add(HostState(host=ILL, failures=3))
        for kind in KINDS:
            uri = f"{alice.uri}/activities/{kind}"
            activity = OutboxActivity(uri=uri, actor_id=alice.id, type=kind, body=b"{}")
            session.add(activity)
            await session.flush()
            for host in (WELL, ILL):
                session.add(
                    Delivery(
                        activity_id=activity.id,
                        inbox=f"https://{host}/inbox",
                        host=host,
                        signer_id=alice.id,
                        expires_at=now() + timedelta(days=14),
                    )
                )
    return database


async def _aside(database) -> Counter:
    statement = (
        select(col(OutboxActivity.type), col(Delivery.host))
        .join(Delivery, col(Delivery.activity_id) == col(OutboxActivity.id))
        .where(col(Delivery.due_at).is_(None), col(Delivery.last_error) == SET_ASIDE)
    )
    async with database.read() as session:
        return Counter((kind, host) for kind, host in await session.execute(statement))


async def test_a_queue_with_room_is_left_as_it_is(queue):
    assert await relieve_queue(queue, most=100) == 0
    assert await _aside(queue) == {}


async def test_a_nearly_full_queue_sets_reactions_to_failing_hosts_aside(queue):
    done = await relieve_queue(queue, most=14)

    assert done == 3
    assert await _aside(queue) == {("Like", ILL): 1, ("Announce", ILL): 1, ("EmojiReact", ILL): 1}


async def test_no_more_is_set_aside_than_is_too_much(queue):
    assert await relieve_queue(queue, most=16) == 2


async def test_a_full_queue_sets_every_reaction_aside_and_nothing_else(queue):
    done = await relieve_queue(queue, most=5)

    assert done == 6
    assert {kind for kind, _ in await _aside(queue)} == {"Like", "Announce", "EmojiReact"}
    async with queue.read() as session:
        assert (await find_queue(session, most=5)).waiting == 8


async def test_what_is_on_its_way_is_left(queue):
    async with queue.transaction() as session:
        for delivery in await session.scalars(select(Delivery)):
            delivery.locked_until = now() + timedelta(minutes=1)

    assert await relieve_queue(queue, most=5) == 0


async def test_what_was_set_aside_is_a_letter_that_can_be_sent_again(queue):
    await relieve_queue(queue, most=14)

    async with queue.transaction() as session:
        letters = await list_dead_letters(session, Page())
        assert [await resend(session, letter.id) for letter in letters] == [True] * 3

    assert await _aside(queue) == {}


@pytest.mark.parametrize(("most", "nearly"), [(100, False), (14, True)])
async def test_how_full_it_is_can_be_seen(queue, most, nearly):
    async with queue.read() as session:
        found = await find_queue(session, most=most)

    assert (found.waiting, found.failing_hosts, found.is_nearly_full) == (14, 1, nearly)
