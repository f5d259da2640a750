"""Answers that are no page: going on to another address."""

from __future__ import annotations

from urllib.parse import urlencode

from quart import Response

from core.settings import Settings
from web.headers import page_headers

SIGN_IN = "/auth/sign-in"


def go_to(settings: Settings, address: str) -> Response:
    """Send the browser to an address, with GET."""
    return Response("", status=303, headers={**page_headers(settings), "Location": address})


def sign_in_path(here: str, **more: str) -> str:
    """Return the address of the sign-in page that leads back to a page of ours.

    `again="1"` asks somebody who is signed in all the same; `lang` chooses the page's language.
    """
    return SIGN_IN if here == "/" and not more else f"{SIGN_IN}?{urlencode({'next': here} | more)}"
