"""Where one is signed in, and signing out from afar (security.md I09, H20)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from core import clock
from users.models import WebSession
from users.queries import find_user_by_username
from users.sessions import find_session, sign_in

PATH = "/settings/security"
SESSIONS = f"{PATH}/sessions"


async def signed_in_elsewhere(database, name="carol", device="Safari on iPhone"):
    async with database.transaction() as session:
        user = await find_user_by_username(session, name)
        secret, row = await sign_in(session, user, device=device, address="198.51.100.0/24")
    return secret, row.session_hash


async def lives(database, secret):
    async with database.read() as session:
        return await find_session(session, secret) is not None


async def test_one_sees_where_one_is_signed_in(reader, database):
    await signed_in_elsewhere(database)
    page = await reader.get(PATH)

    assert page.status == 200
    assert "Safari on iPhone" in page.text and "198.51.100.0/24" in page.text
    assert page.text.count("Last seen") == 2 and page.text.count("this one") == 1
    assert "carol@chu.example" in page.text


async def test_what_was_not_named_is_called_unknown(reader, database):
    await signed_in_elsewhere(database, device="")

    assert "Unknown browser" in (await reader.get(PATH)).text


async def test_a_browser_is_called_in_the_language_of_its_reader(reader, database):
    await signed_in_elsewhere(database)
    page = await reader.get(f"{PATH}?lang=fr")

    assert 'lang="fr"' in page.html and "iPhone" in page.text


async def test_I09_one_signs_another_browser_out(reader, database):
    secret, key = await signed_in_elsewhere(database)
    form = (await reader.get(PATH)).forms[SESSIONS]

    answer = await reader.post(SESSIONS, form | {"session": key})

    assert answer.location == f"{PATH}?done=session"
    assert not await lives(database, secret)
    page = await reader.get(answer.location)
    assert 'role="status"' in page.html and "signed out" in page.text


async def test_I09_one_signs_out_everywhere_but_here(reader, database):
    secrets = [(await signed_in_elsewhere(database))[0] for _ in range(2)]
    form = (await reader.get(PATH)).forms[SESSIONS]

    answer = await reader.post(SESSIONS, {"csrf_token": form["csrf_token"], "which": "others"})

    assert answer.location == f"{PATH}?done=sessions"
    assert [await lives(database, secret) for secret in secrets] == [False, False]
    assert (await reader.get(PATH)).status == 200


async def test_a_browser_of_somebody_else_is_none_of_ones_own(reader, alice, database):
    secret, key = await signed_in_elsewhere(database, "alice")
    await signed_in_elsewhere(database)
    form = (await reader.get(PATH)).forms[SESSIONS]

    assert (await reader.post(SESSIONS, form | {"session": key})).status == 404
    assert (await reader.post(SESSIONS, form | {"session": "x"})).status == 404
    await reader.post(SESSIONS, {"csrf_token": form["csrf_token"], "which": "others"})
    assert await lives(database, secret)


async def test_H20_nobody_is_signed_out_by_another_page(reader, database):
    secret, key = await signed_in_elsewhere(database)

    assert (await reader.post(SESSIONS, {"session": key})).status == 403
    assert (await reader.post(SESSIONS, {"which": "others"})).status == 403
    assert await lives(database, secret)


@pytest.mark.parametrize("done", ["password", "email", "email-asked", "factor-off", "<b>"])
async def test_what_was_done_is_said_and_nothing_else(reader, done):
    page = await reader.get(PATH + "?done=" + done)

    assert page.html.count('class="done"') == (0 if done == "<b>" else 1)
    assert "<b>" not in page.html


async def test_a_stranger_signs_in_first(stranger):
    assert (await stranger.get(PATH)).location == "/auth/sign-in?next=%2Fsettings%2Fsecurity"
    assert (await stranger.post(SESSIONS, {})).location.startswith("/auth/sign-in")


async def test_a_page_that_is_read_tells_when_a_browser_was_last_seen(reader, database):
    async def seen():
        async with database.read() as session:
            return await session.scalar(select(func.max(WebSession.last_seen_at)))

    first = await seen()
    await reader.get("/about")
    same = await seen()
    clock.shift(timedelta(minutes=5))
    await reader.get("/about")

    assert first == same
    assert await seen() >= first + timedelta(minutes=5)
