"""Browsers that are signed in (security.md I10, H20)."""

from __future__ import annotations

from datetime import timedelta

from core import clock
from users.sessions import find_session, is_from_our_page, sign_in, sign_out


async def signed_in(database, user):
    async with database.transaction() as session:
        secret, _ = await sign_in(session, user)
    return secret


async def found(database, secret):
    async with database.read() as session:
        return await find_session(session, secret)


async def test_a_session_names_its_person(database, alice):
    secret = await signed_in(database, alice)

    browser = await found(database, secret)

    assert browser.user.id == alice.id
    assert is_from_our_page(browser, browser.web_session.csrf_token)


async def test_I10_each_sign_in_has_a_secret_of_its_own(database, alice):
    assert await signed_in(database, alice) != await signed_in(database, alice)


async def test_I10_signing_out_ends_the_session_on_the_server(database, alice):
    secret = await signed_in(database, alice)
    async with database.transaction() as session:
        await sign_out(session, secret)

    assert await found(database, secret) is None


async def test_the_stored_hash_is_no_key(database, alice):
    secret = await signed_in(database, alice)
    browser = await found(database, secret)

    assert await found(database, browser.web_session.session_hash) is None
    assert await found(database, None) is None


async def test_a_session_ends_after_two_weeks(database, alice):
    secret = await signed_in(database, alice)
    clock.shift(timedelta(days=14, seconds=1))

    assert await found(database, secret) is None


async def test_I09_a_suspended_person_is_signed_out(database, alice):
    secret = await signed_in(database, alice)
    async with database.transaction() as session:
        (await session.merge(alice)).suspended_at = clock.now()

    assert await found(database, secret) is None


async def test_H20_another_sessions_csrf_token_is_refused(database, alice):
    mine = await found(database, await signed_in(database, alice))
    other = await found(database, await signed_in(database, alice))

    assert not is_from_our_page(mine, other.web_session.csrf_token)
    assert not is_from_our_page(mine, None)
    assert not is_from_our_page(mine, "")
