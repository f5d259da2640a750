"""Tokens that expire and are refreshed, for programs that ask for it (security.md I02, I08)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from core import clock
from users import queries
from users.authorisation import grant_authorisation, start_authorisation
from users.oauth import TokenRequest, issue, revoke
from users.refusals import OAuthRefusal
from users.stale import delete_stale
from users.tokens import ACCESS_LENGTH, REFRESH_LENGTH, USE_NOTED_EVERY, find_token, note_use

CALLBACK = "https://client.example/callback"


@pytest_asyncio.fixture
async def app(new_app):
    return await new_app(scopes="read write offline_access")


async def sign_in(database, app, user, scope="read write offline_access"):
    params = {
        "client_id": app.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": scope,
    }
    async with database.transaction() as session:
        code = await grant_authorisation(session, await start_authorisation(session, params), user)
    fields = {"redirect_uri": CALLBACK, "code": code}
    return await issue(
        database, TokenRequest("authorization_code", app.client_id, app.secret, **fields)
    )


async def refresh(database, app, secret, **fields):
    fields = {"refresh_token": secret} | fields
    return await issue(
        database, TokenRequest("refresh_token", app.client_id, app.secret, **fields)
    )


async def refusal_of(database, app, secret, **fields):
    with pytest.raises(OAuthRefusal) as refused:
        await refresh(database, app, secret, **fields)
    return refused.value.code


async def find(database, bearer):
    async with database.read() as session:
        return await find_token(session, bearer)


async def is_alive(database, bearer):
    found = await find(database, bearer)
    return found is not None and found.token.revoked_at is None and not found.is_expired


async def test_a_program_that_does_not_ask_keeps_its_token(database, app, alice):
    issued = await sign_in(database, app, alice, scope="read write")

    clock.shift(timedelta(days=3650))

    assert (issued.refresh, issued.lasts) == (None, None)
    assert await is_alive(database, issued.bearer)


async def test_a_token_for_a_while_expires_and_is_refreshed(database, app, alice):
    first = await sign_in(database, app, alice)
    clock.shift(ACCESS_LENGTH)
    assert (await find(database, first.bearer)).is_expired

    second = await refresh(database, app, first.refresh)

    assert first.lasts == ACCESS_LENGTH
    assert await is_alive(database, second.bearer)
    assert second.scopes == "read write offline_access"
    assert (await find(database, second.bearer)).user.id == alice.id


async def test_a_refreshed_token_keeps_its_row(database, app, alice):
    first = await sign_in(database, app, alice)
    before = (await find(database, first.bearer)).token.id

    second = await refresh(database, app, first.refresh)

    # What hangs on the token, as a push subscription, goes on; the old secret does not.
    assert (await find(database, second.bearer)).token.id == before
    assert await find(database, first.bearer) is None


async def test_I02_a_refresh_token_used_twice_ends_the_family(database, app, alice):
    first = await sign_in(database, app, alice)
    second = await refresh(database, app, first.refresh)

    assert await refusal_of(database, app, first.refresh) == "invalid_grant"

    assert not await is_alive(database, second.bearer)
    assert await refusal_of(database, app, second.refresh) == "invalid_grant"


async def test_another_sign_in_is_another_family(database, app, alice):
    here, there = [await sign_in(database, app, alice) for _ in range(2)]
    await refresh(database, app, here.refresh)
    await refusal_of(database, app, here.refresh)

    assert await is_alive(database, there.bearer)
    assert await refresh(database, app, there.refresh)


async def test_I02_another_programs_refresh_token_is_refused_and_stays(
    database, app, alice, new_app
):
    other = await new_app(name="Other", scopes="read write offline_access")
    issued = await sign_in(database, app, alice)

    assert await refusal_of(database, other, issued.refresh) == "invalid_grant"

    assert await refresh(database, app, issued.refresh)


@pytest.mark.parametrize("secret", ["", "invented", None])
async def test_an_invented_refresh_token_is_refused(database, app, secret):
    assert await refusal_of(database, app, secret) == "invalid_grant"


async def test_a_refresh_token_ends_after_ninety_days_without_use(database, app, alice):
    first = await sign_in(database, app, alice)
    clock.shift(REFRESH_LENGTH - timedelta(seconds=1))
    second = await refresh(database, app, first.refresh)
    clock.shift(REFRESH_LENGTH)

    assert await refusal_of(database, app, second.refresh) == "invalid_grant"


async def test_I03_a_refreshed_token_may_do_less_never_more(database, app, alice):
    issued = await sign_in(database, app, alice, scope="read offline_access")

    assert await refusal_of(database, app, issued.refresh, scope="read write") == "invalid_scope"
    less = await refresh(database, app, issued.refresh, scope="read:accounts")
    again = await refresh(database, app, less.refresh)

    assert (less.scopes, again.scopes) == ("read:accounts", "read offline_access")


@pytest.mark.parametrize("which", ["bearer", "refresh"])
async def test_I08_revoking_either_token_ends_both(database, app, alice, which):
    issued = await sign_in(database, app, alice)

    await revoke(
        database,
        bearer=getattr(issued, which),
        client_id=app.client_id,
        client_secret=app.secret,
    )

    assert not await is_alive(database, issued.bearer)
    assert await refusal_of(database, app, issued.refresh) == "invalid_grant"


async def test_I08_another_programs_refresh_token_cannot_be_revoked(
    database, app, alice, new_app
):
    other = await new_app(name="Other")
    issued = await sign_in(database, app, alice)

    await revoke(
        database, bearer=issued.refresh, client_id=other.client_id, client_secret=other.secret
    )

    assert await refresh(database, app, issued.refresh)


async def test_I09_who_is_signed_out_everywhere_cannot_refresh(database, app, alice):
    issued = await sign_in(database, app, alice)
    async with database.transaction() as session:
        await queries.end_tokens(session, alice.id)

    assert await refusal_of(database, app, issued.refresh) == "invalid_grant"


async def test_I09_who_is_suspended_refreshes_again_only_afterwards(database, app, alice):
    issued = await sign_in(database, app, alice)
    async with database.transaction() as session:
        (await session.merge(alice)).suspended_at = clock.now()
    assert await refusal_of(database, app, issued.refresh) == "invalid_grant"

    async with database.transaction() as session:
        (await session.merge(alice)).suspended_at = None

    assert await refresh(database, app, issued.refresh)


async def test_I02_a_code_used_twice_ends_the_family_too(database, app, alice):
    issued = await sign_in(database, app, alice)
    async with database.transaction() as session:
        code_hash = (await find_token(session, issued.bearer)).token.code_hash
        await queries.revoke_tokens_of_code(session, code_hash)

    assert await refusal_of(database, app, issued.refresh) == "invalid_grant"


async def test_an_app_of_its_own_is_given_no_refresh_token(database, app):
    asked = TokenRequest(
        "client_credentials", app.client_id, app.secret, scope="read offline_access"
    )

    issued = await issue(database, asked)

    assert (issued.scopes, issued.refresh) == ("read", None)


async def test_a_used_refresh_token_is_known_until_it_would_have_ended(database, app, alice):
    first = await sign_in(database, app, alice)
    second = await refresh(database, app, first.refresh)
    async with database.transaction() as session:
        await delete_stale(session)

    assert await refusal_of(database, app, first.refresh) == "invalid_grant"
    assert not await is_alive(database, second.bearer)


async def test_the_use_of_a_token_is_noted_once_an_hour(database, app, alice):
    issued = await sign_in(database, app, alice, scope="read")
    found = await find(database, issued.bearer)
    assert not found.is_use_due
    clock.shift(USE_NOTED_EVERY)

    assert found.is_use_due
    await note_use(database, found)
    noted = (await find(database, issued.bearer)).token.last_used_at
    clock.shift(timedelta(minutes=59))
    await note_use(database, found)

    assert noted == (await find(database, issued.bearer)).token.last_used_at
    assert noted >= found.token.last_used_at + USE_NOTED_EVERY
