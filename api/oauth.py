"""https://docs.joinmastodon.org/methods/oauth/ without the pages, which are in `web/`."""

from __future__ import annotations

from typing import Any

from quart import request

from api.entities.account import account
from api.fields import basic_credentials
from api.paging import public_base
from api.routing import Answer, Call, Door, Route
from users.apps import prove_app
from users.devices import DEVICE_LENGTH, DEVICE_PAGE, INTERVAL_S, start_device
from users.oauth import GRANTS, TokenRequest, issue, revoke
from users.scopes import SCOPES

_NO_STORE = {"Cache-Control": "no-store"}
_WAYS_TO_PROVE_ONESELF = ["client_secret_basic", "client_secret_post"]


async def post_token(call: Call) -> Answer:
    """Exchange a code, a refresh token, a device's code or an app's secret for a bearer token."""
    client_id, client_secret = _client(call)
    issued = await issue(
        call.services.database,
        TokenRequest(
            grant_type=call.fields.text("grant_type"),
            client_id=client_id,
            client_secret=client_secret,
            redirect_uri=call.fields.text("redirect_uri"),
            code=call.fields.text("code"),
            code_verifier=call.fields.text("code_verifier"),
            scope=call.fields.text("scope"),
            refresh_token=call.fields.text("refresh_token"),
            device_code=call.fields.text("device_code"),
        ),
    )
    body: dict[str, Any] = {
        "access_token": issued.bearer,
        "token_type": "Bearer",
        "scope": issued.scopes,
        "created_at": int(issued.created_at.timestamp()),
    }
    if issued.refresh is not None and issued.lasts is not None:
        body["refresh_token"] = issued.refresh
        body["expires_in"] = int(issued.lasts.total_seconds())
    return Answer(body, headers=_NO_STORE)


async def post_device(call: Call) -> Answer:
    """Begin the grant of a device without a keyboard (RFC 8628 §3.1)."""
    call.limits.take(call.limits.devices, call.address)
    client_id, client_secret = _client(call)
    async with call.services.database.transaction() as session:
        app = await prove_app(session, client_id, client_secret)
        codes = await start_device(
            session,
            app,
            scope=call.fields.text("scope"),
            device=request.headers.get("User-Agent", ""),
            address=call.address,
        )
    page = f"{public_base(call.services.settings)}{DEVICE_PAGE}"
    body = {
        "device_code": codes.device_code,
        "user_code": codes.user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={codes.user_code}",
        "expires_in": int(DEVICE_LENGTH.total_seconds()),
        "interval": INTERVAL_S,
    }
    return Answer(body, headers=_NO_STORE)


async def post_revoke(call: Call) -> dict[str, Any]:
    """End a token of either kind; one that is not the program's own changes nothing (I08)."""
    client_id, client_secret = _client(call)
    await revoke(
        call.services.database,
        bearer=call.fields.text("token") or "",
        client_id=client_id or "",
        client_secret=client_secret or "",
    )
    return {}


async def get_userinfo(call: Call) -> dict[str, Any]:
    """Tell a program who signed in (OpenID Connect's names)."""
    actor = call.me.actor
    async with call.services.database.read() as session:
        shown = await account(session, actor)
    return {
        "iss": public_base(call.services.settings) + "/",
        "sub": actor.uri,
        "name": actor.name,
        "preferred_username": actor.username,
        "profile": actor.url or actor.uri,
        "picture": shown["avatar"],
    }


async def get_metadata(call: Call) -> dict[str, Any]:
    """Describe this authorisation server (RFC 8414)."""
    base = public_base(call.services.settings)
    return {
        "issuer": base + "/",
        "service_documentation": "https://docs.joinmastodon.org/",
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "app_registration_endpoint": f"{base}/api/v1/apps",
        "device_authorization_endpoint": f"{base}/oauth/device_authorization",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "userinfo_endpoint": f"{base}/oauth/userinfo",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": list(GRANTS),
        "token_endpoint_auth_methods_supported": _WAYS_TO_PROVE_ONESELF,
        "revocation_endpoint_auth_methods_supported": _WAYS_TO_PROVE_ONESELF,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
    }


def _client(call: Call) -> tuple[str | None, str | None]:
    basic = basic_credentials(request.headers.get("Authorization"))
    return basic or (call.fields.text("client_id"), call.fields.text("client_secret"))


ROUTES = (
    Route("POST", "/oauth/token", post_token, Door.ANYONE),
    Route("POST", "/oauth/device_authorization", post_device, Door.ANYONE),
    Route("POST", "/oauth/revoke", post_revoke, Door.ANYONE),
    Route("GET", "/oauth/userinfo", get_userinfo, Door.USER, ("profile",)),
    Route("POST", "/oauth/userinfo", get_userinfo, Door.USER, ("profile",)),
    Route("GET", "/.well-known/oauth-authorization-server", get_metadata, Door.ANYONE),
)
