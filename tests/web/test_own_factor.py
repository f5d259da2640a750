"""Setting a second factor up, and turning it off (security.md H14, I10, I11)."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from core import clock
from one_time_codes import begin_a_step, code_of, later, with_factor, wrong_code
from users.queries import find_user_by_username
from web.qr import make_qr

PASSWORD = "a password long enough"
PATH = "/settings/security/second-factor"
CODES = "/settings/security/recovery-codes"


async def user_of(database):
    async with database.read() as session:
        return await find_user_by_username(session, "carol")


async def begin(reader, password=PASSWORD):
    form = (await reader.get(PATH)).forms[PATH]
    return await reader.post(PATH, form | {"password": password})


def secret_of(page):
    """Read the secret as a person does who types it, and as a device does by the link."""
    typed = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page.html))
    (address,) = re.findall(r'href="(otpauth:[^"]+)"', page.html)
    (linked,) = parse_qs(urlsplit(address.replace("&amp;", "&")).query)["secret"]
    assert typed == linked
    return typed


async def confirm(reader, page, code):
    return await reader.post(f"{PATH}/confirm", page.forms[f"{PATH}/confirm"] | {"code": code})


@pytest_asyncio.fixture
async def factor(database, reader):
    return await with_factor(database, await user_of(database))


async def test_a_device_is_shown_its_secret_and_answers_with_a_code(reader, database):
    begin_a_step()
    answer = await begin(reader)
    page = await reader.get(answer.location)
    done = await confirm(reader, page, code_of(secret_of(page)))

    assert (answer.status, answer.location) == (303, PATH)
    assert page.html.count("<svg class=\"qr\"") == 1 and 'role="img"' in page.html
    assert done.status == 200
    codes = re.findall(r"<li>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</li>", done.html)
    assert len(set(codes)) == 10
    assert (await user_of(database)).has_second_factor
    assert "10 recovery codes left" in (await reader.get("/settings/security")).text


async def test_the_secret_is_still_there_when_the_page_is_read_again(reader):
    await begin(reader)

    first, second = await reader.get(PATH), await reader.get(PATH)

    assert secret_of(first) == secret_of(second)
    assert "no-store" in first.headers["Cache-Control"]


async def test_the_secret_is_shown_for_half_an_hour(reader):
    await begin(reader)
    clock.shift(timedelta(minutes=31))

    page = await reader.get(PATH)

    assert "otpauth:" not in page.html and PATH in page.forms


async def test_a_wrong_first_code_changes_nothing(reader, database):
    begin_a_step()
    await begin(reader)
    page = await reader.get(PATH)
    refused = await confirm(reader, page, wrong_code(secret_of(page)))

    assert refused.status == 422 and 'role="alert"' in refused.html
    assert secret_of(refused) == secret_of(page)
    assert not (await user_of(database)).has_second_factor


async def test_I10_the_browser_gets_a_new_secret_when_it_is_turned_on(reader, stranger):
    begin_a_step()
    before = reader.cookies["session"].value
    await begin(reader)
    page = await reader.get(PATH)
    done = await confirm(reader, page, code_of(secret_of(page)))
    stranger.keep_cookie("session", before)

    assert reader.cookies["session"].value != before
    assert "Max-Age" not in done.headers["Set-Cookie"]
    assert (await reader.get("/settings")).status == 200
    assert (await stranger.get("/settings")).status == 303
    # The forms of the page with the codes are good, too.
    assert (await reader.post("/auth/sign-out", done.forms["#act"])).status == 303


@pytest.mark.parametrize("password", ["", "another password"])
async def test_H14_it_is_not_begun_without_the_password(reader, database, password):
    page = await begin(reader, password)

    assert page.status == 403 and "not your password" in page.text
    assert (await user_of(database)).totp_secret is None


async def test_H14_it_is_turned_off_with_password_and_code(reader, database, factor):
    form = (await reader.get(PATH)).forms[f"{PATH}/remove"]

    async def remove(password, code):
        sent = form | {"password": password, "code": code}
        return await reader.post(f"{PATH}/remove", sent)

    for password, code in (("", code_of(factor[0])), (PASSWORD, ""), (PASSWORD, "000")):
        page = await remove(password, code)
        assert page.status == 403 and 'role="alert"' in page.html
    assert (await user_of(database)).has_second_factor
    answer = await remove(PASSWORD, code_of(factor[0]))
    assert answer.location == "/settings/security?done=factor-off"
    assert not (await user_of(database)).has_second_factor


async def test_H14_new_recovery_codes_need_password_and_code(reader, factor):
    form = (await reader.get(CODES)).forms[CODES]

    refused = await reader.post(CODES, form | {"password": PASSWORD, "code": "000000"})
    shown = await reader.post(CODES, form | {"password": PASSWORD, "code": factor[1][0]})
    again = await reader.post(CODES, form | {"password": PASSWORD, "code": factor[1][1]})

    assert (refused.status, shown.status, again.status) == (403, 200, 403)
    codes = re.findall(r"<li>([a-z2-9-]{14})</li>", shown.html)
    assert len(codes) == 10 and not set(codes) & set(factor[1])


async def test_I11_passwords_are_not_guessed_here_either(reader):
    clock.shift(timedelta(minutes=10 - clock.now().minute % 10))
    answers = [(await begin(reader, "guessed wrongly")).status for _ in range(11)]

    assert answers == [403] * 10 + [429]


async def test_what_is_on_already_is_not_begun_again(reader, factor, database):
    before = (await user_of(database)).totp_secret
    token = (await reader.get(PATH)).forms[f"{PATH}/remove"]["csrf_token"]

    answer = await reader.post(PATH, {"csrf_token": token, "password": PASSWORD})
    page = await reader.post(f"{PATH}/confirm", {"csrf_token": token, "code": code_of(factor[0])})

    assert (answer.status, page.status) == (303, 422)
    assert (await user_of(database)).totp_secret == before
    assert "otpauth:" not in (await reader.get(PATH)).html


async def test_who_has_none_has_no_recovery_codes(reader):
    assert (await reader.get(CODES)).location == PATH


async def test_few_recovery_codes_are_pointed_out(reader, factor, database):
    from users.second_factor import take_code

    user = await user_of(database)
    for code in factor[1][:8]:
        async with database.transaction() as session:
            assert await take_code(session, user.id, code)
    later()
    page = await reader.get("/settings/security")

    assert '<p class="caution">You have 2 recovery codes left.</p>' in page.html


@pytest.mark.parametrize("path", [PATH, f"{PATH}/confirm", f"{PATH}/remove", CODES])
async def test_H20_no_other_page_changes_it(reader, factor, database, path):
    sent = {"password": PASSWORD, "code": code_of(factor[0])}
    before = (await user_of(database)).totp_secret

    assert (await reader.post(path, sent)).status == 403
    assert (await user_of(database)).totp_secret == before


@pytest.mark.parametrize("path", [PATH, CODES])
async def test_a_stranger_signs_in_first(stranger, path):
    assert (await stranger.get(path)).location.startswith("/auth/sign-in")
    assert (await stranger.post(path, {})).location.startswith("/auth/sign-in")


def test_a_picture_for_devices_has_its_corners_and_its_margin():
    qr = make_qr("otpauth://totp/x?secret=" + "A" * 32)
    runs = re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", qr.path)
    dark = {(int(x) + n, int(y)) for x, y, width, _ in runs for n in range(int(width))}
    last = qr.side - 5

    assert all(width == back for *_, width, back in runs)
    assert "".join("M{} {}h{}v1h-{}z".format(*run) for run in runs) == qr.path
    assert (qr.side - 8 - 17) % 4 == 0
    assert {min(x for x, _ in dark), min(y for _, y in dark)} == {4}
    for left, top in ((4, 4), (last - 6, 4), (4, last - 6)):
        assert all({(left + n, top), (left, top + n)} <= dark for n in range(7))
        assert (left + 1, top + 1) not in dark
