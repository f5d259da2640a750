"""Signing in with a code besides the password (security.md I10, I11, H20)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from core import clock
from core.settings import Settings
from moderation.models import AuditEntry
from one_time_codes import code_of, with_factor, wrong_code
from users.models import WebSession
from users.queries import find_user_by_username

PATH = "/auth/second-factor"
PASSWORD = "a password long enough"
PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


@pytest_asyncio.fixture
async def factor(database, alice):
    """What alice's device knows, and her recovery codes."""
    async with database.read() as session:
        user = await find_user_by_username(session, "alice")
    return await with_factor(database, user)


async def count_sessions(database):
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(WebSession))


async def show_password(browser):
    """As `sign_in`, for a browser that is signed in already."""
    await browser.post("/auth/sign-in", {"name": "alice", "password": PASSWORD})


async def give(browser, code, **form):
    page = await browser.get(PATH)
    return await browser.post(PATH, page.forms[PATH] | {"code": code, "recovery": ""} | form)


async def test_the_password_alone_lets_nobody_in(stranger, factor, database):
    answer = await stranger.sign_in()

    assert (answer.status, answer.location) == (303, PATH)
    assert "session" not in stranger.cookies
    assert await count_sessions(database) == 0
    assert (await stranger.get("/settings")).location.startswith("/auth/sign-in")


async def test_password_and_code_lead_to_what_one_had_asked_for(stranger, factor, database):
    await stranger.sign_in(next="/@alice?max_id=5")
    answer = await give(stranger, code_of(factor[0]))

    assert (answer.status, answer.location) == (303, "/@alice?max_id=5")
    assert "second" not in stranger.cookies
    assert "Dr Alice" in (await stranger.get("/me")).text
    async with database.read() as session:
        entries = (await session.scalars(select(AuditEntry.action))).all()
    assert entries.count("account.sign-in") == 1


async def test_a_recovery_code_lets_in_once(stranger, factor):
    await stranger.sign_in()
    first = await give(stranger, "", recovery=factor[1][0].upper())
    await show_password(stranger)
    second = await give(stranger, "", recovery=factor[1][0])

    assert (first.status, second.status) == (303, 422)


async def test_the_choice_to_stay_signed_in_is_kept(stranger, factor):
    await stranger.sign_in(lasting="yes")
    answer = await give(stranger, code_of(factor[0]))

    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("session="))
    assert "Max-Age=1209600" in cookie


async def test_a_wrong_code_is_asked_again(stranger, factor):
    await stranger.sign_in()
    page = await give(stranger, wrong_code(factor[0]))

    assert page.status == 422
    assert "not right" in page.text and 'role="alert"' in page.html
    assert (await give(stranger, code_of(factor[0]))).status == 303


async def test_I11_after_five_wrong_codes_one_begins_at_the_door_again(stranger, factor):
    await stranger.sign_in(next="/lists")
    for _ in range(4):
        assert (await give(stranger, wrong_code(factor[0]))).status == 422
    answer = await give(stranger, wrong_code(factor[0]))

    assert answer.location == "/auth/sign-in?next=%2Flists&again=1&late=1"
    assert "second" not in stranger.cookies
    door = await stranger.get(answer.location)
    assert "five times" in door.text and door.forms["/auth/sign-in"]["next"] == "/lists"


async def test_I11_one_account_is_tried_ten_times_an_hour(stranger, factor):
    clock.shift(timedelta(minutes=60 - clock.now().minute))
    for _ in range(2):
        await stranger.sign_in()
        for _ in range(4):
            await give(stranger, wrong_code(factor[0]))
        await stranger.post(PATH, {"code": wrong_code(factor[0])})
        clock.shift(timedelta(minutes=5))
    await stranger.sign_in()
    page = await give(stranger, code_of(factor[0]))

    assert page.status == 429 and "too many tries" in page.text


async def test_whose_password_was_not_asked_begins_at_the_door(stranger, factor):
    page = await stranger.get(PATH)
    answer = await stranger.post(PATH, {"code": code_of(factor[0])})

    assert page.location == answer.location == "/auth/sign-in?next=%2F&again=1&late=1"


async def test_a_code_comes_within_ten_minutes(stranger, factor):
    await stranger.sign_in()
    clock.shift(timedelta(minutes=10))

    assert (await stranger.post(PATH, {"code": code_of(factor[0])})).status == 303
    assert "session" not in stranger.cookies


async def test_I10_each_sign_in_has_a_new_secret_and_ends_the_one_before(
    stranger, factor, database
):
    stranger.keep_cookie("session", "chosen by somebody else")
    await stranger.sign_in()
    await give(stranger, code_of(factor[0]))
    first = stranger.cookies["session"].value
    clock.shift(timedelta(seconds=60))
    await show_password(stranger)
    await give(stranger, code_of(factor[0]))

    assert first != "chosen by somebody else" != stranger.cookies["session"].value != first
    assert await count_sessions(database) == 1


@pytest.mark.parametrize("place", ["cross-site", "same-site", "none"])
async def test_H20_no_code_comes_from_another_site(stranger, factor, place):
    await stranger.sign_in()
    page = await stranger.post(PATH, {"code": code_of(factor[0])}, Sec_Fetch_Site=place)

    assert page.status == 403
    assert "session" not in stranger.cookies


async def test_H20_an_older_browser_proves_it_with_a_cookie(stranger, factor):
    stranger.headers.pop("Sec-Fetch-Site")
    await stranger.sign_in()
    blind = await stranger.post(PATH, {"code": code_of(factor[0])})
    answer = await give(stranger, code_of(factor[0]))

    assert (blind.status, answer.status) == (403, 303)
    assert "form" not in stranger.cookies


async def test_the_cookie_of_the_second_step_is_brief_and_ours(stranger, factor):
    answer = await stranger.sign_in()

    name, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert name.startswith("second=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=600"} <= set(attributes)


async def test_the_field_of_the_code_is_for_digits_and_for_what_a_device_offers(stranger, factor):
    await stranger.sign_in()
    page = await stranger.get(PATH)

    assert 'inputmode="numeric"' in page.html
    assert 'autocomplete="one-time-code"' in page.html


async def test_a_browser_is_remembered_by_what_it_is_and_by_its_network(
    stranger, factor, database
):
    stranger.headers["User-Agent"] = PHONE
    await stranger.sign_in()
    await give(stranger, code_of(factor[0]))

    async with database.read() as session:
        row = (await session.scalars(select(WebSession))).one()
    assert row.device == "Firefox on Android"
    assert row.address in {"", "127.0.0.0/24"}


class TestOverHttps:
    @pytest.fixture
    def settings(self, settings):
        return Settings(
            _env_file=None,
            **settings.model_dump(exclude={"base_url", "development"}),
            base_url="https://chu.example",
        )

    async def test_the_cookie_is_bound_to_the_host_and_to_https(self, stranger, factor):
        answer = await stranger.sign_in()

        name, *attributes = answer.headers["Set-Cookie"].split("; ")
        assert name.startswith("__Host-second=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
