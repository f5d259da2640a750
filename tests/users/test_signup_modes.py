"""Signing up where one needs an invitation or a word, or cannot, or where no mail is sent."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

import factories
from core.errors import NotFound
from db.jobs import Job
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
from users.invitations import list_invitations
from users.models import Role, User
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


# By invitation


class TestByInvitation:
    @pytest.fixture
    def mode(self):
        return "invitation"

    async def test_nobody_comes_without_one(self, database):
        with pytest.raises(NotFound):
            await come(database)
        with pytest.raises(InvitationOver):
            await come(database, invitation="x" * 43)

        assert await count_people(database) == 0

    async def test_it_approves_and_the_address_is_still_confirmed(self, database, box):
        made, code = await invite(database)

        outcome = await come(database, invitation=code)
        user = await person(database)

        assert outcome is Outcome.LOOK_IN_MAIL
        assert (user.approved_at is None, user.confirmed_at) == (False, None)
        assert user.invitation_id == made.id
        taken = await letter(database, box)
        assert await confirm_address(database, ticket_of(taken)) is Confirmed.READY

    async def test_one_for_an_address_confirms_it_too(self, database, box):
        _, code = await invite(database, email="Dora@chu.example")

        outcome = await come(database, invitation=code)
        await deliver(database)

        assert (outcome, box.taken) == (Outcome.READY, [])
        assert await authenticate_user(database, EMAIL, PASSWORD)

    @pytest.mark.parametrize(
        "email",
        [
            "erin@chu.example",
            "dora+tag@chu.example",
            "dora@sub.chu.example",
            "dora@chu.example.evil.example",
            "dоra@chu.example",
        ],
    )
    async def test_I12_one_for_an_address_lets_nobody_else_in(self, database, email):
        _, code = await invite(database, email=EMAIL)

        assert await faults(database, invitation=code, email=email) == {"email": Fault.NOT_INVITED}
        assert await come(database, invitation=code) is Outcome.READY

    async def test_I18_it_is_good_once(self, database):
        _, code = await invite(database)
        await come(database, invitation=code)

        with pytest.raises(InvitationOver):
            await come(database, invitation=code, username="erin", email="erin@chu.example")

    async def test_I18_of_ten_at_once_one_comes_in(self, database):
        _, code = await invite(database)

        async def one(number):
            try:
                return await come(
                    database, invitation=code, username=f"d{number}",
                    email=f"d{number}@chu.example",
                )  # fmt: skip
            except InvitationOver:
                return None

        outcomes = await asyncio.gather(*(one(number) for number in range(10)))

        assert [outcome for outcome in outcomes if outcome] == [Outcome.LOOK_IN_MAIL]
        assert await count_people(database) == 1

    async def test_what_went_wrong_uses_nothing_up(self, database):
        _, code = await invite(database)
        await make_person(database, "anne")

        await faults(database, invitation=code, username="anne")
        await faults(database, invitation=code, password="short")

        async with database.read() as session:
            (listed,) = await list_invitations(session)
        assert listed.invitation.uses == 0
        assert await come(database, invitation=code) is Outcome.LOOK_IN_MAIL

    async def test_who_has_an_account_and_a_letter_for_it_is_told(self, database):
        _, code = await invite(database, email="anne@chu.example")
        await make_person(database, "anne")

        said = await faults(database, invitation=code, email="anne@chu.example")

        assert said == {"email": Fault.TAKEN}


# On approval


class TestOnApproval:
    @pytest.fixture
    def mode(self):
        return "approval"

    async def test_a_reason_is_needed(self, database):
        assert await faults(database) == {"reason": Fault.EMPTY}

    async def test_an_invitation_stands_for_the_reason(self, database):
        _, code = await invite(database)

        assert await come(database, invitation=code) is Outcome.LOOK_IN_MAIL

    async def test_I16_the_administrators_are_told_once_the_address_is_confirmed(
        self, database, box
    ):
        for name, role in (("ada", Role.ADMIN), ("mo", Role.MODERATOR), ("anne", Role.MEMBER)):
            await make_person(database, name, role=role)
        await come(database, reason="I work here")
        asked_for = await letter(database, box)

        outcome = await confirm_address(database, ticket_of(asked_for))
        told = await letter(database, box)

        assert outcome is Confirmed.WAITS
        assert told.to == "ada@chu.example"
        assert "1 person asks" in told.text
        assert told.link == "http://a.localhost:8001/institution/people"
        with pytest.raises(NotInYet) as still:
            await authenticate_user(database, "dora", PASSWORD)
        assert still.value.is_confirmed
        assert await authenticate_user(database, "dora", "not the password") is None

    async def test_many_who_wait_are_one_letter(self, database, box):
        await make_person(database, "ada", role=Role.ADMIN)
        for number in range(3):
            await come(database, username=f"d{number}", email=f"d{number}@x.example", reason="Me")
        await deliver(database)
        for one in list(box.taken):
            await confirm_address(database, ticket_of(one))
        box.taken.clear()

        assert "3 people ask" in (await letter(database, box)).text


# Closed, and without mail


class TestClosed:
    @pytest.fixture
    def mode(self):
        return "closed"

    async def test_nobody_comes_in_not_even_by_an_invitation(self, database):
        _, code = await invite(database)

        for changes in ({}, {"invitation": code}):
            with pytest.raises(NotFound):
                await come(database, **changes)


class TestWithoutMail:
    @pytest.fixture
    def settings(self, settings, mode):
        return with_mail(settings, None, mode)

    async def test_an_address_is_taken_as_it_is_typed(self, database):
        assert await come(database) is Outcome.READY
        assert await authenticate_user(database, EMAIL, PASSWORD)

    async def test_H24_a_known_address_is_answered_as_any_other(self, database):
        anne = await make_person(database, "anne", password="the password of anne")

        outcome = await come(database, email="anne@chu.example")

        assert outcome is Outcome.READY
        assert await authenticate_user(database, "dora", PASSWORD)
        # The address leads to who had it first.
        assert await authenticate_user(database, "anne@chu.example", PASSWORD) is None
        found = await authenticate_user(database, "anne@chu.example", "the password of anne")
        assert found.id == anne.id

    async def test_nothing_is_owed_to_anybody(self, database):
        await come(database)

        async with database.read() as session:
            assert (await session.scalars(select(Job))).all() == []

    class TestOnApproval:
        @pytest.fixture
        def mode(self):
            return "approval"

        async def test_who_asks_waits(self, database):
            assert await come(database, reason="I work here") is Outcome.WAITS
            with pytest.raises(NotInYet):
                await authenticate_user(database, "dora", PASSWORD)
