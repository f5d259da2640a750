"""Signing up: who may, what it takes, and what nobody learns by it (H24, I12, I16, I18)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

import factories
from actors.models import Actor
from actors.queries import find_local_actor
from core import clock
from db.jobs import Job
from moderation.models import AuditEntry
from signing_up import (
    EMAIL,
    PASSWORD,
    asked,
    begin_a_window,
    deliver,
    invite,
    letter,
    make_person,
    person,
    ticket_of,
    with_mail,
)
from users import signup
from users.accounts import NotInYet, authenticate_user
from users.application import Fault, SignUpRefused
from users.confirming import Confirmed, confirm_address
from users.deciding import KEEP_UNCONFIRMED
from users.limits import TooManyAttempts
from users.models import User
from users.signup import InvitationOver, Outcome, sign_up


@pytest.fixture
def mode():
    return "open"


@pytest.fixture
def settings(settings, box, mode):
    return with_mail(settings, box, mode)


@pytest.fixture(autouse=True)
def no_tries_before():
    begin_a_window()


@pytest.fixture(autouse=True)
def keys_of_a_stock(monkeypatch):
    """RSA keys out of a few: making them is slow, and no matter here."""

    async def make():
        return factories.new_keys()

    monkeypatch.setattr(signup, "make_keys", make)


async def come(database, *, address="203.0.113.7", **changes):
    return await sign_up(database, asked(**changes), address=address)


async def faults(database, **changes):
    with pytest.raises(SignUpRefused) as refusal:
        await come(database, **changes)
    return refusal.value.faults


async def count_people(database):
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(User))


# Openly


async def test_who_signs_up_is_in_once_the_address_is_confirmed(database, box):
    outcome = await come(database)
    with pytest.raises(NotInYet) as before:
        await authenticate_user(database, "dora", PASSWORD)
    confirmed = await confirm_address(database, ticket_of(await letter(database, box)))

    assert (outcome, confirmed) == (Outcome.LOOK_IN_MAIL, Confirmed.READY)
    assert not before.value.is_confirmed
    assert await authenticate_user(database, "dora", PASSWORD)
    assert await authenticate_user(database, EMAIL, PASSWORD)


async def test_I16_who_is_not_in_yet_is_seen_by_nobody(database, box):
    await come(database)
    async with database.read() as session:
        hidden = await find_local_actor(session, "dora")
    await confirm_address(database, ticket_of(await letter(database, box)))
    async with database.read() as session:
        shown = await find_local_actor(session, "dora")

    assert (hidden.suspended_at is None, hidden.published_at) == (False, None)
    assert (shown.suspended_at, shown.published_at is None) == (None, False)


async def test_the_letter_says_nothing_that_a_stranger_wrote(database, box):
    await come(database, name="Win a prize at https://evil.example")

    taken = await letter(database, box)

    assert taken.to == EMAIL
    assert "@dora" in taken.text
    assert "evil.example" not in taken.text + taken.subject


async def test_the_letter_is_in_the_language_of_the_page(database, box):
    await come(database, locale="fr")
    await come(database, username="erin", email="erin@chu.example", locale="en")
    await deliver(database)

    languages = {one.to: one.message["Content-Language"] for one in box.taken}
    assert languages == {EMAIL: "fr", "erin@chu.example": "en"}


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("name", "  ", Fault.EMPTY),
        ("name", "x" * 101, Fault.LONG),
        ("username", "../root", Fault.BAD),
        ("username", "dörte", Fault.BAD),
        ("username", "", Fault.BAD),
        ("username", " Admin ", Fault.RESERVED),
        ("email", "dora", Fault.BAD),
        ("email", "dora@chu.example.", Fault.BAD),
        ("email", "dora@chu.example\r\nBcc: all@chu.example", Fault.BAD),
        ("password", "short", Fault.SHORT),
        ("password", "x" * 257, Fault.LONG),
        ("password", "Password2026!", Fault.COMMON),
        ("password", "Azertyuiop1", Fault.COMMON),
        ("password", "1234567890", Fault.COMMON),
        ("password", "aaaaaaaaaaaa", Fault.COMMON),
        ("password", EMAIL, Fault.OWN),
        ("reason", "x" * 2001, Fault.LONG),
    ],
)
async def test_what_is_wrong_is_told_by_field_and_nothing_is_made(database, field, value, fault):
    assert await faults(database, **{field: value}) == {field: fault}
    assert await count_people(database) == 0


async def test_the_username_and_the_name_are_no_passwords(database):
    said = await faults(database, username="dora.martin", password="Dora-Martin")
    named = await faults(database, name="Dr Dora Martin", password="drdoramartin")

    assert said == named == {"password": Fault.OWN}


async def test_all_that_is_wrong_is_told_at_once(database):
    said = await faults(database, name="", username="a b", email="x", password="x")

    assert set(said) == {"name", "username", "email", "password"}


async def test_the_rules_of_the_house_are_agreed_to(database, settings):
    (settings.data_dir / "rules.txt").write_text("Never name a patient.\n")

    assert await faults(database) == {"rules": Fault.UNREAD}
    assert await come(database, has_agreed=True) is Outcome.LOOK_IN_MAIL


@pytest.mark.parametrize("name", ["dora", " DORA "])
async def test_a_username_that_is_taken_is_said_to_be(database, name):
    await come(database)

    said = await faults(database, username=name, email="other@chu.example")

    assert said == {"username": Fault.TAKEN}


async def test_two_who_take_one_username_at_once_are_one(database):
    async def one(number):
        try:
            return await come(database, email=f"d{number}@chu.example", address=str(number))
        except SignUpRefused as refusal:
            return refusal.faults

    outcomes = await asyncio.gather(*(one(number) for number in range(4)))

    assert outcomes.count(Outcome.LOOK_IN_MAIL) == 1
    assert outcomes.count({"username": Fault.TAKEN}) == 3


# Nobody learns who has an account


async def test_H24_a_known_address_is_answered_as_any_other(database, box):
    await make_person(database, "anne")

    known = await come(database, email=" Anne@CHU.example ")
    unknown = await come(database, username="erin", email="erin@chu.example")
    await deliver(database)

    assert known is unknown is Outcome.LOOK_IN_MAIL
    (told,) = box.for_("anne@chu.example")
    assert "have an account" in told.subject
    assert "@anne" in told.text and "@dora" not in told.text
    assert await person(database) is None


async def test_H24_a_name_is_taken_whether_or_not_the_address_was_known(database):
    await make_person(database, "anne")
    await come(database, username="probe1", email="anne@chu.example", address="1")
    await come(database, username="probe2", email="nobody@chu.example", address="1")

    for name in ("probe1", "probe2"):
        said = await faults(database, username=name, email="x@y.example", address="2")
        assert said == {"username": Fault.TAKEN}


async def test_a_name_that_was_held_for_nobody_is_free_again(database):
    await make_person(database, "anne")
    await come(database, email="anne@chu.example")

    clock.shift(KEEP_UNCONFIRMED + timedelta(minutes=1))
    await deliver(database)

    assert await come(database) is Outcome.LOOK_IN_MAIL


async def test_H24_an_invitation_is_used_up_whether_or_not_the_address_was_known(database):
    await make_person(database, "anne")
    _, code = await invite(database)

    await come(database, invitation=code, email="anne@chu.example")

    with pytest.raises(InvitationOver):
        await come(database, invitation=code, username="erin")


async def test_an_address_is_held_by_nobody_who_has_not_confirmed_it(database, box):
    """Somebody signs up with another's address first: that keeps its owner out of nothing."""
    await come(database, username="thief", password="known to the thief")
    assert await come(database) is Outcome.LOOK_IN_MAIL
    await deliver(database)

    mine = next(one for one in box.taken if "@dora" in one.text)
    others = next(one for one in box.taken if "@thief" in one.text)

    assert await confirm_address(database, ticket_of(mine)) is Confirmed.READY
    assert await confirm_address(database, ticket_of(others)) is Confirmed.TAKEN
    assert (await authenticate_user(database, EMAIL, PASSWORD)).id == (await person(database)).id
    with pytest.raises(NotInYet):
        await authenticate_user(database, "thief", "known to the thief")


