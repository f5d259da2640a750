"""https://docs.joinmastodon.org/methods/search/: people by name, anything by its address."""

from __future__ import annotations

from typing import Any

from actors.models import Actor
from actors.queries import find_actor_by_uri, find_local_actor
from actors.remote import resolve_actor
from api.accounts import find_accounts, resolve_account
from api.entities.account import accounts
from api.entities.status import statuses
from api.entities.tag import tag
from api.errors import ApiError
from api.paging import public_base
from api.routing import Call, Door, Route
from core.errors import InvalidDocument, PermanentError, TemporaryError
from db.paging import Page
from db.session import AsyncSession
from doctors.credentials import check_actor
from federation.uris import LocalKind, LocalUri
from posts.models import Post
from posts.queries import find_post, find_post_by_uri
from posts.remote import resolve_post
from posts.timelines import list_tag
from posts.visibility import may_see

Json = dict[str, Any]
MAX_OFFSET = 200
_NEEDS_USER = "Search queries {} are not supported without authentication"


async def get_search(call: Call) -> Json:
    """Find accounts, posts and hashtags; `resolve` fetches what is not known here yet."""
    words = call.fields.required("q").strip()
    resolves = bool(call.fields.flag("resolve"))
    if call.caller is None and resolves:
        raise ApiError(401, _NEEDS_USER.format("that resolve remote resources"))
    if call.caller is None and call.fields.text("offset"):
        raise ApiError(401, _NEEDS_USER.format("pagination"))
    found = await _find_everything(call, words, resolves=resolves)
    kind = call.fields.text("type")
    return {name: rows if kind in {name, None, ""} else [] for name, rows in found.items()}


async def _find_everything(call: Call, words: str, *, resolves: bool) -> Json:
    if words.startswith(("https://", "http://")):
        return await _at(call, await _find_at(call, words, resolves=resolves))
    first = await resolve_account(call, words) if resolves else None
    limit = call.fields.number("limit", default=20, largest=40)
    offset = call.fields.number("offset", default=0, smallest=0, largest=MAX_OFFSET)
    async with call.services.database.read() as session:
        people = await find_accounts(session, words, offset + limit, first=first)
        return {
            "accounts": await accounts(session, people[offset:]),
            # The text of posts is not searched yet.
            "statuses": [],
            "hashtags": await _hashtags(session, call, words) if offset == 0 else [],
        }


async def _hashtags(session: AsyncSession, call: Call, words: str) -> list[Json]:
    """Return a hashtag by its whole name, if there is a post with it that the caller may see."""
    name = words.removeprefix("#").lower()
    if not name or any(c.isspace() or c in "@/" for c in name):
        return []
    used = await list_tag(session, call.viewer, name, Page(limit=1))
    return [tag(name, call.uris)] if used else []


async def _find_at(call: Call, address: str, *, resolves: bool) -> Actor | Post | None:
    """Return what is at an address, of ours or of another instance; None when nothing is."""
    services = call.services
    # A client that reaches us under another name (127.0.0.1 in development) means us by it.
    address = address.replace(public_base(services.settings), services.settings.base_url, 1)
    ours = call.uris.parse(address)
    async with services.database.read() as session:
        known = (
            await _find_ours(session, ours)
            if ours is not None
            else await find_post_by_uri(session, address)
            or await find_actor_by_uri(session, address)
        )
    if known is not None or ours is not None or not resolves:
        return known
    try:
        return await _fetch(call, address)
    except (PermanentError, TemporaryError):
        # Whoever searches learns that nothing was found, and not why.
        return None


async def _find_ours(session: AsyncSession, ours: LocalUri) -> Actor | Post | None:
    if ours.kind in {LocalKind.POST, LocalKind.POST_PAGE}:
        return await find_post(session, ours.id or 0)
    if ours.kind in {LocalKind.ACTOR, LocalKind.PROFILE_PAGE}:
        return await find_local_actor(session, ours.username or "")
    return None


async def _fetch(call: Call, address: str) -> Actor | Post:
    services = call.services
    try:
        return await resolve_post(
            services.database, services.client, address, check=check_actor
        )
    except InvalidDocument:
        return await resolve_actor(services.database, services.client, address)


async def _at(call: Call, found: Actor | Post | None) -> Json:
    """Answer with one thing, if the caller may see it (H04)."""
    nothing: Json = {"accounts": [], "statuses": [], "hashtags": []}
    async with call.services.database.read() as session:
        if isinstance(found, Actor) and found.deleted_at is None:
            return nothing | {"accounts": await accounts(session, [found])}
        if isinstance(found, Post) and await may_see(session, call.viewer, found):
            return nothing | {"statuses": await statuses(session, call.viewer, [found])}
    return nothing


ROUTES = (Route("GET", "/api/v2/search", get_search, Door.POSTS, ("read:search",)),)
