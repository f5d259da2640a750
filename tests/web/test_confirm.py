"""Links of letters about addresses: opened without effect, used once by a button (I12, H22)."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from signing_up import (
    asked,
    begin_a_window,
    deliver,
    letter,
    make_person,
    path_of,
    person,
    ticket_of,
    with_mail,
)
from users.own_account import ask_for_address
from users.signup import sign_up

CONFIRM, AGAIN = "/auth/confirm", "/auth/confirm/again"
PASSWORD = "three words together"


@pytest.fixture
def settings(settings, box):
    return with_mail(settings, box)


@pytest.fixture(autouse=True)
def no_tries_before(no_tries_before):
    begin_a_window()


@pytest.fixture
async def link(database, box):
    await sign_up(database, asked(), address="203.0.113.7")
    return path_of(await letter(database, box))


async def test_a_mail_filter_that_opens_the_link_uses_nothing_up(stranger, database, link):
    for _ in range(3):
        page = await stranger.get(link, Sec_Fetch_Site=None)
    before = await person(database)
    sent = await stranger.post(CONFIRM, page.forms[CONFIRM])

    assert before.confirmed_at is None
    assert sent.location == "/auth/confirm/ready"
    assert (await person(database)).confirmed_at is not None


async def test_the_link_is_told_to_nobody_else(stranger, link):
    page = await stranger.get(link)
    sent = await stranger.post(CONFIRM, page.forms[CONFIRM])

    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "ticket" not in sent.location


async def test_the_language_can_be_changed_on_the_way(stranger, link):
    page = await stranger.get(link)

    changed = await stranger.post("/language", page.forms["/language"] | {"lang": "fr"})

    assert changed.location == link
    assert CONFIRM in (await stranger.get(changed.location)).forms


async def test_I12_a_link_that_was_used_is_over(stranger, link):
    form = (await stranger.get(link)).forms[CONFIRM]
    await stranger.post(CONFIRM, form)

    opened = await stranger.get(link)
    sent = await stranger.post(CONFIRM, form)

    assert opened.status == sent.status == 404
    assert "This link is over" in opened.text
    assert AGAIN in opened.forms


@pytest.mark.parametrize("ticket", ["", "x" * 43, "<script>", "\x00"])
async def test_a_link_that_is_none_is_over(stranger, ticket):
    assert (await stranger.get(f"{CONFIRM}?{urlencode({'ticket': ticket})}")).status == 404
    assert (await stranger.post(CONFIRM, {"ticket": ticket})).status == 404


async def test_H20_a_link_is_used_on_our_page_only(stranger, database, link):
    form = (await stranger.get(link)).forms[CONFIRM]

    page = await stranger.post(CONFIRM, form, Sec_Fetch_Site="cross-site")

    assert page.status == 403
    assert (await person(database)).confirmed_at is None
    assert (await stranger.post(CONFIRM, page.forms[CONFIRM])).status == 303


async def test_the_letter_is_sent_again(stranger, database, box, link):
    form = (await stranger.get("/auth/sign-up/mail")).forms[AGAIN]

    sent = await stranger.post(AGAIN, form | {"email": "dora@chu.example"})

    assert (sent.status, sent.location) == (303, "/auth/confirm/sent")
    fresh = path_of(await letter(database, box))
    assert (await stranger.get(link)).status == 404
    assert (await stranger.get(fresh)).status == 200


async def test_H24_who_has_nothing_to_confirm_is_answered_alike(stranger, database, box):
    await make_person(database, "anne")

    answers = [
        await stranger.post(AGAIN, {"email": email})
        for email in ("anne@chu.example", "nobody@chu.example", "<b>")
    ]

    assert {(answer.status, answer.location) for answer in answers} == {
        (303, "/auth/confirm/sent")
    }
    await deliver(database)
    assert box.taken == []


async def test_five_letters_in_half_an_hour(stranger, database):
    for _ in range(5):
        await stranger.post(AGAIN, {"email": "dora@chu.example"})
    page = await stranger.post(AGAIN, {"email": "dora@chu.example"})

    assert page.status == 429
    assert page.forms[AGAIN]["email"] == "dora@chu.example"


async def test_H20_a_letter_is_asked_for_on_our_page_only(stranger):
    page = await stranger.post(AGAIN, {"email": "x@y.example"}, Sec_Fetch_Site="cross-site")

    assert page.status == 403


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("ready", "ready"), ("waits", "administrators"), ("changed", "changed"), ("sent", "mail"),
     ("again", "sent again")],
)  # fmt: skip
async def test_each_outcome_has_its_page(stranger, outcome, words):
    page = await stranger.get(f"{CONFIRM}/{outcome}")

    assert page.status == 200
    assert words in page.text


async def test_there_is_no_other_outcome(stranger):
    assert (await stranger.get(f"{CONFIRM}/elsewhere")).status == 404


async def test_a_new_address_is_confirmed_in_any_browser(stranger, database, box):
    anne = await make_person(database, "anne", password=PASSWORD)
    await ask_for_address(database, anne.id, password=PASSWORD, email="new@chu.example")
    await deliver(database)
    (taken,) = box.for_("new@chu.example")

    page = await stranger.get(path_of(taken))
    sent = await stranger.post(CONFIRM, page.forms[CONFIRM])

    assert sent.location == "/auth/confirm/changed"
    assert (await stranger.sign_in("new@chu.example", PASSWORD)).status == 303


async def test_an_address_that_somebody_else_confirmed_meanwhile_is_theirs(
    stranger, database, box
):
    await sign_up(database, asked(), address="1")
    await sign_up(database, asked(username="erin"), address="1")
    await deliver(database)
    tickets = [ticket_of(one) for one in box.taken]

    first = await stranger.post(CONFIRM, {"ticket": tickets[0]})
    second = await stranger.post(CONFIRM, {"ticket": tickets[1]})

    assert first.location == "/auth/confirm/ready"
    assert second.status == 409
    assert "has an account" in second.text


async def test_H22_the_links_do_not_follow_the_host_that_was_asked_for(stranger, database, box):
    await sign_up(database, asked(), address="1")
    await letter(database, box)

    await stranger.post(
        AGAIN,
        {"email": "dora@chu.example"},
        Host="evil.example",
        X_Forwarded_Host="evil.example",
        Forwarded="host=evil.example",
    )

    taken = await letter(database, box)
    assert taken.link.startswith("http://a.localhost:8001/auth/confirm?ticket=")
    assert b"evil.example" not in taken.raw
