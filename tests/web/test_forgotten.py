"""A forgotten password on the pages: nobody learns who has an account, nobody takes one over."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from core import clock
from signing_up import begin_a_window, deliver, letter, make_person, path_of, ticket_of, with_mail
from users.models import User

FORGOTTEN, NEW = "/auth/forgotten", "/auth/new-password"
EMAIL = "anne@chu.example"
PASSWORD, ANOTHER = "three words together", "another three words"


@pytest.fixture
def settings(settings, box):
    return with_mail(settings, box)


@pytest.fixture(autouse=True)
def no_tries_before(no_tries_before):
    begin_a_window()


@pytest.fixture
async def anne(database):
    return await make_person(database, "anne", password=PASSWORD)


async def ask(browser, email=EMAIL):
    form = (await browser.get(FORGOTTEN)).forms[FORGOTTEN]
    return await browser.post(FORGOTTEN, form | {"email": email})


@pytest.fixture
async def link(stranger, anne, database, box):
    await ask(stranger)
    return path_of(await letter(database, box))


async def choose(browser, link, password=ANOTHER):
    form = (await browser.get(link)).forms[NEW]
    return await browser.post(NEW, form | {"password": password})


async def test_a_whole_way_back(stranger, anne, database, box):
    sent = await ask(stranger)
    told = await stranger.get(sent.location)
    done = await choose(stranger, path_of(await letter(database, box)))
    said = await stranger.get(done.location)

    assert (sent.status, sent.location) == (303, "/auth/forgotten/sent")
    assert "If there is an account" in told.text
    assert (done.status, done.location) == (303, "/auth/new-password/set")
    assert "was changed" in said.text
    assert (await stranger.sign_in("anne", PASSWORD)).status == 422
    assert (await stranger.sign_in("anne", ANOTHER)).status == 303


async def test_H24_known_and_unknown_addresses_are_answered_alike(stranger, anne):
    answers = [await ask(stranger, email) for email in (EMAIL, "nobody@chu.example", "anne", "")]

    assert {(one.status, one.location, one.html) for one in answers} == {
        (303, "/auth/forgotten/sent", "")
    }


async def test_I09_who_was_signed_in_is_so_no_longer(stranger, anne, database, box, link):
    await stranger.sign_in("anne", PASSWORD)
    before = (await stranger.get("/auth/sign-in")).location

    await choose(stranger, link)

    assert before == "/"
    assert (await stranger.get("/auth/sign-in")).status == 200


async def test_a_reset_signs_nobody_in_and_passes_no_second_factor(
    stranger, anne, database, link
):
    async with database.transaction() as session:
        user = await session.get_one(User, anne.id)
        user.totp_secret, user.totp_confirmed_at = "sealed", clock.now()

    await choose(stranger, link)
    again = await stranger.sign_in("anne", ANOTHER)

    assert "session" not in stranger.cookies
    assert again.location != "/"


async def test_a_mail_filter_that_opens_the_link_uses_nothing_up(stranger, link):
    for _ in range(3):
        page = await stranger.get(link, Sec_Fetch_Site=None)

    assert page.status == 200
    assert (await choose(stranger, link)).status == 303


async def test_a_link_is_good_once(stranger, link):
    form = (await stranger.get(link)).forms[NEW]
    await choose(stranger, link)

    opened = await stranger.get(link)
    sent = await stranger.post(NEW, form | {"password": "a third password"})

    assert opened.status == sent.status == 404
    assert "This link is over" in opened.text
    assert (await stranger.sign_in("anne", ANOTHER)).status == 303


@pytest.mark.parametrize("ticket", ["", "x" * 43, "<script>"])
async def test_a_link_that_is_none_is_over(stranger, anne, ticket):
    opened = await stranger.get(f"{NEW}?{urlencode({'ticket': ticket})}")
    sent = await stranger.post(NEW, {"ticket": ticket, "password": ANOTHER})

    assert opened.status == sent.status == 404
    assert "<script>" not in opened.html


async def test_a_weak_password_is_refused_and_the_link_stays_good(stranger, link):
    page = await choose(stranger, link, "motdepasse1")

    assert page.status == 422
    assert "Too many people use this one" in page.text
    assert "motdepasse1" not in page.html
    done = await stranger.post(NEW, page.forms[NEW] | {"password": ANOTHER})
    assert done.status == 303


async def test_the_link_is_told_to_nobody_else(stranger, link):
    page = await stranger.get(link)
    done = await choose(stranger, link)

    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "ticket" not in done.location
    assert page.html.count(ticket := link.partition("=")[2]) == 2, ticket


async def test_H20_a_link_is_used_on_our_page_only(stranger, anne, link):
    form = (await stranger.get(link)).forms[NEW]

    page = await stranger.post(NEW, form | {"password": ANOTHER}, Sec_Fetch_Site="cross-site")

    assert page.status == 403
    assert (await stranger.sign_in("anne", PASSWORD)).status == 303


async def test_H20_a_link_is_asked_for_on_our_page_only(stranger, anne, database, box):
    page = await stranger.post(FORGOTTEN, {"email": EMAIL}, Sec_Fetch_Site="cross-site")

    assert page.status == 403
    await deliver(database)
    assert box.taken == []


async def test_one_address_is_asked_for_five_times_in_half_an_hour(stranger, anne):
    for _ in range(5):
        await ask(stranger)
    page = await ask(stranger)

    assert page.status == 429
    assert page.forms[FORGOTTEN]["email"] == EMAIL


async def test_H22_the_link_does_not_follow_the_host_that_was_asked_for(
    stranger, anne, database, box
):
    await stranger.post(
        FORGOTTEN, {"email": EMAIL}, Host="evil.example", X_Forwarded_Host="evil.example"
    )

    taken = await letter(database, box)
    assert taken.link.startswith("http://a.localhost:8001/auth/new-password?ticket=")
    assert b"evil" not in taken.raw
    assert len(ticket_of(taken)) == 43


async def test_a_password_manager_is_told_whose_password_it_is(stranger, link):
    form = (await stranger.get(link)).forms[NEW]

    assert form["username"] == "anne"
