"""Forms: reading them, and knowing that they were filled in on our own pages (H20)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from quart import Request
from werkzeug.exceptions import RequestEntityTooLarge

from core.errors import Forbidden
from users.secret import new_secret, same
from users.sessions import is_from_our_page
from web.masks import unmasked
from web.session import FORM, read_cookie
from web.site import Site
from web.visit import Visit

MAX_FORM_BYTES = 64 * 1024
_FETCH_SITE = "Sec-Fetch-Site"


async def read_form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form; a larger body than any of our forms has answers 413."""
    body = bytearray()
    async for part in request.body:
        body += part
        if len(body) > MAX_FORM_BYTES:
            raise RequestEntityTooLarge
    # PostgreSQL stores no NUL, and nobody means one.
    text = body.decode("ascii", "replace")
    return {
        name: value.replace("\x00", "")
        for name, value in parse_qsl(text, keep_blank_values=True, errors="replace")
    }


def require_own_form(visit: Visit, form: Mapping[str, str]) -> None:
    """Refuse a form that does not carry the token of this browser's session."""
    browser = visit.browser
    if browser is None or not is_from_our_page(browser, unmasked(form.get("csrf_token", ""))):
        raise Forbidden("this form was not filled in on a page of this session")


def stranger_secret(site: Site, request: Request) -> str | None:
    """Return what binds a form to a stranger's browser; None where the browser says it itself.

    Browsers since 2023 tell with `Sec-Fetch-Site` from where a form comes: strangers then need no
    cookie. `Origin` would not do: with `Referrer-Policy: no-referrer` it is `null`.
    """
    if _FETCH_SITE in request.headers:
        return None
    return read_cookie(site, request, FORM) or new_secret()


def is_strangers_own_form(site: Site, request: Request, form: Mapping[str, str]) -> bool:
    """Tell whether a form without a session was filled in on our own page."""
    if (place := request.headers.get(_FETCH_SITE)) is not None:
        return place == "same-origin"
    kept = read_cookie(site, request, FORM)
    return kept is not None and same(kept, form.get("form_token", ""))


def local_path(asked: str | None) -> str:
    """Return an address to go on to, if it is a path of ours; else the front page."""
    is_path = asked is not None and asked.startswith("/") and not asked.startswith(("//", "/\\"))
    if asked is None or not is_path or any(c <= " " or c == "\\" or c == "\x7f" for c in asked):
        return "/"
    return asked
