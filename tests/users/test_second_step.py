"""Between the password and the session (security.md I11)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core import clock
from one_time_codes import code_of, later, with_factor, wrong_code
from users.limits import TooManyAttempts
from users.models import User
from users.second_factor import remove
from users.second_step import LENGTH, MAX_TRIES, ask_code, is_waiting, redeem
from users.tickets import end_tickets


async def asked(database, user):
    async with database.transaction() as session:
        return await ask_code(session, user, onward="/@alice", is_lasting=True)


async def given(database, ticket, code):
    async with database.transaction() as session:
        return await redeem(session, ticket, code)


async def waits(database, ticket):
    async with database.read() as session:
        return await is_waiting(session, ticket)


async def test_a_right_code_redeems_a_ticket_once(database, alice):
    secret, _ = await with_factor(database, alice)
    ticket = await asked(database, alice)

    came = await given(database, ticket, code_of(secret))
    later()

    assert (came.user.id, came.onward, came.is_lasting) == (alice.id, "/@alice", True)
    assert not await waits(database, ticket)
    assert await given(database, ticket, code_of(secret)) is None


async def test_a_recovery_code_redeems_it_too(database, alice):
    _, codes = await with_factor(database, alice)

    assert (await given(database, await asked(database, alice), codes[0])).user.id == alice.id


async def test_I11_after_five_wrong_codes_the_right_one_is_too_late(database, alice):
    secret, _ = await with_factor(database, alice)
    ticket = await asked(database, alice)
    wrong = wrong_code(secret)
    came = [await given(database, ticket, wrong) for _ in range(MAX_TRIES)]

    assert [one.user for one in came] == [None] * 5
    assert [one.is_over for one in came] == [False] * 4 + [True]
    assert not await waits(database, ticket)
    assert await given(database, ticket, code_of(secret)) is None


async def test_I11_tries_at_the_same_time_are_counted_too(database, alice):
    secret, _ = await with_factor(database, alice)
    ticket, wrong = await asked(database, alice), wrong_code(secret)

    came = await asyncio.gather(*(given(database, ticket, wrong) for _ in range(9)))

    assert sum(one is not None for one in came) == MAX_TRIES


async def test_I11_one_account_is_tried_ten_times_an_hour_by_whichever_tickets(database, alice):
    # Tries are counted by the hour of the clock: these fall into one.
    clock.shift(timedelta(minutes=60 - clock.now().minute))
    secret, _ = await with_factor(database, alice)
    for _ in range(2):
        ticket = await asked(database, alice)
        for _ in range(MAX_TRIES):
            await given(database, ticket, wrong_code(secret))
    ticket = await asked(database, alice)

    with pytest.raises(TooManyAttempts):
        await given(database, ticket, code_of(secret))
    clock.shift(timedelta(hours=1))
    ticket = await asked(database, alice)
    assert (await given(database, ticket, code_of(secret))).user is not None


async def test_a_ticket_waits_ten_minutes(database, alice):
    secret, _ = await with_factor(database, alice)
    ticket = await asked(database, alice)
    clock.shift(LENGTH)

    assert not await waits(database, ticket)
    assert await given(database, ticket, code_of(secret)) is None


@pytest.mark.parametrize("ticket", [None, "", "x", "x" * 9999])
async def test_what_is_no_ticket_is_over(database, alice, ticket):
    assert not await waits(database, ticket)
    assert await given(database, ticket, "000000") is None


async def test_who_was_suspended_meanwhile_is_not_let_in(database, alice):
    secret, _ = await with_factor(database, alice)
    ticket = await asked(database, alice)
    async with database.transaction() as session:
        (await session.get_one(User, alice.id)).suspended_at = clock.now()

    assert (await given(database, ticket, code_of(secret))).user is None


async def test_a_code_of_somebody_else_lets_nobody_in(database, alice, bruno):
    await with_factor(database, alice)
    others, _ = await with_factor(database, bruno)

    assert (await given(database, await asked(database, alice), code_of(others))).user is None


async def test_a_ticket_ends_with_the_second_factor_and_with_a_new_password(database, alice):
    await with_factor(database, alice)
    first = await asked(database, alice)
    async with database.transaction() as session:
        await end_tickets(session, alice.id)
    second = await asked(database, alice)
    async with database.transaction() as session:
        await remove(session, alice.id)

    assert not await waits(database, first)
    assert not await waits(database, second)
