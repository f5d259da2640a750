"""Invitations: made, listed, taken back; as many come in as there are places (I18)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.errors import InvalidInput, NotFound
from moderation.models import AuditEntry
from signing_up import invite, make_person
from users.invitations import (
    KEEP_ENDED,
    Terms,
    find_invitation,
    forget_invitations,
    is_open,
    list_invitations,
    make_invitation,
    revoke_invitation,
    use_invitation,
)
from users.models import Invitation, Role


async def use(database, code):
    async with database.transaction() as session:
        return await use_invitation(session, code) is not None


async def find(database, code):
    async with database.read() as session:
        return await find_invitation(session, code)


async def revoke(database, invitation_id):
    async with database.transaction() as session:
        return await revoke_invitation(session, invitation_id, decided_by="ada")


async def test_only_the_hash_of_a_code_is_kept(database):
    made, code = await invite(database, note="for Dora")

    assert len(code) == 43
    assert code not in str(made.model_dump())
    assert (await find(database, code)).id == made.id


@pytest.mark.parametrize("most", [1, 3])
async def test_I18_as_many_come_in_at_once_as_there_are_places(database, most):
    _, code = await invite(database, max_uses=most)

    came = await asyncio.gather(*(use(database, code) for _ in range(10)))

    assert came.count(True) == most
    assert await find(database, code) is None


async def test_one_without_bound_lets_everybody_in(database):
    made, code = await invite(database, max_uses=None)

    assert made.max_uses is None
    assert all([await use(database, code) for _ in range(5)])


async def test_one_for_an_address_is_for_one_person(database):
    made, _ = await invite(database, email=" dora@chu.example ", max_uses=None)

    assert (made.email, made.max_uses) == ("dora@chu.example", 1)


async def test_one_that_is_too_old_lets_nobody_in(database):
    _, code = await invite(database, days=1)
    clock.shift(timedelta(days=1, minutes=1))

    assert await find(database, code) is None
    assert not await use(database, code)


async def test_one_that_was_taken_back_lets_nobody_in(database):
    made, code = await invite(database, max_uses=None)

    await revoke(database, made.id)
    revoked_at = (await revoke(database, made.id)).revoked_at

    assert revoked_at is not None
    assert not await use(database, code)


@pytest.mark.parametrize("code", ["", "x" * 43, "x" * 10_000, "%"])
async def test_a_code_that_is_none_lets_nobody_in(database, code):
    await invite(database)

    assert not await use(database, code)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"max_uses": 0}, "1 to 1000 people"),
        ({"max_uses": 1001}, "1 to 1000 people"),
        ({"days": 0}, "1 to 365 days"),
        ({"days": 366}, "1 to 365 days"),
        ({"note": "x" * 201}, "at most 200"),
        ({"email": "no address"}, "no e-mail address"),
        ({"email": "Anne@chu.example"}, "has an account"),
    ],
)
async def test_terms_that_make_no_sense_are_refused(database, terms, said):
    await make_person(database, "anne")

    with pytest.raises(InvalidInput, match=said):
        await invite(database, **terms)

    async with database.read() as session:
        assert (await session.scalars(select(Invitation))).all() == []


async def test_they_are_listed_newest_first_with_who_made_them(database):
    ada = await make_person(database, "ada", role=Role.ADMIN)
    await invite(database, note="first")
    async with database.transaction() as session:
        await make_invitation(session, Terms(note="second"), made_by=ada, decided_by="ada")

    async with database.read() as session:
        listed = await list_invitations(session)

    assert [(one.invitation.note, one.made_by, one.is_open) for one in listed] == [
        ("second", "ada", True),
        ("first", None, True),
    ]


async def test_what_is_done_with_them_is_in_the_audit_log_without_an_address(database):
    made, _ = await invite(database, email="dora@chu.example")
    await revoke(database, made.id)
    await revoke(database, made.id)

    async with database.read() as session:
        lines = list(await session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    assert [(line.action, line.actor) for line in lines] == [
        ("invitation.make", "command line"),
        ("invitation.revoke", "ada"),
    ]
    assert lines[0].detail == {"max_uses": 1, "days": 14}


async def test_one_that_is_not_there_cannot_be_taken_back(database):
    with pytest.raises(NotFound):
        await revoke(database, 115)


async def test_one_is_open_until_its_last_place_is_taken(database):
    made, code = await invite(database, max_uses=2)
    await use(database, code)
    assert is_open(made)

    await use(database, code)

    async with database.read() as session:
        assert not is_open(await session.get_one(Invitation, made.id))


async def test_they_are_forgotten_long_after_they_ended(database):
    await invite(database, note="old", days=1)
    await invite(database, note="newer", days=30)
    clock.shift(KEEP_ENDED + timedelta(days=2))

    async with database.transaction() as session:
        await forget_invitations(session)

    async with database.read() as session:
        assert [one.invitation.note for one in await list_invitations(session)] == ["newer"]
