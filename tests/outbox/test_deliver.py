"""What an answer means for a delivery, its inbox and its host (R3, R7, K05)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from core import clock
from core.clock import now
from factories import make_local_actor, make_peer
from outbox import queries
from outbox.deliver import Result, record
from outbox.hosts import find_host
from outbox.models import Delivery
from outbox.queries import withdraw

B = "b.localhost:8002"
THING = f"http://{B}/users/bob/posts/1"


@pytest_asyncio.fixture
async def alice(session):
    await make_peer(session)
    return await make_local_actor(session)


async def test_a_2xx_is_delivered(owe, claim, answer, alice):
    await owe(alice, "Like", THING)
    (owed,) = await claim()

    delivery = await answer(owed, 202)

    assert delivery.delivered_at is not None
    assert (delivery.due_at, delivery.locked_until, delivery.given_up_at) == (None, None, None)
    assert delivery.last_status == 202


async def test_R3_no_answer_is_tried_again_after_a_minute(owe, claim, answer, alice):
    await owe(alice, "Like", THING)
    (owed,) = await claim()

    delivery = await answer(owed, None)

    assert timedelta(seconds=40) < delivery.due_at - now() < timedelta(seconds=80)
    assert delivery.last_error == "no connection"
    assert await claim() == []
    clock.shift(timedelta(seconds=80))
    assert [one.attempts for one in await claim()] == [2]


async def test_R3_past_its_window_it_is_parked_with_its_reason(owe, claim, answer, alice):
    await owe(alice, "Like", THING)
    clock.shift(timedelta(days=13, hours=23))
    (owed,) = await claim()
    delivery = await answer(owed, 500)
    assert delivery.due_at is not None

    clock.shift(timedelta(days=2))
    (again,) = await claim()
    delivery = await answer(again, 500)

    assert delivery.due_at is None
    assert delivery.given_up_at is not None
    assert delivery.last_error == "answered 500"


async def test_R7_gone_stops_at_once_and_closes_the_inbox(session, owe, claim, answer, alice):
    await owe(alice, "Like", THING)
    await owe(alice, "Like", f"{THING}2")
    first, _ = await claim()

    await answer(first, 410)

    assert {d.last_error for d in await session.scalars(select(Delivery))} == {
        "the inbox is gone"
    }
    assert await queries.gone_inboxes(session, {f"http://{B}/inbox"}) == {f"http://{B}/inbox"}


@pytest.mark.parametrize("status", [400, 406, 413, 422])
async def test_R7_a_final_refusal_is_dropped_with_a_record(owe, claim, answer, alice, status):
    await owe(alice, "Like", THING)
    (owed,) = await claim()

    delivery = await answer(owed, status)

    assert delivery.given_up_at is not None
    assert (delivery.last_status, delivery.last_error) == (status, f"answered {status}")


@pytest.mark.parametrize("status", [401, 403])
async def test_K05_a_refused_signature_is_tried_once_more_ten_minutes_later(
    owe, claim, answer, alice, status
):
    await owe(alice, "Like", THING)
    (owed,) = await claim()

    delivery = await answer(owed, status)

    assert delivery.due_at - now() > timedelta(minutes=9)
    clock.shift(timedelta(minutes=11))
    (again,) = await claim()
    assert (await answer(again, status)).given_up_at is not None


@pytest.mark.parametrize("status", [429, 503])
async def test_R7_retry_after_holds_for_the_whole_host(owe, claim, answer, alice, status):
    await owe(alice, "Like", THING)
    (owed,) = await claim()
    await owe(alice, "Like", f"{THING}2")

    await answer(owed, status, retry_after=timedelta(hours=2))

    assert await claim() == []
    clock.shift(timedelta(hours=1, minutes=59))
    assert await claim() == []
    clock.shift(timedelta(minutes=2))
    assert len(await claim()) == 2


async def test_R7_retry_after_of_a_408_is_nothing_special(session, owe, claim, answer, alice):
    await owe(alice, "Like", THING)
    (owed,) = await claim()

    delivery = await answer(owed, 408, retry_after=timedelta(hours=5))

    assert delivery.due_at - now() < timedelta(minutes=2)
    assert await find_host(session, B) is None


async def test_what_our_policy_refuses_is_given_up_at_once(session, owe, claim, alice):
    await owe(alice, "Like", THING)
    (owed,) = await claim()

    await record(session, Result(owed, error=f"{B} is blocked now", refused=True))

    delivery = await session.get_one(Delivery, owed.id, populate_existing=True)
    assert delivery.given_up_at is not None
    assert delivery.last_error == f"{B} is blocked now"
    assert await find_host(session, B) is None


async def test_a_failure_does_not_bring_back_what_was_withdrawn_meanwhile(
    session, owe, claim, answer, alice
):
    await owe(alice, "Create", THING)
    (owed,) = await claim()
    await withdraw(session, alice.id, THING)

    delivery = await answer(owed, None)

    assert delivery.due_at is None
    assert delivery.last_error == "withdrawn"


async def test_what_was_delivered_while_it_was_withdrawn_counts_as_delivered(
    session, owe, claim, answer, alice
):
    await owe(alice, "Create", THING)
    (owed,) = await claim()
    await withdraw(session, alice.id, THING)

    delivery = await answer(owed, 202)

    assert delivery.delivered_at is not None
    assert delivery.given_up_at is None


async def test_T9_a_sender_whose_lease_ran_out_writes_no_failure_down(owe, claim, answer, alice):
    await owe(alice, "Like", THING)
    (slow,) = await claim()
    clock.shift(timedelta(seconds=61))
    (quick,) = await claim()

    delivery = await answer(slow, None)

    assert delivery.locked_until is not None
    assert delivery.attempts == quick.attempts == 2
    assert (await answer(quick, 202)).delivered_at is not None