async def test_of_two_who_confirm_one_address_at_once_one_gets_it(database, box):
    await come(database)
    await come(database, username="erin")
    await deliver(database)

    outcomes = await asyncio.gather(
        *(confirm_address(database, ticket_of(one)) for one in box.taken)
    )

    assert sorted(outcomes) == [Confirmed.READY, Confirmed.TAKEN]


# How often


async def test_an_address_signs_up_five_times_in_half_an_hour(database):
    for number in range(5):
        await come(database, username=f"d{number}", email=f"d{number}@chu.example")
    with pytest.raises(TooManyAttempts):
        await come(database)

    assert await come(database, address="203.0.113.8") is Outcome.LOOK_IN_MAIL
    clock.shift(timedelta(minutes=30))
    assert await come(database, username="erin") is Outcome.LOOK_IN_MAIL


async def test_slips_in_the_form_cost_no_try_but_asking_for_names_does(database):
    for _ in range(10):
        await faults(database, password="short")
    await make_person(database, "anne")
    for _ in range(5):
        await faults(database, username="anne")

    with pytest.raises(TooManyAttempts):
        await come(database)


async def test_one_mailbox_is_written_to_five_times_in_half_an_hour(database, box):
    for number in range(5):
        await come(database, username=f"d{number}", address=str(number))
    with pytest.raises(TooManyAttempts):
        await come(database, address="6")

    await deliver(database)
    assert len(box.taken) == 5


async def test_a_lecture_hall_of_invited_people_comes_in_at_once(database):
    _, code = await invite(database, max_uses=None)

    for number in range(7):
        await come(database, username=f"d{number}", email=f"d{number}@x.example", invitation=code)

    assert await count_people(database) == 7


# What is written down


async def test_a_sign_up_is_in_the_audit_log_without_the_address(database):
    made, code = await invite(database)
    await come(database, invitation=code, reason="a secret reason")

    async with database.read() as session:
        line = await session.scalar(
            select(AuditEntry).where(col(AuditEntry.action) == "account.sign-up")
        )
        actor = (await session.scalars(select(Actor))).one()
    assert (line.actor, line.subject) == ("dora", actor.username)
    assert line.detail == {"invitation": str(made.id)}


async def test_no_secret_waits_in_the_queue(database, box):
    await come(database)

    async with database.read() as session:
        payloads = [job.payload for job in await session.scalars(select(Job))]
    user = await person(database)
    assert payloads == [{"letter": "confirm address", "user_id": user.id}]
