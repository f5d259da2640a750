"""https://docs.joinmastodon.org/methods/apps/"""

from __future__ import annotations

from typing import Any

from api.routing import Call, Door, Route
from notifications.vapid import public_key
from users.apps import register_app
from users.models import OAuthApp
from users.queries import find_app_of_token


async def post_app(call: Call) -> dict[str, Any]:
    """Register a client program."""
    call.limits.take(call.limits.registrations, call.address)
    fields = call.fields
    # Clients send one address, several under `redirect_uris[]`, or several in lines.
    given = [uri for text in fields.texts("redirect_uris") for uri in text.split()]
    async with call.services.database.transaction() as session:
        app, secret = await register_app(
            session,
            name=fields.text("client_name") or "",
            redirect_uris=given,
            scopes=fields.text("scopes"),
            website=fields.text("website"),
        )
    return _application(app, call) | {
        "client_id": app.client_id,
        "client_secret": secret,
        "client_secret_expires_at": 0,
    }


async def verify_app(call: Call) -> dict[str, Any]:
    """Tell a program that its token works."""
    assert call.found is not None
    async with call.services.database.read() as session:
        app = await find_app_of_token(session, call.found.token)
    if app is None:
        return _of_command_line(call)
    return _application(app, call)


def _application(app: OAuthApp, call: Call) -> dict[str, Any]:
    return {
        "id": str(app.id),
        "name": app.name,
        "website": app.website,
        "scopes": app.scopes.split(),
        "redirect_uri": "\n".join(app.redirect_uris),
        "redirect_uris": app.redirect_uris,
        "vapid_key": public_key(call.services.settings),
    }


def _of_command_line(call: Call) -> dict[str, Any]:
    """A token printed by `consilium token` belongs to no registered program."""
    assert call.found is not None
    return {
        "id": "0",
        "name": "Consilium",
        "website": None,
        "scopes": list(call.found.scopes),
        "redirect_uri": "",
        "redirect_uris": [],
        "vapid_key": public_key(call.services.settings),
    }


ROUTES = (
    Route("POST", "/api/v1/apps", post_app, Door.ANYONE),
    Route("GET", "/api/v1/apps/verify_credentials", verify_app, Door.TOKEN),
)
