"""The device grant: a kiosk is let in from another screen (RFC 8628)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from core import clock
from users import queries
from users.devices import (
    DEVICE_CODE_GRANT,
    DEVICE_LENGTH,
    LETTERS,
    MAX_INTERVAL_S,
    decide_device,
    find_waiting_device,
    start_device,
)
from users.oauth import TokenRequest, issue
from users.refusals import OAuthRefusal
from users.stale import delete_stale
from users.tokens import find_token


async def begin(database, app, scope="read write"):
    async with database.transaction() as session:
        return await start_device(
            session, app, scope=scope, device="Ward tablet 3", address="192.0.2.7"
        )


async def poll(database, app, codes):
    return await issue(
        database,
        TokenRequest(
            DEVICE_CODE_GRANT, app.client_id, app.secret, device_code=codes.device_code
        ),
    )


async def word_of(database, app, codes):
    with pytest.raises(OAuthRefusal) as refused:
        await poll(database, app, codes)
    return refused.value.code


async def decide(database, code, user, *, allowed=True):
    async with database.transaction() as session:
        return await decide_device(session, code, user, allowed=allowed)


async def waiting(database, code):
    async with database.read() as session:
        return await find_waiting_device(session, code)


async def test_a_device_waits_and_is_let_in(database, app, alice):
    codes = await begin(database, app)
    assert await word_of(database, app, codes) == "authorization_pending"
    assert await decide(database, codes.user_code, alice)

    issued = await poll(database, app, codes)

    async with database.read() as session:
        found = await find_token(session, issued.bearer)
    assert (found.user.id, found.scopes) == (alice.id, ("read", "write"))


async def test_the_code_is_eight_letters_that_nobody_takes_for_others(database, app):
    codes = await begin(database, app)

    assert re.fullmatch(f"[{LETTERS}]{{4}}-[{LETTERS}]{{4}}", codes.user_code)
    assert len(LETTERS) ** 8 > 2**34
    assert not set(LETTERS) & set("AEIOUY01")


@pytest.mark.parametrize("change", [str.lower, lambda code: code.replace("-", " "), str.strip])
async def test_a_code_is_found_however_it_is_typed(database, app, change):
    codes = await begin(database, app)

    found = await waiting(database, change(codes.user_code))

    assert (found.user_code, found.program) == (codes.user_code, "Tusky")
    assert (found.device, found.address) == ("Ward tablet 3", "192.0.2.7")
    assert found.scopes == ("read", "write")


async def test_who_asks_too_often_waits_longer_each_time(database, app):
    codes = await begin(database, app)

    words = [await word_of(database, app, codes) for _ in range(3)]
    clock.shift(timedelta(seconds=14))
    early = await word_of(database, app, codes)
    clock.shift(timedelta(seconds=21))
    patient = await word_of(database, app, codes)

    assert words == ["authorization_pending", "slow_down", "slow_down"]
    assert (early, patient) == ("slow_down", "authorization_pending")


async def test_the_wait_has_an_end(database, app):
    codes = await begin(database, app)
    for _ in range(20):
        await word_of(database, app, codes)

    clock.shift(timedelta(seconds=MAX_INTERVAL_S))

    assert await word_of(database, app, codes) == "authorization_pending"


async def test_a_refused_device_is_told(database, app, alice):
    codes = await begin(database, app)
    await decide(database, codes.user_code, alice, allowed=False)

    assert await word_of(database, app, codes) == "access_denied"


async def test_a_code_expires(database, app, alice):
    codes = await begin(database, app)
    clock.shift(DEVICE_LENGTH)

    assert await waiting(database, codes.user_code) is None
    assert not await decide(database, codes.user_code, alice)
    assert await word_of(database, app, codes) == "expired_token"


async def test_what_is_decided_stays_decided(database, app, alice):
    codes = await begin(database, app)
    await decide(database, codes.user_code, alice, allowed=False)

    assert not await decide(database, codes.user_code, alice)
    assert await word_of(database, app, codes) == "access_denied"


async def test_I02_a_device_code_used_twice_ends_its_token(database, app, alice):
    codes = await begin(database, app)
    await decide(database, codes.user_code, alice)
    issued = await poll(database, app, codes)

    assert await word_of(database, app, codes) == "invalid_grant"

    async with database.read() as session:
        assert (await find_token(session, issued.bearer)).token.revoked_at is not None


async def test_I02_a_device_code_of_another_program_is_refused(database, app, alice, new_app):
    other = await new_app(name="Other")
    codes = await begin(database, app)
    await decide(database, codes.user_code, alice)

    assert await word_of(database, other, codes) == "invalid_grant"
    assert await poll(database, app, codes)


@pytest.mark.parametrize("scope", ["admin:read", "everything", "profile"])
async def test_I03_a_device_gets_no_scope_beyond_the_registered(database, app, scope):
    with pytest.raises(OAuthRefusal) as refused:
        await begin(database, app, scope)

    assert refused.value.code == "invalid_scope"


@pytest.mark.parametrize("typed", ["", "BCDF", "BCDF-GHJK-LMNP", "x" * 10_000, "' OR 1=1"])
async def test_an_invented_code_finds_nothing(database, app, typed):
    await begin(database, app)

    assert await waiting(database, typed) is None


async def test_I09_who_is_suspended_meanwhile_lets_nobody_in(database, app, alice):
    codes = await begin(database, app)
    await decide(database, codes.user_code, alice)
    async with database.transaction() as session:
        (await session.merge(alice)).suspended_at = clock.now()

    assert await word_of(database, app, codes) == "access_denied"


async def test_I09_signing_out_everywhere_ends_what_was_just_allowed(database, app, alice):
    codes = await begin(database, app)
    await decide(database, codes.user_code, alice)
    async with database.transaction() as session:
        await queries.end_tokens(session, alice.id)

    assert await word_of(database, app, codes) == "invalid_grant"


async def test_a_device_may_ask_for_a_token_that_is_refreshed(database, new_app, alice):
    app = await new_app(scopes="read offline_access")
    codes = await begin(database, app, "read offline_access")
    await decide(database, codes.user_code, alice)

    assert (await poll(database, app, codes)).refresh


async def test_devices_that_are_long_over_are_forgotten(database, app):
    codes = await begin(database, app)
    clock.shift(DEVICE_LENGTH + timedelta(hours=1, seconds=1))
    async with database.transaction() as session:
        await delete_stale(session)

    assert await word_of(database, app, codes) == "invalid_grant"
