"""Pages by id: what is asked, and the Link header that leads on."""

from __future__ import annotations

from urllib.parse import urlencode

from quart import request

from api.fields import Fields
from core.settings import Settings
from db.paging import Page

_PAGING = frozenset({"max_id", "min_id", "since_id", "offset"})


def read_page(fields: Fields, *, default: int = 20, largest: int = 40) -> Page:
    """Read max_id, min_id, since_id and limit; the limit is clamped, not refused (H09)."""
    return Page(
        limit=fields.number("limit", default=default, largest=largest),
        max_id=fields.id("max_id"),
        since_id=fields.id("since_id"),
        min_id=fields.id("min_id"),
    )


def public_base(settings: Settings) -> str:
    """Return the address under which this client reaches us.

    In development the client API also answers under 127.0.0.1:PORT: a client that cannot resolve
    `*.localhost` must be able to follow our links.
    """
    return request.host_url.rstrip("/") if settings.development else settings.base_url


def link_header(settings: Settings, page: Page, ids: list[int]) -> dict[str, str]:
    """Return the Link header of a page whose rows have these ids; nothing for an empty page."""
    if not ids:
        return {}
    links = [_link(settings, "prev", min_id=max(ids))]
    if len(ids) >= page.limit:
        links.insert(0, _link(settings, "next", max_id=min(ids)))
    return {"Link": ", ".join(links)}


def offset_links(settings: Settings, *, limit: int, offset: int, count: int) -> dict[str, str]:
    """Return the Link header of a page that was asked for by its place in the whole list."""
    links = []
    if count >= limit:
        links.append(_link(settings, "next", offset=offset + limit))
    if offset > 0:
        links.append(_link(settings, "prev", offset=max(offset - limit, 0)))
    return {"Link": ", ".join(links)} if links else {}


def _link(settings: Settings, relation: str, **place: int) -> str:
    kept = [pair for pair in request.args.items(multi=True) if pair[0] not in _PAGING]
    query = urlencode(kept + [(name, str(value)) for name, value in place.items()])
    return f'<{public_base(settings)}{request.path}?{query}>; rel="{relation}"'
