"""The apps that act for one, and sending them away (security.md I09, I14, H20)."""

from __future__ import annotations

import pytest_asyncio

from users.queries import find_user_by_username
from users.tokens import find_token, issue_to_person, issue_token

PATH = "/settings/apps"


async def let_in(database, program, name):
    async with database.transaction() as session:
        user = await find_user_by_username(session, name)
        issued = await issue_to_person(
            session, user, program, scopes="read write:media push", code_hash=f"code {name}"
        )
    return issued.bearer


async def is_good(database, bearer):
    async with database.read() as session:
        return (await find_token(session, bearer)).token.revoked_at is None


@pytest_asyncio.fixture
async def bearer(database, program, carol):
    return await let_in(database, program, "carol")


async def test_an_app_is_shown_with_what_it_may_in_words(reader, bearer):
    page = await reader.get(PATH)

    assert page.status == 200
    assert "Tusky &lt;b&gt;" in page.html and "<b>" not in page.html
    assert "tusky.example" in page.text
    for words in ("read everything that you may read", "pictures and files", "Last used"):
        assert words in page.text


async def test_I09_an_app_that_is_sent_away_can_do_nothing_more(reader, bearer, database):
    answer = await reader.post(PATH, (await reader.get(PATH)).forms[PATH])

    assert answer.location == f"{PATH}?done"
    assert not await is_good(database, bearer)
    page = await reader.get(answer.location)
    assert "cannot act for you" in page.text and "No app acts for you" in page.text


async def test_who_has_let_nobody_in_is_told_how_it_is_done(reader, database):
    async with database.transaction() as session:
        user = await find_user_by_username(session, "carol")
        await issue_token(session, user=user, app=None, scopes="read")
    page = await reader.get(PATH)

    assert "No app acts for you" in page.text and PATH not in page.forms


async def test_an_app_of_somebody_else_is_none_of_ones_own(
    reader, alice, program, database
):
    others = await let_in(database, program, "alice")
    token = (await reader.get("/me")).forms["/auth/sign-out"]["csrf_token"]

    for app in (str(program.id), "0", "x", "9" * 40, "-1", ""):
        assert (await reader.post(PATH, {"csrf_token": token, "app": app})).status == 404
    assert await is_good(database, others)


async def test_H20_no_other_page_sends_an_app_away(reader, bearer, program, database):
    assert (await reader.post(PATH, {"app": str(program.id)})).status == 403
    assert await is_good(database, bearer)


async def test_a_stranger_signs_in_first(stranger):
    assert (await stranger.get(PATH)).location.startswith("/auth/sign-in")
    assert (await stranger.post(PATH, {})).location.startswith("/auth/sign-in")
