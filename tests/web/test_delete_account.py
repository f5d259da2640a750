"""Leaving for good (security.md H14, H18, H20)."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select

from actors.models import Actor
from db.jobs import Job
from moderation.models import AuditEntry
from one_time_codes import with_factor
from users import doors
from users.models import RecoveryCode, Role, User
from users.queries import find_user_by_username

PASSWORD = "a password long enough"
PATH = "/settings/delete"


@pytest.fixture(autouse=True)
def no_tries_before():
    doors.forget_tries()


@pytest_asyncio.fixture
async def user(database, reader):
    async with database.read() as session:
        return await find_user_by_username(session, "carol")


async def leave(browser, **fields):
    form = (await browser.get(PATH)).forms[PATH]
    return await browser.post(PATH, form | {"password": PASSWORD, "typed": "carol"} | fields)


async def is_there(database, user):
    async with database.read() as session:
        return not (await session.get_one(User, user.id)).is_deleted


async def test_the_page_says_what_goes_and_what_stays(reader):
    page = await reader.get(PATH)

    assert "What goes" in page.text and "What stays" in page.text
    assert "Nobody can undo it" in page.text


@pytest.mark.parametrize("typed", ["carol", "@Carol "])
async def test_who_leaves_is_gone_here_and_signed_out(reader, carol, user, database, typed):
    answer = await leave(reader, typed=typed)

    assert (answer.status, answer.location) == (303, "/farewell")
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert "session" not in reader.cookies
    assert not await is_there(database, user)
    async with database.read() as session:
        assert (await session.get_one(Actor, carol.id)).deleted_at is not None
        assert "erase actor" in (await session.scalars(select(Job.kind))).all()
        entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.actor, entry.action, entry.subject) == ("carol", "account.delete", "carol")
    assert "is deleted" in (await reader.get("/farewell")).text
    assert (await reader.get("/@carol")).status == 404


async def test_nothing_of_the_second_factor_stays(reader, user, database):
    await with_factor(database, user)
    await leave(reader)

    async with database.read() as session:
        row = await session.get_one(User, user.id)
        assert (await session.scalars(select(RecoveryCode))).all() == []
    assert (row.totp_secret, row.totp_confirmed_at, row.totp_step) == (None, None, None)


@pytest.mark.parametrize("password", ["", "another password"])
async def test_H14_nobody_is_deleted_without_the_password(reader, user, database, password):
    page = await leave(reader, password=password)

    assert page.status == 403 and "not your password" in page.text
    assert page.forms[PATH]["typed"] == "carol"
    assert await is_there(database, user)


@pytest.mark.parametrize("typed", ["", "alice", "carol2"])
async def test_nobody_is_deleted_without_the_name(reader, user, database, typed):
    page = await leave(reader, typed=typed)

    assert page.status == 422 and "not your username" in page.text
    assert await is_there(database, user)


async def test_the_last_administrator_stays(reader, user, database):
    async with database.transaction() as session:
        (await session.get_one(User, user.id)).role = Role.ADMIN
    page = await leave(reader)

    assert page.status == 422 and "only administrator" in page.text
    assert await is_there(database, user)


async def test_an_administrator_of_several_may_leave(reader, alice, user, database):
    async with database.transaction() as session:
        (await session.get_one(User, user.id)).role = Role.ADMIN
        (await find_user_by_username(session, "alice")).role = Role.ADMIN

    assert (await leave(reader)).location == "/farewell"


async def test_H20_nobody_is_deleted_by_another_page(reader, user, database):
    answer = await reader.post(PATH, {"password": PASSWORD, "typed": "carol"})

    assert answer.status == 403
    assert await is_there(database, user)


async def test_a_stranger_signs_in_first(stranger):
    assert (await stranger.get(PATH)).location.startswith("/auth/sign-in")
    assert (await stranger.post(PATH, {})).location.startswith("/auth/sign-in")
