"""Changing one's password or address (security.md H14, I09, I10)."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import col

from core import clock
from db.jobs import Job
from users import doors
from users.accounts import authenticate_user
from users.models import Purpose, Ticket
from users.queries import find_user_by_username
from users.sessions import find_session, sign_in
from users.tokens import find_token, issue_token

PASSWORD, NEW = "a password long enough", "trois chevaux sous la pluie"
SECURITY = "/settings/security"
CHANGE, EMAIL = f"{SECURITY}/password", f"{SECURITY}/email"


@pytest.fixture(autouse=True)
def no_changes_before():
    doors.forget_tries()


async def user_of(database, name="carol"):
    async with database.read() as session:
        return await find_user_by_username(session, name)


async def send(browser, path, **fields):
    form = (await browser.get(path)).forms[path]
    return await browser.post(path, form | fields)


async def letters(database):
    async with database.read() as session:
        jobs = await session.scalars(select(Job).where(col(Job.kind) == "send mail"))
        return sorted(job.payload["letter"] for job in jobs)


class TestPassword:
    async def test_a_new_password_is_good_and_the_old_one_is_not(self, reader, database):
        answer = await send(reader, CHANGE, password=PASSWORD, new_password=NEW)

        assert (answer.status, answer.location) == (303, f"{SECURITY}?done=password")
        assert await authenticate_user(database, "carol", NEW)
        assert await authenticate_user(database, "carol", PASSWORD) is None
        assert "is changed" in (await reader.get(answer.location)).text

    async def test_I09_every_other_browser_and_every_app_is_signed_out(self, reader, database):
        async with database.transaction() as session:
            user = await find_user_by_username(session, "carol")
            other, _ = await sign_in(session, user)
            bearer = await issue_token(session, user=user, app=None, scopes="read")
        await send(reader, CHANGE, password=PASSWORD, new_password=NEW)

        async with database.read() as session:
            assert await find_session(session, other) is None
            assert (await find_token(session, bearer)).token.revoked_at is not None
        assert (await reader.get("/settings")).status == 200

    async def test_I10_this_browser_gets_a_new_secret(self, reader, stranger):
        before = reader.cookies["session"].value
        answer = await send(reader, CHANGE, password=PASSWORD, new_password=NEW)
        stranger.keep_cookie("session", before)

        assert reader.cookies["session"].value != before
        assert "Max-Age" not in answer.headers["Set-Cookie"]
        assert (await stranger.get("/settings")).status == 303

    async def test_a_browser_that_stays_signed_in_still_does(self, stranger, carol):
        await stranger.sign_in("carol", lasting="yes")
        answer = await send(stranger, CHANGE, password=PASSWORD, new_password=NEW)

        assert "Max-Age=1209600" in answer.headers["Set-Cookie"]

    @pytest.mark.parametrize("password", ["", "another password"])
    async def test_H14_the_password_of_now_is_asked(self, reader, database, password):
        page = await send(reader, CHANGE, password=password, new_password=NEW)

        assert page.status == 403 and "not your password" in page.text
        assert 'aria-invalid="true"' in page.html
        assert NEW not in page.html
        assert await authenticate_user(database, "carol", PASSWORD)

    @pytest.mark.parametrize(
        ("new", "said"),
        [
            ("short", "too short"),
            ("x" * 257, "too long"),
            ("carol@chu.example", "your name"),
            ("motdepasse12", "tried first"),
        ],
        ids=["short", "long", "own", "common"],
    )
    async def test_a_weak_password_is_refused_with_the_reason(self, reader, database, new, said):
        page = await send(reader, CHANGE, password=PASSWORD, new_password=new)

        assert page.status == 422 and said in page.text
        assert await authenticate_user(database, "carol", PASSWORD)

    async def test_I11_the_password_of_now_is_not_guessed_here(self, reader):
        moment = clock.now()
        clock.shift((moment.replace(minute=0, second=0) - moment) % doors.PASSWORD_CHANGES.per)
        tries = [await send(reader, CHANGE, password="no", new_password=NEW) for _ in range(11)]

        assert [page.status for page in tries] == [403] * 10 + [429]


class TestAddress:
    async def test_where_no_mail_is_sent_it_counts_at_once(self, reader, database):
        answer = await send(reader, EMAIL, password=PASSWORD, email=" c.new@chu.example ")

        assert answer.location == f"{SECURITY}?done=email"
        assert (await user_of(database)).email == "c.new@chu.example"

    @pytest.mark.parametrize("password", ["", "another password"])
    async def test_H14_the_password_is_asked(self, reader, database, password):
        page = await send(reader, EMAIL, password=password, email="c.new@chu.example")

        assert page.status == 403 and "not your password" in page.text
        assert page.forms[EMAIL]["email"] == "c.new@chu.example"
        assert (await user_of(database)).email == "carol@chu.example"

    @pytest.mark.parametrize("email", ["", "nobody", "a b@chu.example", "x@", '"><b>@x.example'])
    async def test_what_is_no_address_is_refused_and_kept(self, reader, database, email):
        page = await send(reader, EMAIL, password=PASSWORD, email=email)

        assert page.status == 422 and "no e-mail address" in page.text
        assert page.forms[EMAIL]["email"] == email
        assert (await user_of(database)).email == "carol@chu.example"


class TestAddressByMail:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:2525")})

    async def test_both_addresses_are_written_to_and_nothing_changes_yet(self, reader, database):
        answer = await send(reader, EMAIL, password=PASSWORD, email="c.new@chu.example")

        assert answer.location == f"{SECURITY}?done=email-asked"
        assert "on its way" in (await reader.get(answer.location)).text
        assert (await user_of(database)).email == "carol@chu.example"
        assert await letters(database) == ["address changes", "change address"]
        async with database.read() as session:
            ticket = (await session.scalars(select(Ticket))).one()
        assert ticket.purpose is Purpose.CHANGE_EMAIL
        assert ticket.details == {"email": "c.new@chu.example"}

    async def test_H24_nobody_learns_whose_address_it_is(self, reader, alice, database):
        free = await send(reader, EMAIL, password=PASSWORD, email="nobody@chu.example")
        taken = await send(reader, EMAIL, password=PASSWORD, email="alice@chu.example")

        assert (free.status, free.location) == (taken.status, taken.location)

    async def test_a_new_password_is_told_to_its_person(self, reader, database):
        await send(reader, CHANGE, password=PASSWORD, new_password=NEW)

        assert await letters(database) == ["password changed"]


@pytest.mark.parametrize("path", [CHANGE, EMAIL])
async def test_H20_no_other_page_changes_anything(reader, database, path):
    sent = {"password": PASSWORD, "new_password": NEW, "email": "evil@evil.example"}

    assert (await reader.post(path, sent)).status == 403
    assert (await user_of(database)).email == "carol@chu.example"
    assert await authenticate_user(database, "carol", PASSWORD)


@pytest.mark.parametrize("path", [CHANGE, EMAIL])
async def test_a_stranger_signs_in_first(stranger, path):
    assert (await stranger.get(path)).location.startswith("/auth/sign-in")
    assert (await stranger.post(path, {})).location.startswith("/auth/sign-in")
