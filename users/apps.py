"""Client programs: registration, and proving that one is itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from core.errors import InvalidInput
from db.session import AsyncSession, settings_of
from users import queries
from users.models import OAuthApp
from users.refusals import OAuthRefusal
from users.scopes import parse_scopes
from users.secret import digest, new_secret, same

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
MAX_NAME_LENGTH = 60
MAX_URI_LENGTH = 2000
MAX_REDIRECT_URIS = 10
_SCRIPTING = frozenset({"javascript", "data", "vbscript", "file", "blob", "about"})
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")


async def register_app(
    session: AsyncSession,
    *,
    name: str,
    redirect_uris: Sequence[str],
    scopes: str | None = None,
    website: str | None = None,
) -> tuple[OAuthApp, str]:
    """Save a client program; returns it and its secret, which cannot be read back.

    Raises InvalidInput in Mastodon's words (I14).
    """
    development = settings_of(session).development
    _require(bool(name.strip()), "Name can't be blank")
    too_long = f"Name is too long (maximum is {MAX_NAME_LENGTH} characters)"
    _require(len(name) <= MAX_NAME_LENGTH, too_long)
    _require(bool(redirect_uris), "Redirect URI can't be blank")
    _require(len(redirect_uris) <= MAX_REDIRECT_URIS, "Redirect URI is too long")
    are_valid = all(_is_redirect_uri(uri, development=development) for uri in redirect_uris)
    _require(are_valid, "Redirect URI must be a valid URI.")
    _require(not website or _is_web_address(website), "Website is not a valid URL")
    secret = new_secret()
    app = OAuthApp(
        client_id=new_secret(),
        client_secret_hash=digest(secret),
        name=name.strip(),
        website=website or None,
        redirect_uris=list(dict.fromkeys(redirect_uris)),
        scopes=_scopes(scopes),
    )
    session.add(app)
    return app, secret


async def prove_app(
    session: AsyncSession, client_id: str | None, client_secret: str | None
) -> OAuthApp:
    """Return the app with this id and secret; raises OAuthRefusal(`invalid_client`) (I04)."""
    app = await queries.find_app(session, client_id or "")
    expected = app.client_secret_hash if app is not None else digest("")
    if not same(expected, digest(client_secret or "")) or app is None:
        raise OAuthRefusal("invalid_client")
    return app


def website_host(website: str | None) -> str | None:
    """Return the host of a program's page; None where it names none that can be read."""
    try:
        return urlsplit(website or "").hostname or None
    except ValueError:
        return None


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise InvalidInput(f"Validation failed: {otherwise}")


def _scopes(text: str | None) -> str:
    try:
        return " ".join(parse_scopes(text))
    except OAuthRefusal as refusal:
        raise InvalidInput(
            "Validation failed: Scopes doesn't match configured on the server."
        ) from refusal


def _is_redirect_uri(uri: str, *, development: bool) -> bool:
    if uri == OUT_OF_BAND:
        return True
    if len(uri) > MAX_URI_LENGTH or _UNPRINTABLE.search(uri) or not _SCHEME.match(uri):
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if "#" in uri or "@" in parts.netloc or parts.scheme in _SCRIPTING:
        return False
    if parts.scheme in {"http", "https"}:
        is_safe = parts.scheme == "https" or development or parts.hostname in _LOOPBACK
        return bool(parts.hostname) and is_safe
    return True


def _is_web_address(website: str) -> bool:
    fits = len(website) <= MAX_URI_LENGTH and not _UNPRINTABLE.search(website)
    is_web = website.startswith(("https://", "http://"))
    return fits and is_web and website_host(website) is not None
