"""The circuit breaker of a host, its Retry-After, and its return (R4, R8)."""

from __future__ import annotations

from datetime import timedelta

import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from core import clock
from core.clock import now
from factories import make_local_actor, make_peer
from outbox import hosts, queries
from outbox.models import Delivery

B = "b.localhost:8002"
INBOX = f"http://{B}/inbox"
THING = f"http://{B}/users/bob/posts/"


@pytest_asyncio.fixture
async def alice(session):
    await make_peer(session)
    return await make_local_actor(session)


async def _fail(session, times: int) -> None:
    for _ in range(times):
        await hosts.note_failure(session, B)
        state = await hosts.find_host(session, B)
        if state.open_until is not None:
            clock.shift(state.open_until - now() + timedelta(milliseconds=1))


async def test_R8_ten_failures_in_a_row_open_the_circuit_for_a_minute(session, owe, claim, alice):
    await owe(alice, "Like", THING)
    for _ in range(9):
        await hosts.note_failure(session, B)
    assert (await hosts.find_host(session, B)).open_until is None

    await hosts.note_failure(session, B)

    state = await hosts.find_host(session, B)
    assert timedelta(seconds=59) < state.open_until - now() <= timedelta(seconds=60)
    assert await claim() == []


async def test_R8_each_further_failure_doubles_the_pause(session, alice):
    await _fail(session, 10)

    await hosts.note_failure(session, B)

    state = await hosts.find_host(session, B)
    assert timedelta(seconds=119) < state.open_until - now() <= timedelta(seconds=120)


async def test_R8_answers_to_what_was_on_its_way_while_it_opened_count_once(session, alice):
    for _ in range(14):
        await hosts.note_failure(session, B)

    assert (await hosts.find_host(session, B)).failures == 10


async def test_R8_after_the_pause_one_delivery_tries_the_host(session, owe, claim, alice):
    for number in range(5):
        await owe(alice, "Like", f"{THING}{number}")

    await _fail(session, 10)

    assert len(await claim()) == 1


async def test_a_success_closes_the_circuit(session, alice):
    await _fail(session, 12)

    await hosts.note_success(session, B)

    state = await hosts.find_host(session, B)
    assert (state.failures, state.open_until) == (0, None)


async def test_what_waited_for_a_host_is_due_once_it_answers(
    session, owe, claim, answer, alice
):
    for number in range(3):
        await owe(alice, "Like", f"{THING}{number}")
    first, *others = await claim()
    for owed in others:
        await answer(owed, None)
    assert await claim() == []

    await answer(first, 202)

    assert len(await claim()) == 2


async def test_R4_a_backlog_is_drained_in_order_at_five_a_second(session, owe, claim, alice):
    for number in range(12):
        await owe(alice, "Like", f"{THING}{number}")
    await _fail(session, 10)

    await hosts.note_success(session, B)

    due = list(
        await session.scalars(
            select(col(Delivery.due_at)).where(col(Delivery.host) == B).order_by(col(Delivery.id))
        )
    )
    assert due == sorted(due)
    assert due[-1] - due[0] == timedelta(seconds=11 / 5)


async def test_R4_a_host_that_writes_to_us_is_tried_at_once(session, owe, claim, alice):
    await owe(alice, "Like", THING)
    for _ in range(16):
        await _fail(session, 1)
    await hosts.note_failure(session, B)
    clock.shift(timedelta(minutes=1))
    assert await claim() == []

    await hosts.note_sign_of_life(session, B)

    assert len(await claim()) == 1


async def test_a_host_that_only_writes_is_not_tried_at_each_of_its_requests(
    session, owe, claim, alice
):
    await owe(alice, "Like", THING)
    await _fail(session, 10)
    await hosts.note_failure(session, B)

    await hosts.note_sign_of_life(session, B)

    assert await claim() == []


async def test_an_inbox_that_was_gone_is_owed_to_again_once_its_host_writes(
    session, owe, claim, answer, alice
):
    await owe(alice, "Like", THING)
    (owed,) = await claim()
    await answer(owed, 410)
    assert await queries.gone_inboxes(session, {INBOX}) == {INBOX}

    await hosts.note_sign_of_life(session, B)

    assert await queries.gone_inboxes(session, {INBOX}) == set()
