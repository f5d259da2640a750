"""The authorisation code grant and its attackers (security.md I01–I08)."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from core import clock
from core.errors import InvalidInput
from users.apps import OUT_OF_BAND, prove_app, register_app
from users.authorisation import AuthorisationRefused, grant_authorisation, start_authorisation
from users.oauth import TokenRequest, issue, revoke
from users.refusals import OAuthRefusal
from users.scopes import covers
from users.tokens import find_token

CALLBACK = "https://client.example/callback"
VERIFIER = "a" * 20 + "B" * 30
_HASHED = hashlib.sha256(VERIFIER.encode()).digest()
CHALLENGE = base64.urlsafe_b64encode(_HASHED).rstrip(b"=").decode()


def asked(app, **changes):
    params = {
        "client_id": app.client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "read write",
        "state": "xyz",
    }
    return {name: value for name, value in (params | changes).items() if value is not None}


async def code_for(database, app, user, **changes):
    async with database.transaction() as session:
        request = await start_authorisation(session, asked(app, **changes))
        return await grant_authorisation(session, request, user)


def exchange(app, code, **changes):
    fields = {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.secret,
        "redirect_uri": CALLBACK,
        "code": code,
    }
    return TokenRequest(**(fields | changes))


async def is_alive(database, bearer):
    async with database.read() as session:
        found = await find_token(session, bearer)
    return found is not None and found.token.revoked_at is None


async def test_a_code_becomes_a_token_of_that_person(database, app, alice):
    code = await code_for(database, app, alice)

    issued = await issue(database, exchange(app, code))

    async with database.read() as session:
        found = await find_token(session, issued.bearer)
    assert found.user.id == alice.id
    assert found.actor.username == "alice"
    assert found.scopes == ("read", "write")


async def test_the_answer_keeps_the_query_of_the_address(database, app):
    async with database.transaction() as session:
        request = await start_authorisation(session, asked(app))

    sent_to = request.answer(code="c")

    assert sent_to == f"{CALLBACK}?code=c&state=xyz"


@pytest.mark.parametrize("uri", ["app:/callback", "app:///callback", "com.example.app://x"])
async def test_the_answer_goes_to_an_apps_own_scheme(database, uri):
    async with database.transaction() as session:
        app, _ = await register_app(session, name="Ivory", redirect_uris=[uri])
        request = await start_authorisation(session, asked(app, redirect_uri=uri, scope="read"))

    assert request.answer(code="c") == f"{uri}?code=c&state=xyz"


@pytest.mark.parametrize(
    "uri",
    [
        CALLBACK + "/more",
        CALLBACK + "?next=https://evil.example",
        CALLBACK + "#x",
        "https://client.example:8443/callback",
        "https://evil.client.example/callback",
        "https://CLIENT.example/callback",
        "javascript:alert(1)",
        "",
        None,
    ],
)
async def test_I01_only_the_exact_address_is_answered(database, app, uri):
    async with database.transaction() as session:
        with pytest.raises(InvalidInput):
            await start_authorisation(session, asked(app, redirect_uri=uri))


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://client.example/#x",
        "https://client.example\\@evil.example/",
        "https://user@client.example/",
        "no address",
        "/relative",
        "https:///nowhere",
        "https://[x",
        "https://℀.com/",
    ],
)
async def test_I01_I14_addresses_that_are_none_are_not_registered(database, uri):
    async with database.transaction() as session:
        with pytest.raises(InvalidInput, match="Redirect URI"):
            await register_app(session, name="x", redirect_uris=[uri])


@pytest.mark.parametrize(
    "bad",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"redirect_uris": []},
        {"redirect_uris": [f"https://c.example/{n}" for n in range(11)]},
        {"website": "javascript:alert(1)"},
        {"website": "https://[x"},
        {"website": "https://℀.com/"},
        {"website": "https://"},
        {"scopes": "read admin:write"},
    ],
)
async def test_I14_registration_is_limited(database, bad):
    good = {"name": "x", "redirect_uris": [CALLBACK]}
    async with database.transaction() as session:
        with pytest.raises(InvalidInput, match="Validation failed"):
            await register_app(session, **(good | bad))


async def test_I02_a_code_used_twice_ends_the_token_it_gave(database, app, alice):
    code = await code_for(database, app, alice)
    first = await issue(database, exchange(app, code))

    with pytest.raises(OAuthRefusal) as refused:
        await issue(database, exchange(app, code))

    assert refused.value.code == "invalid_grant"
    assert not await is_alive(database, first.bearer)


async def test_I02_a_code_of_another_program_is_refused(database, app, alice, new_app):
    other = await new_app(name="Other")
    code = await code_for(database, app, alice)

    with pytest.raises(OAuthRefusal, match="authorization grant"):
        await issue(database, exchange(other, code))


async def test_I02_a_code_ends_after_ten_minutes(database, app, alice):
    code = await code_for(database, app, alice)
    clock.shift(timedelta(minutes=10, seconds=1))

    with pytest.raises(OAuthRefusal, match="authorization grant"):
        await issue(database, exchange(app, code))


@pytest.mark.parametrize("verifier", [None, "", "wrong", CHALLENGE])
async def test_I02_a_challenge_needs_its_verifier(database, app, alice, verifier):
    code = await code_for(
        database, app, alice, code_challenge=CHALLENGE, code_challenge_method="S256"
    )

    with pytest.raises(OAuthRefusal, match="authorization grant"):
        await issue(database, exchange(app, code, code_verifier=verifier))


async def test_the_right_verifier_is_taken(database, app, alice):
    code = await code_for(
        database, app, alice, code_challenge=CHALLENGE, code_challenge_method="S256"
    )

    issued = await issue(database, exchange(app, code, code_verifier=VERIFIER))

    assert await is_alive(database, issued.bearer)


@pytest.mark.parametrize("method", ["plain", None, "s256"])
async def test_I02_only_s256_is_taken(database, app, method):
    async with database.transaction() as session:
        with pytest.raises(AuthorisationRefused) as refused:
            await start_authorisation(
                session, asked(app, code_challenge=CHALLENGE, code_challenge_method=method)
            )

    query = parse_qs(urlsplit(refused.value.location).query)
    assert query["error"] == ["invalid_request"]
    assert query["state"] == ["xyz"]


async def test_I02_a_verifier_without_a_challenge_is_refused(database, app, alice):
    code = await code_for(database, app, alice)

    with pytest.raises(OAuthRefusal, match="authorization grant"):
        await issue(database, exchange(app, code, code_verifier=VERIFIER))


@pytest.mark.parametrize("scope", ["admin:read", "everything", "read admin", "profile"])
async def test_I03_no_scope_beyond_the_registered(database, app, scope):
    async with database.transaction() as session:
        with pytest.raises(AuthorisationRefused) as refused:
            await start_authorisation(session, asked(app, scope=scope))

    assert refused.value.code == "invalid_scope"


async def test_I03_an_apps_own_token_has_no_wider_scope(database, new_app):
    app = await new_app(scopes="read:accounts")
    request = TokenRequest("client_credentials", app.client_id, app.secret, scope="read")

    with pytest.raises(OAuthRefusal) as refused:
        await issue(database, request)

    assert refused.value.code == "invalid_scope"


@pytest.mark.parametrize("secret", [None, "", "wrong"])
async def test_I04_a_wrong_secret_is_401(database, app, secret):
    with pytest.raises(OAuthRefusal) as refused:
        await issue(database, TokenRequest("client_credentials", app.client_id, secret))

    assert (refused.value.code, refused.value.status) == ("invalid_client", 401)


async def test_I04_an_unknown_program_is_401(database):
    async with database.read() as session:
        for name in ("nobody", "", None):
            with pytest.raises(OAuthRefusal):
                await prove_app(session, name, "")


@pytest.mark.parametrize(
    "grant", ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
)
async def test_I05_there_is_no_password_grant(database, app, grant):
    with pytest.raises(OAuthRefusal) as refused:
        await issue(database, TokenRequest(grant, app.client_id, app.secret))

    assert refused.value.code == "unsupported_grant_type"


async def test_I05_there_is_no_implicit_grant(database, app):
    async with database.transaction() as session:
        with pytest.raises(AuthorisationRefused) as refused:
            await start_authorisation(session, asked(app, response_type="token"))

    assert refused.value.code == "unsupported_response_type"


async def test_I08_another_programs_token_cannot_be_revoked(database, app, alice, new_app):
    other = await new_app(name="Other")
    issued = await issue(database, exchange(app, await code_for(database, app, alice)))

    await revoke(
        database, bearer=issued.bearer, client_id=other.client_id, client_secret=other.secret
    )

    assert await is_alive(database, issued.bearer)


async def test_a_program_revokes_its_own_token(database, app, alice):
    issued = await issue(database, exchange(app, await code_for(database, app, alice)))

    await revoke(database, bearer=issued.bearer, client_id=app.client_id, client_secret=app.secret)

    assert not await is_alive(database, issued.bearer)


async def test_a_suspended_person_gets_no_token_for_an_old_code(database, app, alice):
    code = await code_for(database, app, alice)
    async with database.transaction() as session:
        (await session.merge(alice)).suspended_at = clock.now()

    with pytest.raises(OAuthRefusal, match="authorization grant"):
        await issue(database, exchange(app, code))


async def test_out_of_band_is_known(database, app):
    async with database.transaction() as session:
        request = await start_authorisation(session, asked(app, redirect_uri=OUT_OF_BAND))

    assert request.is_out_of_band


def test_broad_scopes_cover_narrow_ones():
    assert covers(["read"], "read:accounts")
    assert covers(["follow"], "write:blocks")
    assert not covers(["follow"], "read:accounts")
    assert not covers(["read:accounts"], "read")
    assert not covers(["read"], "write:statuses")
