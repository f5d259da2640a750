"""Signing in and out (security.md I10, I11, H20, §5 cookies)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from core import clock
from core.settings import Settings, Switch
from moderation.models import AuditEntry
from users.accounts import set_password
from users.models import User, WebSession
from web.forms import local_path

PASSWORD = "a password long enough"


async def count_sessions(database):
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(WebSession))


async def test_the_right_password_signs_in(stranger, alice):
    answer = await stranger.sign_in()

    assert (answer.status, answer.location) == (303, "/")
    assert "Dr Alice" in (await stranger.get("/")).text


@pytest.mark.parametrize("name", ["Alice", " @alice ", "ALICE@chu.example"])
async def test_a_name_is_taken_as_people_type_it(stranger, alice, name):
    assert (await stranger.sign_in(name)).status == 303


async def test_one_goes_on_to_what_one_had_asked_for(stranger, alice):
    answer = await stranger.sign_in(next="/@alice?max_id=5")

    assert answer.location == "/@alice?max_id=5"


@pytest.mark.parametrize(
    "asked",
    ["//evil.example", "https://evil.example", "/\\evil.example", "/a\\b", "/\t/evil.example",
     "/a b", "", None, "evil", "/\r\nX: y"],
)  # fmt: skip
def test_H21_one_never_goes_on_to_another_place(asked):
    assert local_path(asked) == "/"


async def test_I11_wrong_names_and_wrong_passwords_are_answered_in_the_same_words(stranger, alice):
    wrong_password = await stranger.sign_in(password="not this one")
    wrong_name = await stranger.sign_in("nobody")

    assert wrong_password.status == wrong_name.status == 422
    assert wrong_password.html.replace("alice", "nobody") == wrong_name.html
    assert "do not belong together" in wrong_name.text
    assert "session" not in stranger.cookies


async def test_what_was_typed_is_kept_but_for_the_password(stranger, alice):
    page = await stranger.sign_in("<b>alice", "hunter2 hunter2")

    assert page.forms["/auth/sign-in"]["name"] == "<b>alice"
    assert "hunter2" not in page.html
    assert "<b>alice" not in page.html


async def test_I11_a_name_can_be_tried_25_times_an_hour(stranger, alice):
    # Tries are counted by the hour of the clock: these fall into one.
    moment = clock.now()
    clock.shift(timedelta(minutes=60 - moment.minute))
    for _ in range(25):
        await stranger.sign_in(password="wrong")
        clock.shift(timedelta(seconds=20))
    page = await stranger.sign_in()

    assert page.status == 429
    assert "too many tries" in page.text


async def test_I11_an_address_can_try_25_times_in_five_minutes(stranger, alice):
    for number in range(25):
        await stranger.sign_in(f"somebody{number}", "wrong")
    refused = await stranger.sign_in()
    clock.shift(timedelta(minutes=5))

    assert refused.status == 429
    assert (await stranger.sign_in()).status == 303


async def test_I10_each_sign_in_has_a_new_secret_and_ends_the_one_before(
    stranger, alice, database
):
    await stranger.sign_in()
    first = stranger.cookies["session"].value

    await stranger.post("/auth/sign-in", {"name": "alice", "password": PASSWORD})

    assert stranger.cookies["session"].value != first
    assert await count_sessions(database) == 1


async def test_a_sign_in_is_in_the_audit_log(stranger, alice, database):
    await stranger.sign_in()

    async with database.read() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    assert (entry.actor, entry.action) == ("alice", "account.sign-in")


async def test_a_suspended_person_cannot_sign_in_and_is_signed_out(stranger, alice, database):
    await stranger.sign_in()
    async with database.transaction() as session:
        user = await session.scalar(select(User).where(col(User.actor_id) == alice.id))
        user.suspended_at = clock.now()

    assert "Dr Alice" not in (await stranger.get("/")).text
    assert (await stranger.sign_in()).status == 422


async def test_I09_a_new_password_ends_every_session(doctor, alice, database):
    await set_password(database, "alice", password="another good password", decided_by="cli")

    assert "Dr Alice" not in (await doctor.get("/")).text


async def test_signing_out_ends_the_session_here_and_on_the_server(doctor, database):
    form = (await doctor.get("/me")).forms["/auth/sign-out"]

    answer = await doctor.post("/auth/sign-out", form)

    assert answer.location == "/"
    assert "session" not in doctor.cookies
    assert await count_sessions(database) == 0


@pytest.mark.parametrize("token", [None, "", "x" * 43])
async def test_H20_signing_out_needs_the_token_of_the_session(doctor, database, token):
    answer = await doctor.post("/auth/sign-out", {"csrf_token": token} if token else {})

    assert answer.status == 403
    assert await count_sessions(database) == 1


@pytest.mark.parametrize("place", ["cross-site", "same-site", "none"])
async def test_H20_nobody_is_signed_in_from_another_site(stranger, alice, place):
    form = {"name": "alice", "password": PASSWORD}

    answer = await stranger.post("/auth/sign-in", form, Sec_Fetch_Site=place)

    assert answer.status == 403
    assert "session" not in stranger.cookies


async def test_H20_an_older_browser_proves_it_with_a_cookie(stranger, alice):
    stranger.headers.pop("Sec-Fetch-Site")
    blind = await stranger.post("/auth/sign-in", {"name": "alice", "password": PASSWORD})

    assert blind.status == 403
    assert (await stranger.sign_in()).status == 303
    assert "form" not in stranger.cookies


async def test_H20_an_older_browsers_cookie_and_form_must_agree(stranger, alice):
    stranger.headers.pop("Sec-Fetch-Site")

    assert (await stranger.sign_in(form_token="x" * 43)).status == 403


async def test_strangers_get_no_cookie(stranger, alice):
    for path in ("/", "/about", "/auth/sign-in", "/@alice", "/nowhere"):
        page = await stranger.get(path)
        assert "Set-Cookie" not in page.headers

    assert stranger.cookies == {}


async def test_the_cookie_ends_with_the_browser_unless_asked_otherwise(stranger, alice):
    brief = await stranger.sign_in()
    lasting = await stranger.post(
        "/auth/sign-in", {"name": "alice", "password": PASSWORD, "lasting": "yes"}
    )

    assert "Max-Age" not in brief.headers["Set-Cookie"]
    assert "Max-Age=1209600" in lasting.headers["Set-Cookie"]
    for cookie in (brief.headers["Set-Cookie"], lasting.headers["Set-Cookie"]):
        assert cookie.startswith("session=")
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Secure" not in cookie


async def test_who_is_signed_in_is_not_asked_again(doctor):
    page = await doctor.get("/auth/sign-in?next=/@alice")

    assert (page.status, page.location) == (303, "/@alice")


async def test_H10_a_large_form_is_refused(stranger):
    page = await stranger.post("/auth/sign-in", {"name": "a" * 70_000, "password": "x"})

    assert page.status == 413


class TestOverHttps:
    @pytest.fixture
    def settings(self, settings):
        return Settings(
            _env_file=None,
            **settings.model_dump(exclude={"base_url", "development"}),
            base_url="https://chu.example",
        )

    async def test_the_cookie_is_bound_to_the_host_and_to_https(self, stranger, alice):
        answer = await stranger.sign_in()

        name, *attributes = answer.headers["Set-Cookie"].split("; ")
        assert name.startswith("__Host-session=")
        assert set(attributes) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


class TestWithoutLimits:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"rate_limits": Switch.OFF})

    async def test_an_address_is_not_counted(self, stranger, alice):
        for number in range(26):
            await stranger.sign_in(f"somebody{number}", "wrong")

        assert (await stranger.sign_in()).status == 303
