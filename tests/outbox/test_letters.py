"""Dead letters: kept with their reason, listed, sent again on request; then forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest_asyncio
from sqlalchemy import func, select, update
from sqlmodel import col

from core import clock
from core.clock import now
from db.paging import Page
from factories import make_local_actor, make_peer
from outbox import queries
from outbox.letters import forget_done, list_dead_letters, resend
from outbox.models import Delivery, OutboxActivity

THING = "http://b.localhost:8002/users/bob/posts/1"


@pytest_asyncio.fixture
async def dead(session, owe, claim, answer):
    """A delivery that its inbox refused for good."""
    await make_peer(session)
    alice = await make_local_actor(session)
    await owe(alice, "Create", THING)
    (owed,) = await claim()
    return await answer(owed, 422)


async def test_a_dead_letter_is_listed_with_its_reason(session, dead):
    (letter,) = await list_dead_letters(session, Page())

    assert (letter.id, letter.last_status, letter.last_error) == (dead.id, 422, "answered 422")


async def test_a_dead_letter_is_sent_again_with_a_window_of_its_own(session, claim, dead):
    clock.shift(timedelta(days=20))

    assert await resend(session, dead.id)

    (owed,) = await claim()
    assert owed.attempts == 1
    assert owed.expires_at > now() + timedelta(days=13)
    assert await list_dead_letters(session, Page()) == []


async def test_what_was_withdrawn_is_no_dead_letter_and_cannot_be_sent_again(session, dead):
    actor_id = await session.scalar(select(col(OutboxActivity.actor_id)))
    await session.execute(update(Delivery).values(given_up_at=now()))
    await queries.withdraw(session, actor_id, THING)

    assert await list_dead_letters(session, Page()) == []
    assert not await resend(session, dead.id)


async def test_an_unknown_letter_cannot_be_sent(session, dead):
    assert not await resend(session, 1)


async def test_letters_that_are_over_are_forgotten_after_their_time(session, dead):
    keep = {"delivered": timedelta(days=7), "dead": timedelta(days=30)}
    clock.shift(timedelta(days=29))
    assert await forget_done(session, **keep) == 0

    clock.shift(timedelta(days=2))

    assert await forget_done(session, **keep) == 1
    assert await session.scalar(select(func.count()).select_from(Delivery)) == 0
