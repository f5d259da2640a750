"""The page where a doctor lets a device in (RFC 8628), and who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from core import clock
from users.devices import DEVICE_LENGTH, start_device
from users.models import DeviceGrant, OAuthApp

PATH = "/oauth/device"
TABLET = "Ward tablet <3>"


@pytest_asyncio.fixture
async def codes(database, program):
    async with database.transaction() as session:
        return await start_device(
            session, program, scope="read write:statuses", device=TABLET, address="192.0.2.7"
        )


@pytest.fixture
def there(codes):
    return f"{PATH}?user_code={codes.user_code}"


async def grant_of(database):
    async with database.read() as session:
        return (await session.scalars(select(DeviceGrant))).one()


async def decide(browser, there, decision, **changes):
    page = await browser.get(there)
    form = page.forms[PATH] | {"decision": decision} | changes
    return await browser.post(PATH, form)


async def test_a_stranger_signs_in_first_and_comes_back(stranger, there):
    sent = await stranger.get(there)

    assert sent.location.startswith("/auth/sign-in?next=%2Foauth%2Fdevice%3Fuser_code%3D")


async def test_the_code_is_typed(doctor, codes):
    page = await doctor.get(PATH)

    assert page.status == 200
    assert page.forms[PATH] == {"user_code": ""}
    assert "Type the code that the device shows" in page.text


async def test_the_page_says_which_program_on_which_device_asks_for_what(doctor, codes):
    page = await doctor.get(f"{PATH}?user_code={codes.user_code.replace('-', '').lower()}")

    assert codes.user_code in page.text
    assert "Tusky &lt;b&gt;" in page.html
    assert "Ward tablet &lt;3&gt;" in page.html
    assert "just now, from 192.0.2.7" in page.text
    assert "read everything that you may read" in page.text
    assert "change only: posts" in page.text
    assert "Dr Alice @alice@a.localhost:8001" in page.text


async def test_yes_lets_the_device_in(doctor, there, database, alice):
    page = await decide(doctor, there, "grant")

    assert "The device is let in" in page.text
    grant = await grant_of(database)
    assert grant.approved_at and grant.user_id and not grant.denied_at


@pytest.mark.parametrize("decision", ["deny", "", "else"])
async def test_anything_but_yes_is_no(doctor, there, database, decision):
    page = await decide(doctor, there, decision)

    assert "The device was not let in" in page.text
    grant = await grant_of(database)
    assert grant.denied_at and not grant.approved_at


async def test_a_code_is_decided_once(doctor, there, database):
    await decide(doctor, there, "deny")

    again = await doctor.get(there)

    assert again.status == 404
    assert "No device waits under this code" in again.text


async def test_a_code_ends(doctor, there, database):
    form = (await doctor.get(there)).forms[PATH] | {"decision": "grant"}
    clock.shift(DEVICE_LENGTH)

    page = await doctor.post(PATH, form)

    assert page.status == 404
    assert (await grant_of(database)).approved_at is None


async def test_whose_session_is_over_types_the_code_again(doctor, stranger, there, database):
    form = (await doctor.get(there)).forms[PATH]

    sent = await stranger.post(PATH, form | {"decision": "grant"})

    assert (sent.status, sent.location) == (303, "/auth/sign-in?next=%2Foauth%2Fdevice")
    assert (await grant_of(database)).approved_at is None


@pytest.mark.parametrize("token", ["", "x" * 43])
async def test_H20_no_device_is_let_in_from_another_page(doctor, there, database, token):
    page = await decide(doctor, there, "grant", csrf_token=token)

    assert page.status == 403
    assert (await grant_of(database)).approved_at is None


@pytest.fixture
def new_window():
    """Begin a window of ten minutes, which the test then does not cross."""
    passed = clock.now().timestamp() % 600
    clock.shift(timedelta(seconds=601 - passed))


async def test_I11_codes_are_guessed_20_times_in_ten_minutes(new_window, doctor, there):
    pages = [await doctor.get(f"{PATH}?user_code=BBBB-BBBB") for _ in range(21)]

    right = await doctor.get(there)

    assert [page.status for page in pages] == [404] * 20 + [429]
    assert right.status == 429 and "too many tries" in right.text
    clock.shift(timedelta(minutes=10))
    assert (await doctor.get(there)).status == 200


async def test_I11_guesses_count_where_they_are_sent_to_as_well(
    new_window, doctor, there, database
):
    form = (await doctor.get(there)).forms[PATH] | {"decision": "grant"}
    wrong = form | {"user_code": "BBBB-BBBB"}
    pages = [await doctor.post(PATH, wrong) for _ in range(20)]

    last = await doctor.post(PATH, form)

    assert [page.status for page in pages] == [404] * 19 + [429]
    assert last.status == 429
    assert (await grant_of(database)).approved_at is None


async def test_I15_the_page_cannot_be_framed(doctor, there):
    page = await doctor.get(there)

    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("website", ["https://[x", "https://℀.com/"])
async def test_a_website_that_cannot_be_read_does_not_break_the_page(
    doctor, program, database, there, website
):
    async with database.transaction() as session:
        (await session.get_one(OAuthApp, program.id)).website = website

    page = await doctor.get(there)

    assert page.status == 200
