"""Programs register, get tokens, lose them; browsers' scripts may call."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from users.apps import OUT_OF_BAND
from users.authorisation import grant_authorisation, start_authorisation
from users.limits import Limit
from users.tokens import find_token

APP = {
    "client_name": "Tusky",
    "redirect_uris": OUT_OF_BAND,
    "scopes": "read write",
    "website": "https://tusky.app",
}


async def register(house, **changes):
    return await house.stranger.post("/api/v1/apps", **APP | changes)


async def code_for(house, program, person, scope="read write"):
    """Say yes on the consent page."""
    params = {
        "client_id": program["client_id"],
        "redirect_uri": OUT_OF_BAND,
        "response_type": "code",
        "scope": scope,
    }
    async with house.database.transaction() as session:
        request = await start_authorisation(session, params)
        return await grant_authorisation(session, request, person.user)


def exchange(program, code):
    return {
        "grant_type": "authorization_code",
        "client_id": program["client_id"],
        "client_secret": program["client_secret"],
        "redirect_uri": OUT_OF_BAND,
        "code": code,
    }


@pytest.mark.parametrize("kind", ["json", "form"])
async def test_a_program_signs_a_person_in(house, alice, kind):
    program = await register(house)
    code = await code_for(house, program, alice.person)

    reply = await house.stranger.ask("POST", "/oauth/token", **{kind: exchange(program, code)})

    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.json["scope"] == "read write"
    alice.bearer = reply.json["access_token"]
    assert (await alice.get("/api/v1/accounts/verify_credentials"))["id"] == alice.id
    shown = await alice.get("/api/v1/apps/verify_credentials")
    assert (shown["name"], shown["website"]) == ("Tusky", "https://tusky.app")


async def test_a_program_may_prove_itself_with_basic_credentials(house):
    program = await register(house)
    pair = f"{program['client_id']}:{program['client_secret']}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    reply = await house.stranger.ask(
        "POST", "/oauth/token", headers=headers, form={"grant_type": "client_credentials"}
    )

    assert (reply.status, reply.json["scope"]) == (200, "read")


async def test_several_redirect_addresses_come_as_a_list_or_in_lines(house):
    addresses = ["https://one.example/", "app://two"]

    listed = await register(house, redirect_uris=addresses)
    in_lines = await register(house, redirect_uris="\n".join(addresses))

    assert listed["redirect_uris"] == in_lines["redirect_uris"] == addresses
    assert in_lines["redirect_uri"] == "\n".join(addresses)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"client_name": ""}, "Name can't be blank"),
        ({"redirect_uris": "javascript:alert(1)"}, "Redirect URI must be a valid URI."),
        ({"redirect_uris": None}, "Redirect URI can't be blank"),
        ({"scopes": "admin:read"}, "Scopes doesn't match"),
    ],
)
async def test_I14_a_bad_registration_is_refused(house, changes, text):
    reply = await house.stranger.ask("POST", "/api/v1/apps", json=APP | changes)

    assert reply.status == 422
    assert reply.error.startswith(f"Validation failed: {text}")


async def test_I02_a_code_works_once(house, alice):
    program = await register(house)
    code = await code_for(house, program, alice.person)
    first = await house.stranger.post("/oauth/token", **exchange(program, code))

    second = await house.stranger.ask("POST", "/oauth/token", json=exchange(program, code))

    assert (second.status, second.error) == (400, "invalid_grant")
    alice.bearer = first["access_token"]
    assert (await alice.ask("GET", "/api/v1/timelines/home")).status == 401


@pytest.mark.parametrize(
    ("fields", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "a"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "x"}, 401, "invalid_client"),
    ],
)
async def test_I05_a_bad_token_request_is_refused(house, fields, status, error):
    reply = await house.stranger.ask("POST", "/oauth/token", form=fields)

    assert (reply.status, reply.error) == (status, error)
    assert reply.json["error_description"]


async def test_a_program_signs_out(house, alice):
    program = await register(house)
    token = await house.stranger.post(
        "/oauth/token", **exchange(program, await code_for(house, program, alice.person))
    )
    secrets = {name: program[name] for name in ("client_id", "client_secret")}

    await house.stranger.post("/oauth/revoke", token=token["access_token"], **secrets)

    async with house.database.read() as session:
        found = await find_token(session, token["access_token"])
    assert found.token.revoked_at is not None


async def test_I08_another_program_cannot_sign_out_this_one(house, alice):
    mine, other = await register(house), await register(house, client_name="Other")
    code = await code_for(house, mine, alice.person)
    token = await house.stranger.post("/oauth/token", **exchange(mine, code))
    secrets = {name: other[name] for name in ("client_id", "client_secret")}

    await house.stranger.post("/oauth/revoke", token=token["access_token"], **secrets)

    alice.bearer = token["access_token"]
    assert await alice.get("/api/v1/timelines/home") == []


async def test_the_server_describes_itself(house):
    metadata = await house.stranger.get("/.well-known/oauth-authorization-server")

    assert metadata["issuer"] == "http://a.localhost:8001/"
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert "password" not in metadata["grant_types_supported"]


async def test_a_program_learns_who_signed_in(house, alice):
    program = await house.program(alice.person, "profile")

    assert (await program.get("/oauth/userinfo"))["preferred_username"] == "alice"
    assert (await program.get("/api/v1/accounts/verify_credentials"))["username"] == "alice"


async def test_I14_registrations_are_counted(house):
    program = house.limited()

    statuses = [(await program.ask("POST", "/api/v1/apps", json=APP)).status for _ in range(6)]

    assert statuses == [200] * 5 + [429]


async def test_H19_a_token_is_counted_and_told_so(house, alice):
    program = house.limited(alice.bearer)

    reply = await program.ask("GET", "/api/v1/timelines/home")

    assert reply.headers["X-RateLimit-Limit"] == "300"
    assert reply.headers["X-RateLimit-Remaining"] == "299"
    assert reply.headers["X-RateLimit-Reset"].endswith("Z")


async def test_H19_a_token_that_calls_too_often_is_told_when_it_may_again(house, alice):
    program = house.limited(alice.bearer, per_token=Limit(2, timedelta(minutes=5)))

    replies = [await program.ask("GET", "/api/v1/timelines/home") for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].error == "Too many requests"
    assert replies[2].headers["X-RateLimit-Reset"].endswith("Z")


async def test_H19_a_caller_cannot_claim_another_address(house):
    program = house.limited(per_address=Limit(2, timedelta(minutes=5)))

    replies = [
        await program.ask(
            "GET", "/api/v2/instance", headers={"X-Forwarded-For": f"192.0.2.{number}"}
        )
        for number in range(3)
    ]

    assert [reply.status for reply in replies] == [200, 200, 429]


async def test_scripts_of_any_page_may_call_without_cookies(house, alice):
    headers = {"Origin": "https://elk.example", "Access-Control-Request-Method": "POST"}

    asked = await house.stranger.ask("OPTIONS", "/api/v1/statuses", headers=headers)
    answered = await alice.ask("GET", "/api/v1/timelines/home", headers=headers)

    assert asked.status in {200, 204}
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "Link" in answered.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answered.headers


async def test_H20_a_cookie_is_nobody(house):
    reply = await house.stranger.ask(
        "GET", "/api/v1/timelines/home", headers={"Cookie": "session=stolen"}
    )

    assert reply.status == 401
    assert "Set-Cookie" not in reply.headers


async def test_refusals_are_dressed_like_answers(house):
    reply = await house.stranger.ask("GET", "/api/v1/timelines/home")

    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
