"""Confirming an address: links that are good once, for one account (I12)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core import clock
from core.errors import InvalidInput
from signing_up import (
    asked,
    begin_a_window,
    deliver,
    letter,
    make_person,
    person,
    ticket_of,
    use_settings,
    with_mail,
)
from users.confirming import (
    Confirmed,
    address_to_confirm,
    ask_for_confirmation,
    confirm_address,
)
from users.forgotten import ask_for_reset, reset_password
from users.limits import TooManyAttempts
from users.own_account import WrongPassword, ask_for_address
from users.signup import sign_up

PASSWORD = "three words together"
OLD, NEW = "anne@chu.example", "anne@new.example"


@pytest.fixture
def settings(settings, box):
    return with_mail(settings, box)


@pytest.fixture(autouse=True)
def no_tries_before():
    begin_a_window()


async def come(database, **changes):
    return await sign_up(database, asked(**changes), address="203.0.113.7")


async def anne_of(database):
    return await make_person(database, "anne", password=PASSWORD)


async def ask_new(database, user, email=NEW, password=PASSWORD):
    await ask_for_address(database, user.id, password=password, email=email)


async def link_to(database, box, email):
    """Send what is owed; return the secret of the one letter to an address, and forget all."""
    await deliver(database)
    (taken,) = box.for_(email)
    box.taken.clear()
    return ticket_of(taken)


# Of a new account


async def test_looking_at_a_link_uses_nothing_up(database, box):
    await come(database)
    secret = ticket_of(await letter(database, box))

    async with database.read() as session:
        assert await address_to_confirm(session, secret) == "dora@chu.example"
        assert await address_to_confirm(session, secret) == "dora@chu.example"
    assert await confirm_address(database, secret) is Confirmed.READY


async def test_I12_a_link_is_good_once(database, box):
    await come(database)
    secret = ticket_of(await letter(database, box))

    outcomes = await asyncio.gather(*(confirm_address(database, secret) for _ in range(5)))

    assert sorted(outcomes) == [Confirmed.OVER] * 4 + [Confirmed.READY]


@pytest.mark.parametrize("secret", ["", "x" * 43, "x" * 10_000, "' OR 1=1 --"])
async def test_a_link_that_is_none_confirms_nothing(database, box, secret):
    await come(database)
    await deliver(database)

    assert await confirm_address(database, secret) is Confirmed.OVER
    assert (await person(database)).confirmed_at is None


async def test_a_link_is_good_for_three_days(database, box):
    await come(database)
    secret = ticket_of(await letter(database, box))

    clock.shift(timedelta(days=3, minutes=1))

    assert await confirm_address(database, secret) is Confirmed.OVER


async def test_another_letter_ends_the_link_of_the_one_before(database, box):
    await come(database)
    first = ticket_of(await letter(database, box))

    await ask_for_confirmation(database, " Dora@CHU.example", address="1")
    second = ticket_of(await letter(database, box))

    assert await confirm_address(database, first) is Confirmed.OVER
    assert await confirm_address(database, second) is Confirmed.READY


@pytest.mark.parametrize("email", ["anne@chu.example", "nobody@chu.example", "no address", ""])
async def test_H24_asking_for_another_letter_tells_nobody_anything(database, box, email):
    await anne_of(database)

    await ask_for_confirmation(database, email, address="1")

    await deliver(database)
    assert box.taken == []


async def test_another_letter_is_asked_for_five_times_in_half_an_hour(database):
    for number in range(5):
        await ask_for_confirmation(database, "dora@chu.example", address=str(number))

    with pytest.raises(TooManyAttempts):
        await ask_for_confirmation(database, "DORA@chu.example", address="6")
    await ask_for_confirmation(database, "erin@chu.example", address="6")


async def test_who_asks_for_many_people_is_stopped(database):
    for number in range(25):
        await ask_for_confirmation(database, f"d{number}@chu.example", address="1")

    with pytest.raises(TooManyAttempts):
        await ask_for_confirmation(database, "dora@chu.example", address="1")


# In place of another address


async def test_an_address_changes_when_the_new_one_is_confirmed(database, box):
    anne = await anne_of(database)
    await ask_new(database, anne)
    await deliver(database)
    (notice,) = box.for_(OLD)
    before = (await person(database, "anne")).email

    outcome = await confirm_address(database, await link_to(database, box, NEW))

    assert (before, outcome) == (OLD, Confirmed.CHANGED)
    user = await person(database, "anne")
    assert (user.email, user.email_key) == (NEW, NEW)
    assert NEW in notice.text and "choose a new password" in notice.text


async def test_I12_the_link_of_an_earlier_request_changes_nothing(database, box):
    anne = await anne_of(database)
    await ask_new(database, anne, "first@new.example")
    first = await link_to(database, box, "first@new.example")
    await ask_new(database, anne, "second@new.example")
    second = await link_to(database, box, "second@new.example")

    assert await confirm_address(database, first) is Confirmed.OVER
    assert await confirm_address(database, second) is Confirmed.CHANGED
    assert (await person(database, "anne")).email == "second@new.example"


async def test_I12_a_link_changes_the_account_that_asked_and_no_other(database, box):
    anne = await anne_of(database)
    await make_person(database, "bruno")
    await ask_new(database, anne)

    await confirm_address(database, await link_to(database, box, NEW))

    assert (await person(database, "anne")).email == NEW
    assert (await person(database, "bruno")).email == "bruno@chu.example"


async def test_I12_a_link_changes_an_address_once(database, box):
    anne = await anne_of(database)
    await ask_new(database, anne)
    secret = await link_to(database, box, NEW)
    await confirm_address(database, secret)
    await ask_new(database, anne, "third@new.example")
    await confirm_address(database, await link_to(database, box, "third@new.example"))

    assert await confirm_address(database, secret) is Confirmed.OVER
    assert (await person(database, "anne")).email == "third@new.example"


async def test_a_new_password_stops_a_change_of_address(database, box):
    anne = await anne_of(database)
    await ask_new(database, anne)
    change = await link_to(database, box, NEW)
    await ask_for_reset(database, OLD, address="1")
    await reset_password(database, await link_to(database, box, OLD), "another three words")

    assert await confirm_address(database, change) is Confirmed.OVER
    assert (await person(database, "anne")).email == OLD


async def test_a_suspended_account_changes_no_address(database, box):
    anne = await anne_of(database)
    await ask_new(database, anne)
    secret = await link_to(database, box, NEW)
    async with database.transaction() as session:
        (await session.get_one(type(anne), anne.id)).suspended_at = clock.now()

    assert await confirm_address(database, secret) is Confirmed.OVER


async def test_H24_an_address_that_another_account_has_is_answered_as_any_other(database, box):
    anne = await anne_of(database)
    await make_person(database, "bruno")

    await ask_new(database, anne, "bruno@chu.example")
    await deliver(database)

    (told,) = box.for_("bruno@chu.example")
    assert "have an account" in told.subject
    assert "another e-mail address" in box.for_(OLD)[0].text
    assert (await person(database, "anne")).email == OLD


async def test_H14_an_address_changes_with_the_password_only(database, box):
    anne = await anne_of(database)

    with pytest.raises(WrongPassword):
        await ask_new(database, anne, password="not the password")

    await deliver(database)
    assert box.taken == []


@pytest.mark.parametrize("email", ["", "anne", "anne@chu.example\r\nBcc: x@y.example"])
async def test_what_is_no_address_is_refused(database, email):
    anne = await anne_of(database)

    with pytest.raises(InvalidInput):
        await ask_new(database, anne, email)


async def test_without_mail_an_address_counts_as_it_is_typed(database, settings):
    use_settings(database, with_mail(settings, None))
    anne = await anne_of(database)
    await make_person(database, "bruno")

    await ask_new(database, anne)
    changed = await person(database, "anne")
    await ask_new(database, anne, "bruno@chu.example")
    taken = await person(database, "anne")

    assert (changed.email, changed.email_key) == (NEW, NEW)
    assert taken.email == "bruno@chu.example"
    assert taken.email_key not in {NEW, "bruno@chu.example"}
