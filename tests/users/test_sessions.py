"""Browsers that are signed in (security.md I10, H20)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock
from users.living import find_living
from users.models import AccessToken
from users.own_apps import list_own_apps
from users.queries import end_sessions
from users.sessions import (
    end_other_sessions,
    end_session,
    find_session,
    is_from_our_page,
    lasts,
    list_sessions,
    note_seen,
    renew,
    sign_in,
    sign_out,
)
from users.tokens import find_token


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


async def alive(database, browser):
    """The tokens on which streams and pushes may still hang, of those of a browser."""
    async with database.read() as session:
        return set(await find_living(session, [browser.web_session.token_id]))


async def test_a_session_has_a_token_that_nobody_can_show(database, alice):
    browser = await found(database, await signed_in(database, alice))

    async with database.read() as session:
        token = await session.get_one(AccessToken, browser.web_session.token_id)
        assert await find_token(session, token.token_hash) is None
        assert await list_own_apps(session, alice.id) == []
    assert (token.app_id, token.user_id, token.scopes) == (None, alice.id, "read push")
    assert token.expires_at == browser.web_session.expires_at
    assert await alive(database, browser) == {token.id}


async def end_by_signing_out(session, browser, secret):
    await sign_out(session, secret)


async def end_from_elsewhere(session, browser, secret):
    assert await end_session(session, browser.user.id, browser.web_session.session_hash)


async def end_all(session, browser, secret):
    await end_sessions(session, browser.user.id)


@pytest.mark.parametrize("end", [end_by_signing_out, end_from_elsewhere, end_all])
async def test_I09_what_hangs_on_a_session_ends_with_it(database, alice, end):
    secret = await signed_in(database, alice)
    other = await found(database, await signed_in(database, alice))
    browser = await found(database, secret)

    with database.bus.subscribe() as events:
        async with database.transaction() as session:
            await end(session, browser, secret)
        assert (await events.next()).kind == "revoked"

    assert await found(database, secret) is None
    assert await alive(database, browser) == set()
    assert bool(await alive(database, other)) is (end is not end_all)


async def test_one_signs_out_everywhere_but_here(database, alice, bruno):
    secrets = [await signed_in(database, alice) for _ in range(3)]
    somebody_elses = await signed_in(database, bruno)
    here = await found(database, secrets[1])

    async with database.transaction() as session:
        await end_other_sessions(session, here)

    assert [bool(await found(database, secret)) for secret in secrets] == [False, True, False]
    assert await found(database, somebody_elses)
    assert await alive(database, here)


async def test_nobody_ends_the_session_of_somebody_else(database, alice, bruno):
    secret = await signed_in(database, bruno)
    browser = await found(database, secret)

    async with database.transaction() as session:
        assert not await end_session(session, alice.id, browser.web_session.session_hash)
        assert not await end_session(session, alice.id, "nowhere")

    assert await found(database, secret)


async def test_I10_a_session_gets_another_secret_and_its_streams_go_on(database, alice):
    secret = await signed_in(database, alice)
    before = await found(database, secret)
    async with database.transaction() as session:
        fresh = await renew(session, before, secret)

    after = await found(database, fresh)
    assert await found(database, secret) is None
    assert after.web_session.csrf_token != before.web_session.csrf_token
    assert after.web_session.token_id == before.web_session.token_id
    assert await alive(database, after)


@pytest.mark.parametrize("is_lasting", [True, False])
async def test_a_new_secret_is_kept_as_long_as_the_one_before(database, alice, is_lasting):
    async with database.transaction() as session:
        secret, _ = await sign_in(session, alice, is_lasting=is_lasting)
    async with database.transaction() as session:
        fresh = await renew(session, await find_session(session, secret), secret)

    assert lasts(secret) is lasts(fresh) is is_lasting


async def test_a_list_of_browsers_begins_with_the_last_seen(database, alice, bruno):
    async with database.transaction() as session:
        for device in ("Firefox on Linux", "Safari on iPhone"):
            await sign_in(session, alice, device=device, address="198.51.100.0/24")
            clock.shift(timedelta(minutes=1))
        await sign_in(session, bruno)
    async with database.read() as session:
        rows = await list_sessions(session, alice.id)

    assert [row.device for row in rows] == ["Safari on iPhone", "Firefox on Linux"]
    assert {row.address for row in rows} == {"198.51.100.0/24"}


async def test_that_a_browser_is_seen_is_written_down_every_five_minutes(database, alice):
    secret = await signed_in(database, alice)
    first = await found(database, secret)
    assert not first.is_seen_due
    clock.shift(timedelta(minutes=5))
    second = await found(database, secret)
    await note_seen(database, second)
    third = await found(database, secret)

    assert (second.is_seen_due, third.is_seen_due) == (True, False)
    seen = third.web_session.last_seen_at
    assert seen - first.web_session.last_seen_at >= timedelta(minutes=5)
    # Another page that was read at the same time does not write it again.
    await note_seen(database, second)
    assert (await found(database, secret)).web_session.last_seen_at == seen


async def test_H20_another_sessions_csrf_token_is_refused(database, alice):
    mine = await found(database, await signed_in(database, alice))
    other = await found(database, await signed_in(database, alice))

    assert not is_from_our_page(mine, other.web_session.csrf_token)
    assert not is_from_our_page(mine, None)
    assert not is_from_our_page(mine, "")
