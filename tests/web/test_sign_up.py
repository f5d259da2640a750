"""Making an account on the pages, in every mode; with a real mail server."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

import factories
from core.settings import Switch
from signing_up import begin_a_window, deliver, invite, letter, make_person, path_of, with_mail
from users import signup
from users.models import User

FORM = "/auth/sign-up"
PASSWORD = "three words together"
TYPED = {"name": "Dr Dora <b>", "username": "dora", "email": "dora@chu.example",
         "password": PASSWORD}  # fmt: skip


@pytest.fixture
def mode():
    return "open"


@pytest.fixture
def settings(settings, box, mode):
    return with_mail(settings, box, mode)


@pytest.fixture(autouse=True)
def no_tries_before(no_tries_before):
    begin_a_window()


@pytest.fixture(autouse=True)
def keys_of_a_stock(monkeypatch):
    async def make():
        return factories.new_keys()

    monkeypatch.setattr(signup, "make_keys", make)


async def send(browser, path=FORM, **changes):
    form = (await browser.get(path)).forms[path]
    return await browser.post(path, form | TYPED | changes)


async def count_people(database):
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(User))


async def test_a_whole_way_in(stranger, database, box):
    sent = await send(stranger)
    told = await stranger.get(sent.location)
    link = path_of(await letter(database, box))
    asked = await stranger.get(link)
    confirmed = await stranger.post("/auth/confirm", asked.forms["/auth/confirm"])
    said = await stranger.get(confirmed.location)
    signed_in = await stranger.sign_in("dora", PASSWORD)

    assert (sent.status, sent.location) == (303, "/auth/sign-up/mail")
    assert "Look into your mail" in told.text
    assert "dora@chu.example" in asked.text
    assert (confirmed.status, confirmed.location) == (303, "/auth/confirm/ready")
    assert "Your account is ready" in said.text
    assert signed_in.location == "/"


async def test_who_signs_in_before_confirming_is_shown_what_is_missing(stranger, database):
    await send(stranger)

    signed_in = await stranger.sign_in("dora", PASSWORD)

    assert (signed_in.status, signed_in.location) == (303, "/auth/sign-up/mail")
    assert "session" not in stranger.cookies


async def test_what_was_typed_is_kept_but_for_the_password(stranger, database):
    page = await send(stranger, username="a b", email="x", password="short")

    form = page.forms[FORM]
    assert page.status == 422
    assert (form["name"], form["username"], form["email"]) == ("Dr Dora <b>", "a b", "x")
    assert form["password"] == ""
    assert "<b>" not in page.html
    assert 'role="alert"' in page.html
    for field in ("username", "email", "password"):
        assert re.search(rf'id="{field}"[^>]+aria-invalid="true"[^>]+"{field}-hint"', page.html)
    assert "Too short" in page.text
    assert await count_people(database) == 0


async def test_a_username_that_is_taken_is_said_beside_its_field(stranger, database):
    await make_person(database, "dora")

    page = await send(stranger, email="other@chu.example")

    assert page.status == 422
    assert "Somebody has this name" in page.text


async def test_H24_a_known_address_looks_like_any_other(stranger, database, box):
    await make_person(database, "anne")

    known = await send(stranger, email="anne@chu.example")
    unknown = await send(stranger, username="erin")

    assert (known.status, known.location) == (unknown.status, unknown.location)
    await deliver(database)
    assert "have an account" in box.for_("anne@chu.example")[0].subject


async def test_the_rules_are_shown_and_agreed_to(stranger, database, settings):
    (settings.data_dir / "rules.txt").write_text("Never name a <i>patient</i>. | Not even once.\n")

    page = await stranger.get(FORM)
    refused = await send(stranger)
    taken = await send(stranger, rules="yes")

    assert "Never name a &lt;i&gt;patient&lt;/i&gt;." in page.html and "Not even once." in page.text
    assert refused.status == 422 and "Read the rules" in refused.text
    assert taken.status == 303


async def test_five_sign_ups_in_half_an_hour(stranger, database):
    for number in range(5):
        await send(stranger, username=f"d{number}", email=f"d{number}@chu.example")
    page = await send(stranger)

    assert page.status == 429
    assert "too many tries" in page.text
    assert page.forms[FORM]["username"] == "dora"


async def test_without_limits_anybody_may_try(stranger, database, settings):
    database.settings = settings.model_copy(update={"rate_limits": Switch.OFF})
    for number in range(6):
        sent = await send(stranger, username=f"d{number}", email=f"d{number}@chu.example")

    assert sent.status == 303


@pytest.mark.parametrize("place", ["cross-site", "same-site", "none"])
async def test_H20_nobody_signs_up_from_another_site(stranger, database, place):
    page = await stranger.post(FORM, TYPED, Sec_Fetch_Site=place)

    assert page.status == 403
    assert await count_people(database) == 0


async def test_H20_an_older_browser_proves_it_with_a_cookie(stranger, database):
    stranger.headers.pop("Sec-Fetch-Site")
    blind = await stranger.post(FORM, TYPED)

    assert blind.status == 403
    assert (await send(stranger)).status == 303


async def test_H13_a_form_makes_nobody_an_administrator(stranger, database):
    await send(stranger, role="admin", approved_at="2026-01-01", confirmed_at="2026-01-01")

    async with database.read() as session:
        user = (await session.scalars(select(User))).one()
    assert (user.role.value, user.confirmed_at) == ("member", None)


async def test_who_is_in_already_does_not_sign_up(reader):
    assert (await reader.get(FORM)).location == "/"


@pytest.mark.parametrize("step", ["mail", "waits"])
async def test_each_step_has_its_page(stranger, step):
    assert (await stranger.get(f"{FORM}/{step}")).status == 200


async def test_there_is_no_other_step(stranger):
    assert (await stranger.get(f"{FORM}/elsewhere")).status == 404


async def test_the_ways_in_are_told(stranger):
    for path in ("/about", "/auth/sign-in"):
        assert 'href="/auth/sign-up"' in (await stranger.get(path)).html
    assert 'href="/auth/forgotten"' in (await stranger.get("/auth/sign-in")).html


# By invitation


class TestByInvitation:
    @pytest.fixture
    def mode(self):
        return "invitation"

    async def test_without_a_link_the_page_says_how_people_come(self, stranger, database):
        page = await stranger.get(FORM)
        blind = await stranger.post(FORM, TYPED)

        assert page.status == blind.status == 404
        assert "by invitation" in page.text
        assert await count_people(database) == 0

    async def test_a_link_for_an_address_lets_its_person_in_at_once(
        self, stranger, database, box
    ):
        _, code = await invite(database, email="dora@chu.example")

        sent = await send(stranger, f"/invite/{code}")

        assert (sent.status, sent.location) == (303, "/")
        assert "Dr Dora" in (await stranger.get("/about")).text
        await deliver(database)
        assert box.taken == []

    async def test_another_address_is_refused_beside_its_field(self, stranger, database):
        _, code = await invite(database, email="dora@chu.example")

        page = await send(stranger, f"/invite/{code}", email="erin@chu.example")

        assert page.status == 422
        assert "for another address" in page.text
        assert "dora@chu.example" not in page.text

    async def test_the_note_and_the_address_of_a_link_are_not_shown(self, stranger, database):
        _, code = await invite(database, email="dora@chu.example", note="our new one")

        page = await stranger.get(f"/invite/{code}")

        assert page.status == 200
        assert "dora@chu.example" not in page.html and "our new one" not in page.html

    async def test_I18_a_link_that_was_used_is_over(self, stranger, database):
        _, code = await invite(database)
        await stranger.get(f"/invite/{code}")
        sent = await send(stranger, f"/invite/{code}")

        page = await stranger.get(f"/invite/{code}")
        late = await stranger.post(f"/invite/{code}", TYPED | {"username": "erin"})

        assert sent.location == "/auth/sign-up/mail"
        assert page.status == late.status == 404
        assert "This invitation is over" in page.text
        assert await count_people(database) == 1

    async def test_a_link_that_is_none_is_over(self, stranger):
        assert (await stranger.get("/invite/nothing")).status == 404

    async def test_who_is_in_already_is_told_whose_link_it_is(self, reader, database):
        _, code = await invite(database)

        page = await reader.get(f"/invite/{code}")

        assert "signed in as Dr Carol" in page.text

    async def test_the_way_in_is_told(self, stranger):
        for path in ("/about", "/auth/sign-in"):
            page = await stranger.get(path)
            assert "by invitation" in page.text and FORM not in page.html


class TestOnApproval:
    @pytest.fixture
    def mode(self):
        return "approval"

    async def test_a_reason_is_asked_for_and_kept(self, stranger, database):
        missing = await send(stranger)
        sent = await send(stranger, reason="I work in <cardiology>")

        assert missing.status == 422 and "Write who you are" in missing.text
        assert sent.status == 303
        async with database.read() as session:
            user = (await session.scalars(select(User))).one()
        assert user.signup_reason == "I work in <cardiology>"

    async def test_after_confirming_one_waits(self, stranger, database, box):
        await send(stranger, reason="I work here")
        asked = await stranger.get(path_of(await letter(database, box)))

        confirmed = await stranger.post("/auth/confirm", asked.forms["/auth/confirm"])

        assert confirmed.location == "/auth/confirm/waits"
        assert "administrators" in (await stranger.get(confirmed.location)).text
        assert (await stranger.sign_in("dora", PASSWORD)).location == "/auth/sign-up/waits"
        assert (await stranger.sign_in("dora", "not the password")).status == 422
        assert "session" not in stranger.cookies


class TestClosed:
    @pytest.fixture
    def mode(self):
        return "closed"

    async def test_nobody_signs_up(self, stranger, database):
        _, code = await invite(database)

        for path in (FORM, f"/invite/{code}"):
            assert (await stranger.get(path)).status == 404
            assert (await stranger.post(path, TYPED)).status == 404
        assert "made by the institution" in (await stranger.get(FORM)).text
        assert await count_people(database) == 0

    async def test_the_way_in_is_told(self, stranger):
        for path in ("/about", "/auth/sign-in"):
            page = await stranger.get(path)
            assert "ask its administrators" in page.text and FORM not in page.html


class TestWithoutMail:
    @pytest.fixture
    def settings(self, settings, mode):
        return with_mail(settings, None, mode)

    async def test_one_is_in_at_once(self, stranger, database):
        sent = await send(stranger)

        assert (sent.status, sent.location) == (303, "/")
        assert "Dr Dora" in (await stranger.get("/about")).text

    async def test_passwords_are_for_the_administrators_to_give(self, stranger, database):
        page = await stranger.get("/auth/forgotten")
        sent = await stranger.post("/auth/forgotten", {"email": "dora@chu.example"})

        assert "/auth/forgotten" not in page.forms
        assert "its administrators give you a new password" in page.text
        assert sent.status == 422
