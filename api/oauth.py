"""https://docs.joinmastodon.org/methods/oauth/ without the pages, which are in `web/`."""

from __future__ import annotations

from typing import Any

from quart import request

from api.fields import basic_credentials
from api.paging import public_base
from api.routing import Answer, Call, Door, Route
from users.oauth import TokenRequest, issue, revoke
from users.scopes import SCOPES

_NO_STORE = {"Cache-Control": "no-store"}


async def post_token(call: Call) -> Answer:
    """Exchange a code, or an app's credentials, for a bearer token."""
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
        ),
    )
    body = {
        "access_token": issued.bearer,
        "token_type": "Bearer",
        "scope": issued.scopes,
        "created_at": int(issued.created_at.timestamp()),
    }
    return Answer(body, headers=_NO_STORE)


async def post_revoke(call: Call) -> dict[str, Any]:
    """End a token; one that is not the program's own changes nothing (I08)."""
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
    return {
        "iss": public_base(call.services.settings) + "/",
        "sub": actor.uri,
        "name": actor.name,
        "preferred_username": actor.username,
        "profile": actor.url,
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
        "revocation_endpoint": f"{base}/oauth/revoke",
        "userinfo_endpoint": f"{base}/oauth/userinfo",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


def _client(call: Call) -> tuple[str | None, str | None]:
    basic = basic_credentials(request.headers.get("Authorization"))
    return basic or (call.fields.text("client_id"), call.fields.text("client_secret"))


ROUTES = (
    Route("POST", "/oauth/token", post_token, Door.ANYONE),
    Route("POST", "/oauth/revoke", post_revoke, Door.ANYONE),
    Route("GET", "/oauth/userinfo", get_userinfo, Door.USER, ("profile", "read:accounts")),
    Route("GET", "/.well-known/oauth-authorization-server", get_metadata, Door.ANYONE),
)
