"""The institution's page of people: who waits, who is invited, and for whom the page is."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from sqlmodel import col

import factories
from moderation.models import AuditEntry
from signing_up import (
    asked,
    begin_a_window,
    deliver,
    invite,
    letter,
    person,
    ticket_of,
    with_mail,
)
from users import signup
from users.confirming import confirm_address
from users.models import Invitation, Role, User
from users.queries import find_user_by_username
from users.signup import sign_up

PEOPLE, INVITE = "/institution/people", "/institution/invitations"
DORA = f"{PEOPLE}/dora"


@pytest.fixture
def settings(settings, box):
    return with_mail(settings, box, "approval")


@pytest.fixture(autouse=True)
def no_tries_before(no_tries_before):
    begin_a_window()


@pytest.fixture(autouse=True)
def keys_of_a_stock(monkeypatch):
    async def make():
        return factories.new_keys()

    monkeypatch.setattr(signup, "make_keys", make)


async def put_in_charge(database, role):
    async with database.transaction() as session:
        (await find_user_by_username(session, "carol")).role = role


@pytest.fixture
async def charge(reader, database):
    """Somebody in charge, signed in."""
    await put_in_charge(database, Role.MODERATOR)
    return reader


@pytest.fixture
async def dora(database, box):
    """Somebody who waits, the address confirmed."""
    await sign_up(
        database, asked(name="Dr Dora <b>", reason="I work\nhere <script>"), address="203.0.113.7"
    )
    await confirm_address(database, ticket_of(await letter(database, box)))


async def press(browser, path, **changes):
    form = (await browser.get(PEOPLE)).forms[path]
    return await browser.post(path, form | changes)


async def invitations(database):
    async with database.read() as session:
        return list(await session.scalars(select(Invitation)))


# For whom


async def test_a_stranger_signs_in_first(stranger):
    page = await stranger.get(PEOPLE)

    assert (page.status, page.location) == (303, "/auth/sign-in?next=%2Finstitution%2Fpeople")


async def test_whose_session_is_over_comes_back_to_the_page(charge, stranger, dora):
    form = (await charge.get(PEOPLE)).forms[f"{DORA}/approve"]

    sent = await stranger.post(f"{DORA}/approve", form)

    assert (sent.status, sent.location) == (303, "/auth/sign-in?next=%2Finstitution%2Fpeople")


async def test_H17_a_member_may_not(reader, database, dora):
    form = {"csrf_token": (await reader.get("/about")).forms["#act"]["csrf_token"]}

    assert (await reader.get(PEOPLE)).status == 403
    for path in (f"{DORA}/approve", f"{DORA}/refuse", INVITE, f"{INVITE}/1/revoke"):
        assert (await reader.post(path, form)).status == 403
    assert not (await person(database)).may_sign_in
    assert await invitations(database) == []


@pytest.mark.parametrize(
    "path", [f"{DORA}/approve", f"{DORA}/refuse", INVITE, f"{INVITE}/1/revoke"]
)
async def test_H20_each_form_carries_the_token_of_the_session(charge, database, dora, path):
    assert (await charge.post(path, {"days": "1"})).status == 403
    assert (await charge.post(path, {"csrf_token": "x" * 43})).status == 403
    assert await invitations(database) == []


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMIN], ids=str)
async def test_moderators_and_administrators_may(reader, database, dora, role):
    await put_in_charge(database, role)

    page = await reader.get(PEOPLE)

    assert page.status == 200
    assert f"{DORA}/approve" in page.forms and INVITE in page.forms


# Who waits


async def test_who_waits_is_shown_with_what_they_wrote(charge, dora):
    page = await charge.get(PEOPLE)

    assert "Dr Dora <b>" not in page.html and "Dr Dora &lt;b&gt;" in page.html
    assert "I work\nhere &lt;script&gt;" in page.html
    assert "dora@chu.example confirmed" in page.text


async def test_who_has_not_confirmed_is_shown_as_such(charge, database):
    await sign_up(database, asked(reason="I work here"), address="203.0.113.7")

    assert "dora@chu.example not confirmed yet" in (await charge.get(PEOPLE)).text


async def test_who_is_invited_and_has_not_confirmed_waits_for_nobodys_word(charge, database):
    _, code = await invite(database, note="our new one")
    await sign_up(database, asked(invitation=code), address="203.0.113.7")

    page = await charge.get(PEOPLE)

    assert "Who has still to confirm" in page.text and "our new one" in page.text
    assert f"{DORA}/approve" not in page.forms


async def test_somebody_is_let_in(charge, stranger, database, box, dora):
    sent = await press(charge, f"{DORA}/approve")

    assert (sent.status, sent.location) == (303, PEOPLE)
    assert "is ready" in (await letter(database, box)).subject
    assert (await stranger.sign_in("dora", "three words together")).status == 303
    assert "Nobody waits" in (await charge.get(PEOPLE)).text
    async with database.read() as session:
        line = await session.scalar(
            select(AuditEntry).where(col(AuditEntry.action) == "account.approve")
        )
    assert (line.actor, line.subject) == ("carol", "dora")


async def test_somebody_is_turned_away_with_a_reason(charge, database, box, dora):
    sent = await press(charge, f"{DORA}/refuse", reason="Not of this hospital")

    assert sent.status == 303
    assert "Not of this hospital" in (await letter(database, box)).text
    assert await person(database) is None


async def test_a_reason_that_is_too_long_decides_nothing(charge, database, dora):
    page = await press(charge, f"{DORA}/refuse", reason="x" * 2001)

    assert page.status == 422
    assert "the reason is too long" in page.text
    assert await person(database) is not None


@pytest.mark.parametrize("deed", ["approve", "refuse"])
async def test_what_somebody_else_decided_stays(charge, database, box, dora, deed):
    form = (await charge.get(PEOPLE)).forms[f"{DORA}/{deed}"]
    await press(charge, f"{DORA}/approve")
    await deliver(database)

    again = await charge.post(f"{DORA}/{deed}", form)

    assert (again.status, again.location) == (303, PEOPLE)
    assert (await person(database)).may_sign_in


async def test_nobody_who_is_in_can_be_turned_away(charge, database, alice):
    form = (await charge.get(PEOPLE)).forms[INVITE]

    await charge.post(f"{PEOPLE}/alice/refuse", form)

    assert (await person(database, "alice")).may_sign_in


# Invitations


async def test_a_link_is_shown_once_and_lets_somebody_in(charge, stranger, database):
    page = await press(charge, INVITE, note="residents <b>", uses="30", days="7")
    link = re.search(r'value="http://a\.localhost:8001(/invite/[\w-]{43})"', page.html)[1]

    listed = await charge.get(PEOPLE)

    assert page.status == 200
    assert link not in listed.html
    assert "residents &lt;b&gt;" in listed.html and "0 of 30 places taken" in listed.text
    assert "made by @carol" in listed.text
    assert (await stranger.get(link)).status == 200
    (made,) = await invitations(database)
    async with database.read() as session:
        maker = await session.get_one(User, made.made_by_id)
    assert (made.max_uses, maker.email) == (30, "carol@chu.example")


async def test_one_may_be_for_any_number(charge, database):
    page = await press(charge, INVITE, uses="", days="1")

    assert "For any number of people." in page.text
    assert (await invitations(database))[0].max_uses is None


async def test_one_may_be_for_an_address(charge, database):
    page = await press(charge, INVITE, email="erin@chu.example", uses="5")

    assert "Only for erin@chu.example." in page.text
    (made,) = await invitations(database)
    assert (made.email, made.max_uses) == ("erin@chu.example", 1)


@pytest.mark.parametrize(
    "changes",
    [{"uses": "0"}, {"uses": "many"}, {"uses": "1001"}, {"uses": "-1"}, {"days": "0"},
     {"days": ""}, {"days": "366"}, {"days": "1e3"}, {"email": "no address"},
     {"email": "carol@chu.example"}, {"note": "x" * 201}],
    ids=["nobody", "words", "too many", "less than nobody", "no day", "no days", "too many days",
         "odd days", "no address", "known", "long"],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused_and_what_was_typed_kept(charge, database, changes):
    page = await press(charge, INVITE, **{"note": "kept"} | changes)

    assert page.status == 422
    assert 'role="alert"' in page.html
    if "note" not in changes:
        assert page.forms[INVITE]["note"] == "kept"
    assert await invitations(database) == []


async def test_one_is_taken_back(charge, stranger, database):
    made, code = await invite(database)
    path = f"{INVITE}/{made.id}/revoke"

    sent = await press(charge, path)

    assert sent.location == f"{PEOPLE}#invitations"
    assert (await stranger.get(f"/invite/{code}")).status == 404
    listed = await charge.get(PEOPLE)
    assert "taken back" in listed.text and path not in listed.forms


@pytest.mark.parametrize("number", ["1", "0", "x", "99999999999999999999"])
async def test_one_that_is_not_there_is_not_found(charge, number):
    form = (await charge.get(PEOPLE)).forms[INVITE]

    assert (await charge.post(f"{INVITE}/{number}/revoke", form)).status == 404


class TestClosed:
    @pytest.fixture
    def settings(self, settings, box):
        return with_mail(settings, box, "closed")

    async def test_it_is_said_that_links_open_nothing(self, charge):
        assert "Sign-up is closed" in (await charge.get(PEOPLE)).text
