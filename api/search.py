"""https://docs.joinmastodon.org/methods/search/: people, posts, hashtags; anything by address."""

from __future__ import annotations

from typing import Any

from actors.models import Actor
from api.accounts import MAX_OFFSET, find_accounts, resolve_account
from api.entities.account import accounts
from api.entities.status import statuses
from api.entities.tag import tags_for
from api.errors import ApiError
from api.paging import public_base, read_page
from api.routing import Call, Door, Route
from doctors.credentials import check_actor
from posts.lookup import find_at
from posts.models import Post
from posts.search import Bounds, search_posts
from posts.tags import search_tags
from posts.visibility import may_see

Json = dict[str, Any]
_KINDS = ("accounts", "statuses", "hashtags")
_NEEDS_USER = "Search queries {} are not supported without authentication"


async def get_search(call: Call) -> Json:
    """Find accounts, posts and hashtags; `resolve` fetches what is not known here yet.

    `exclude_unreviewed` changes nothing: no hashtag waits for a review here.
    """
    words = call.fields.required("q").strip()
    resolves = bool(call.fields.flag("resolve"))
    if call.caller is None and resolves:
        raise ApiError(401, _NEEDS_USER.format("that resolve remote resources"))
    if call.caller is None and call.fields.text("offset"):
        raise ApiError(401, _NEEDS_USER.format("pagination"))
    if words.startswith(("https://", "http://")):
        return _only_asked(call, await _at(call, await _find_at(call, words, resolves=resolves)))
    return await _find(call, words, resolves=resolves)


async def get_old_search(call: Call) -> Json:
    """Find as the second version does; hashtags are named only, as the first version had them."""
    found = await get_search(call)
    return found | {"hashtags": [one["name"] for one in found["hashtags"]]}


def _asked_kinds(call: Call) -> tuple[str, ...]:
    kind = call.fields.text("type")
    return (kind,) if kind in _KINDS else _KINDS


def _only_asked(call: Call, found: Json) -> Json:
    kinds = _asked_kinds(call)
    return {name: rows if name in kinds else [] for name, rows in found.items()}


async def _find(call: Call, words: str, *, resolves: bool) -> Json:
    kinds = _asked_kinds(call)
    seeks_people = "accounts" in kinds
    first = await resolve_account(call, words) if resolves and seeks_people else None
    page = read_page(call.fields)
    offset = call.fields.number("offset", default=0, smallest=0, largest=MAX_OFFSET)
    bounds = Bounds(
        page=page,
        offset=offset,
        author_id=call.fields.id("account_id"),
        only_followed=bool(call.fields.flag("following")),
    )
    found: Json = {name: [] for name in _KINDS}
    async with call.services.database.read() as session:
        if seeks_people:
            people = await find_accounts(
                session, call, words, limit=page.limit, offset=offset, first=first
            )
            found["accounts"] = await accounts(session, people)
        if "statuses" in kinds:
            posts = await search_posts(session, call.viewer, words, bounds)
            found["statuses"] = await statuses(session, call.viewer, posts)
        if "hashtags" in kinds:
            names = await search_tags(session, call.viewer, words, offset + page.limit)
            named = names[offset:]
            found["hashtags"] = await tags_for(session, call.viewer.actor_id, named, call.uris)
    return found


async def _find_at(call: Call, address: str, *, resolves: bool) -> Actor | Post | None:
    services = call.services
    # A client that reaches us under another name (127.0.0.1 in development) means us by it.
    address = address.replace(public_base(services.settings), services.settings.base_url, 1)
    return await find_at(
        services.database, services.client, address, check=check_actor, fetches=resolves
    )


async def _at(call: Call, found: Actor | Post | None) -> Json:
    """Answer with one thing, if the caller may see it (H04)."""
    nothing: Json = {name: [] for name in _KINDS}
    async with call.services.database.read() as session:
        if isinstance(found, Actor) and found.deleted_at is None:
            return nothing | {"accounts": await accounts(session, [found])}
        if isinstance(found, Post) and await may_see(session, call.viewer, found):
            return nothing | {"statuses": await statuses(session, call.viewer, [found])}
    return nothing


_READ = ("read:search",)
ROUTES = (
    Route("GET", "/api/v2/search", get_search, Door.POSTS, _READ),
    Route("GET", "/api/v1/search", get_old_search, Door.USER, _READ),
)
