"""From `/@name` and `/@name@host` to an actor."""

from __future__ import annotations

from quart import Request

from actors.models import Actor
from actors.queries import find_actor_by_handle
from actors.remote import resolve_handle
from core.errors import InvalidDocument, NotFound, ServerError
from federation.uris import handle_parts
from federation.vocabulary import ACTIVITY_JSON, LD_JSON, LD_JSON_AS
from web.visit import SignInNeeded, Visit

_SHOWN_TYPES = frozenset({"Person", "Group", "Service", "Organization"})


async def find_shown(visit: Visit, handle: str) -> Actor:
    """Return whom a page is about.

    People of other hosts are shown to signed-in readers only, and looked up there when they are
    not known yet. Raises NotFound alike for nobody, and for who is suspended or gone.
    """
    name, domain = _parts(visit, handle)
    if domain is not None and visit.browser is None:
        raise SignInNeeded(visit.here)
    async with visit.database.read() as session:
        actor = await find_actor_by_handle(session, name, domain)
    if actor is None and domain is not None:
        actor = await _look_up(visit, f"{name}@{domain}")
    if actor is None or actor.deleted_at or actor.suspended_at or actor.type not in _SHOWN_TYPES:
        raise NotFound(f"no page about {handle[:100]!r}")
    return actor


def _parts(visit: Visit, handle: str) -> tuple[str, str | None]:
    try:
        name, domain = handle_parts(handle)
    except InvalidDocument as error:
        raise NotFound("no handle") from error
    return name, None if domain in (visit.site.uris.handle_domain, visit.site.uris.host) else domain


async def _look_up(visit: Visit, handle: str) -> Actor:
    try:
        return await resolve_handle(visit.database, visit.site.client, handle)
    except ServerError as error:
        raise NotFound(f"{handle[:200]}: cannot be found") from error


def wants_document(request: Request) -> bool:
    """Tell whether a program asks for the ActivityPub document behind a page."""
    offered = ["text/html", ACTIVITY_JSON, LD_JSON_AS, LD_JSON]
    return request.accept_mimetypes.best_match(offered, "text/html") != "text/html"
