"""A device without a keyboard gets its token, and tokens that are refreshed, over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from core import clock
from users.devices import DEVICE_CODE_GRANT, decide_device
from users.limits import Limit
from users.models import AccessToken, DeviceGrant
from users.tokens import ACCESS_LENGTH

APP = {
    "client_name": "Ward",
    "redirect_uris": "ward://back",
    "scopes": "read write offline_access",
}
BEGIN = "/oauth/device_authorization"


@pytest_asyncio.fixture
async def secrets(house):
    program = await house.stranger.post("/api/v1/apps", **APP)
    return {name: program[name] for name in ("client_id", "client_secret")}


def asked(secrets, codes):
    return {"grant_type": DEVICE_CODE_GRANT, "device_code": codes["device_code"]} | secrets


async def allow(house, codes, person):
    async with house.database.transaction() as session:
        assert await decide_device(session, codes["user_code"], person.user, allowed=True)


async def test_a_device_is_let_in(house, alice, secrets):
    codes = await house.stranger.post(BEGIN, scope="read", **secrets)
    waiting = await house.stranger.ask("POST", "/oauth/token", form=asked(secrets, codes))
    hasty = await house.stranger.ask("POST", "/oauth/token", form=asked(secrets, codes))
    await allow(house, codes, alice.person)

    token = await house.stranger.post("/oauth/token", **asked(secrets, codes))

    assert (waiting.status, waiting.error) == (400, "authorization_pending")
    assert (hasty.status, hasty.error) == (400, "slow_down")
    assert (codes["expires_in"], codes["interval"]) == (900, 5)
    assert codes["verification_uri"] == "http://a.localhost:8001/oauth/device"
    assert codes["verification_uri_complete"].endswith(f"?user_code={codes['user_code']}")
    assert token["scope"] == "read" and "refresh_token" not in token
    alice.bearer = token["access_token"]
    assert (await alice.get("/api/v1/accounts/verify_credentials"))["id"] == alice.id


async def test_what_a_device_says_of_itself_is_kept_for_the_person(house, database, secrets):
    await house.stranger.ask("POST", BEGIN, form=secrets, headers={"User-Agent": "x" * 999})

    async with database.read() as session:
        grant = (await session.scalars(select(DeviceGrant))).one()
    assert len(grant.device) <= 200 and grant.address


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"scope": "follow"}, 400, "invalid_scope"),
        ({"scope": "admin:read"}, 400, "invalid_scope"),
    ],
)
async def test_I04_I03_a_device_proves_itself_and_asks_for_what_it_may(
    house, secrets, changes, status, error
):
    reply = await house.stranger.ask("POST", BEGIN, form=secrets | changes)

    assert (reply.status, reply.error) == (status, error)


async def test_devices_are_counted_by_address(house, secrets):
    program = house.limited(devices=Limit(2, timedelta(minutes=10)))

    statuses = [(await program.ask("POST", BEGIN, form=secrets)).status for _ in range(3)]

    assert statuses == [200, 200, 429]


async def test_a_token_is_refreshed_and_the_old_one_ends(house, alice, secrets):
    codes = await house.stranger.post(BEGIN, scope="read offline_access", **secrets)
    await allow(house, codes, alice.person)
    first = await house.stranger.post("/oauth/token", **asked(secrets, codes))
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]} | secrets

    second = await house.stranger.post("/oauth/token", **form)

    assert first["expires_in"] == second["expires_in"] == ACCESS_LENGTH.total_seconds()
    alice.bearer = first["access_token"]
    assert (await alice.ask("GET", "/api/v1/timelines/home")).error == "The access token is invalid"
    alice.bearer = second["access_token"]
    assert await alice.get("/api/v1/timelines/home") == []
    clock.shift(ACCESS_LENGTH)
    expired = await alice.ask("GET", "/api/v1/timelines/home")
    assert (expired.status, expired.error) == (401, "The access token expired")


async def test_I02_a_stolen_refresh_token_is_worth_nothing(house, alice, secrets):
    codes = await house.stranger.post(BEGIN, scope="read offline_access", **secrets)
    await allow(house, codes, alice.person)
    first = await house.stranger.post("/oauth/token", **asked(secrets, codes))
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]} | secrets
    second = await house.stranger.post("/oauth/token", **form)

    again = await house.stranger.ask("POST", "/oauth/token", form=form)

    assert (again.status, again.error) == (400, "invalid_grant")
    alice.bearer = second["access_token"]
    assert (await alice.ask("GET", "/api/v1/timelines/home")).status == 401


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", None])
async def test_either_token_is_revoked_whatever_the_hint_says(house, alice, secrets, hint):
    codes = await house.stranger.post(BEGIN, scope="read offline_access", **secrets)
    await allow(house, codes, alice.person)
    token = await house.stranger.post("/oauth/token", **asked(secrets, codes))
    form = {"token": token["refresh_token"]} | secrets | ({"token_type_hint": hint} if hint else {})

    reply = await house.stranger.ask("POST", "/oauth/revoke", form=form)

    assert (reply.status, reply.json) == (200, {})
    alice.bearer = token["access_token"]
    refused = await alice.ask("GET", "/api/v1/timelines/home")
    assert refused.error == "The access token was revoked"


async def test_what_is_said_of_the_server_is_there(house):
    metadata = await house.stranger.get("/.well-known/oauth-authorization-server")
    served = {rule.rule for rule in house.app.url_map.iter_rules()}
    elsewhere = {"authorization_endpoint", "service_documentation"}

    named = {
        name: address.removeprefix("http://a.localhost:8001")
        for name, address in metadata.items()
        if isinstance(address, str) and name not in {"issuer", *elsewhere}
    }

    assert set(named.values()) <= served
    assert named["device_authorization_endpoint"] == BEGIN
    for grant in metadata["grant_types_supported"]:
        reply = await house.stranger.ask("POST", "/oauth/token", form={"grant_type": grant})
        assert (reply.status, reply.error) == (401, "invalid_client")


async def test_the_use_of_a_token_is_noted_once_an_hour(house, database, alice):
    async def noted():
        async with database.read() as session:
            return (await session.scalars(select(AccessToken.last_used_at))).one()

    first = await noted()
    await alice.get("/api/v1/timelines/home")
    assert await noted() == first
    clock.shift(timedelta(hours=1))
    await alice.get("/api/v1/timelines/home")
    second = await noted()
    clock.shift(timedelta(minutes=59))
    await alice.get("/api/v1/timelines/home")

    assert second > first and await noted() == second
