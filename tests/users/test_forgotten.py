"""A forgotten password: a link by mail, once, for an hour (I09, I11, H24)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from moderation.models import AuditEntry
from signing_up import begin_a_window, deliver, letter, make_person, person, ticket_of, with_mail
from users.accounts import authenticate_user
from users.forgotten import PasswordRefused, ask_for_reset, may_reset, reset_password
from users.limits import TooManyAttempts
from users.models import Purpose, Ticket
from users.own_account import WrongPassword, ask_for_address, change_password
from users.password_rules import Weakness
from users.sessions import find_session, sign_in
from users.stale import delete_stale
from users.tokens import find_token, issue_token

EMAIL = "anne@chu.example"
OLD, NEW = "three words together", "another three words"


@pytest.fixture
def settings(settings, box):
    return with_mail(settings, box)


@pytest.fixture(autouse=True)
def no_tries_before():
    begin_a_window()


async def anne_of(database):
    return await make_person(database, "anne", password=OLD)


async def link(database, box, email=EMAIL):
    await ask_for_reset(database, email, address="203.0.113.7")
    return ticket_of(await letter(database, box))


async def signed_in(database, user):
    async with database.transaction() as session:
        secret, _ = await sign_in(session, user)
        bearer = await issue_token(session, user=user, app=None, scopes="read")
    return secret, bearer


async def is_signed_in(database, secret, bearer):
    async with database.read() as session:
        found = await find_token(session, bearer)
        return await find_session(session, secret) is not None, found.token.revoked_at is None


@pytest.mark.parametrize("email", [EMAIL, " Anne@CHU.example "])
async def test_a_link_sets_a_new_password(database, box, email):
    await anne_of(database)
    secret = await link(database, box, email)

    assert await reset_password(database, secret, NEW)

    assert await authenticate_user(database, "anne", OLD) is None
    assert await authenticate_user(database, "anne", NEW)
    notice = await letter(database, box)
    assert "password" in notice.subject and notice.to == EMAIL


async def test_I09_a_new_password_ends_every_session_and_token(database, box):
    anne = await anne_of(database)
    doors = await signed_in(database, anne)
    secret = await link(database, box)
    before = await is_signed_in(database, *doors)

    await reset_password(database, secret, NEW)

    assert before == (True, True)
    assert await is_signed_in(database, *doors) == (False, False)


async def test_a_link_is_good_once(database, box):
    await anne_of(database)
    secret = await link(database, box)

    outcomes = await asyncio.gather(
        *(reset_password(database, secret, f"another password {number}") for number in range(3))
    )

    assert sorted(outcomes) == [False, False, True]


async def test_a_link_is_good_for_an_hour(database, box):
    await anne_of(database)
    secret = await link(database, box)

    clock.shift(timedelta(minutes=61))

    assert not await reset_password(database, secret, NEW)
    assert await authenticate_user(database, "anne", OLD)


async def test_another_link_ends_the_one_before(database, box):
    await anne_of(database)
    first = await link(database, box)
    second = await link(database, box)

    assert not await reset_password(database, first, NEW)
    assert await reset_password(database, second, NEW)


async def test_looking_at_a_link_uses_nothing_up(database, box):
    await anne_of(database)
    secret = await link(database, box)

    async with database.read() as session:
        assert await may_reset(session, secret) == await may_reset(session, secret) == "anne"
    assert await reset_password(database, secret, NEW)


@pytest.mark.parametrize(
    ("password", "weakness"),
    [("short", Weakness.SHORT), ("x" * 257, Weakness.LONG), ("motdepasse1", Weakness.COMMON),
     (EMAIL, Weakness.OWN)],
)  # fmt: skip
async def test_a_weak_password_is_refused_and_the_link_stays_good(
    database, box, password, weakness
):
    await anne_of(database)
    secret = await link(database, box)

    with pytest.raises(PasswordRefused) as refusal:
        await reset_password(database, secret, password)

    assert refusal.value.weakness is weakness
    assert await reset_password(database, secret, NEW)


@pytest.mark.parametrize("secret", ["", "x" * 43, "x" * 10_000])
async def test_a_link_that_is_none_sets_nothing(database, box, secret):
    await anne_of(database)

    assert not await reset_password(database, secret, NEW)


async def test_a_link_for_another_thing_sets_no_password(database, box):
    anne = await anne_of(database)
    await ask_for_address(database, anne.id, password=OLD, email="new@chu.example")
    await deliver(database)
    (taken,) = box.for_("new@chu.example")

    assert not await reset_password(database, ticket_of(taken), NEW)


@pytest.mark.parametrize("email", ["nobody@chu.example", "", "no address", "%", "anne"])
async def test_H24_who_has_no_account_gets_no_letter_and_nobody_learns_it(database, box, email):
    await anne_of(database)

    await ask_for_reset(database, email, address="203.0.113.7")

    await deliver(database)
    assert box.taken == []


async def test_a_suspended_account_gets_no_letter_and_no_password(database, box):
    anne = await anne_of(database)
    secret = await link(database, box)
    async with database.transaction() as session:
        (await session.get_one(type(anne), anne.id)).suspended_at = clock.now()

    await ask_for_reset(database, EMAIL, address="203.0.113.7")
    await deliver(database)

    assert box.taken == []
    assert not await reset_password(database, secret, NEW)


async def test_one_address_is_asked_for_five_times_in_half_an_hour(database):
    for number in range(5):
        await ask_for_reset(database, EMAIL, address=str(number))

    with pytest.raises(TooManyAttempts):
        await ask_for_reset(database, "ANNE@chu.example", address="6")
    clock.shift(timedelta(minutes=30))
    await ask_for_reset(database, EMAIL, address="6")


async def test_who_asks_for_many_people_is_stopped(database):
    for number in range(25):
        await ask_for_reset(database, f"d{number}@chu.example", address="1")

    with pytest.raises(TooManyAttempts):
        await ask_for_reset(database, EMAIL, address="1")


async def test_a_reset_leaves_the_second_factor_and_ends_a_half_done_sign_in(database, box):
    anne = await anne_of(database)
    async with database.transaction() as session:
        user = await session.get_one(type(anne), anne.id)
        user.totp_secret, user.totp_confirmed_at = "sealed", clock.now()
        session.add(
            Ticket(
                ticket_hash="half done",
                user_id=anne.id,
                purpose=Purpose.SECOND_FACTOR,
                expires_at=clock.now() + timedelta(minutes=5),
            )
        )

    await reset_password(database, await link(database, box), NEW)

    assert (await person(database, "anne")).has_second_factor
    async with database.read() as session:
        assert (await session.scalars(select(Ticket))).all() == []


async def test_a_reset_is_in_the_audit_log(database, box):
    await anne_of(database)
    await reset_password(database, await link(database, box), NEW)

    async with database.read() as session:
        line = (await session.scalars(select(AuditEntry))).one()
    assert (line.actor, line.action, line.subject) == ("anne", "account.password", "anne")


async def test_links_that_ran_out_are_forgotten(database, box):
    await anne_of(database)
    await link(database, box)
    clock.shift(timedelta(hours=2))

    async with database.transaction() as session:
        await delete_stale(session)

    async with database.read() as session:
        assert (await session.scalars(select(Ticket))).all() == []


# One's own password, with the one of now


async def test_H14_a_password_changes_with_the_one_of_now_only(database, box):
    anne = await anne_of(database)
    doors = await signed_in(database, anne)

    with pytest.raises(WrongPassword):
        await change_password(database, anne.id, current="not this one", new=NEW)
    before = await is_signed_in(database, *doors)
    await change_password(database, anne.id, current=OLD, new=NEW)

    assert before == (True, True)
    assert await is_signed_in(database, *doors) == (False, False)
    assert await authenticate_user(database, "anne", NEW)
    assert "was changed" in (await letter(database, box)).subject


async def test_a_weak_password_is_not_changed_to(database):
    anne = await anne_of(database)

    with pytest.raises(PasswordRefused):
        await change_password(database, anne.id, current=OLD, new="aaaaaaaaaa")


async def test_H14_a_password_is_tried_ten_times_in_ten_minutes(database):
    anne = await anne_of(database)
    for _ in range(10):
        with pytest.raises(WrongPassword):
            await change_password(database, anne.id, current="not this one", new=NEW)

    with pytest.raises(TooManyAttempts):
        await change_password(database, anne.id, current=OLD, new=NEW)
