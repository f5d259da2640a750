"""Choosing the language of the pages."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from quart import Response, request

from core.errors import InvalidInput
from web.answers import go_to
from web.forms import local_path, read_form
from web.session import keep_language
from web.visit import Pages, Visit


async def post_language(visit: Visit) -> Response:
    """Remember the choice and go back to the page; it needs no session and harms nobody."""
    form = await read_form(request)
    code = form.get("lang", "")
    if code not in visit.site.languages:
        raise InvalidInput(f"no language of ours: {code[:20]!r}")
    response = go_to(visit.site.settings, _without_lang(local_path(form.get("next"))))
    keep_language(visit.site, response, code)
    return response


def _without_lang(path: str) -> str:
    """Take `lang` out of an address: it would win over the choice."""
    place, _, query = path.partition("?")
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != "lang"]
    return f"{place}?{urlencode(kept)}" if kept else place


PAGES: Pages = (
    ("POST", "/language", post_language),
)
