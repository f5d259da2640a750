"""https://docs.joinmastodon.org/methods/accounts/: reading accounts."""

from __future__ import annotations

from typing import Any

from actors.follows import find_followed, list_followers, list_following
from actors.models import Actor
from actors.queries import find_actor_by_handle, find_actors, get_actor
from actors.search import search_actors
from actors.suggestions import list_familiar_followers
from api.entities.account import account, accounts, accounts_by_id
from api.entities.relationship import relationships
from api.entities.status import statuses
from api.fields import path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from core.errors import InvalidDocument, NotFound
from db.session import AsyncSession
from federation.uris import handle_parts
from moderation.filters import FilterContext
from posts.lookup import find_behind
from posts.pins import list_pins
from posts.queries import list_posts_of

Json = dict[str, Any]
MANY = 80
MAX_OFFSET = 200


async def get_account(call: Call, id: str) -> Json:
    """Show an account."""
    async with call.services.database.read() as session:
        return await account(session, await get_actor(session, path_id(id)))


async def get_accounts(call: Call) -> list[Json]:
    """Show several accounts; those that are not there are left out."""
    asked = call.fields.ids("id")
    async with call.services.database.read() as session:
        return await accounts(session, await _present(session, asked))


async def get_lookup(call: Call) -> Json:
    """Show the account with a handle, if it is known here already."""
    handle = call.fields.required("acct")
    async with call.services.database.read() as session:
        actor = await find_known(session, call, handle)
        if actor is None or actor.deleted_at is not None:
            raise NotFound(f"no account {handle[:100]!r} is known")
        return await account(session, actor)


async def get_relationships(call: Call) -> list[Json]:
    """Show how the caller stands to some accounts."""
    asked = call.fields.ids("id")
    async with call.services.database.read() as session:
        present = await _present(session, asked)
        return await relationships(session, call.me.actor.id, [actor.id for actor in present])


async def get_account_statuses(call: Call, id: str) -> Answer:
    """List what an account said, as far as the caller may see it."""
    page, fields = read_page(call.fields), call.fields
    if fields.flag("pinned"):
        return await _pinned(call, path_id(id))
    async with call.services.database.read() as session:
        author = await get_actor(session, path_id(id))
        posts = await list_posts_of(
            session,
            call.viewer,
            author.id,
            page,
            with_replies=not fields.flag("exclude_replies"),
            with_boosts=not fields.flag("exclude_reblogs"),
            tag=fields.text("tagged") or None,
            only_media=bool(fields.flag("only_media")),
        )
        built = await statuses(session, call.viewer, posts, context=FilterContext.ACCOUNT)
    return call.page(page, built, [post.id for post in posts])


async def _pinned(call: Call, author_id: int) -> Answer:
    """List what an account shows first, pinned last first; there are few: one page."""
    async with call.services.database.read() as session:
        author = await get_actor(session, author_id)
        posts = await list_pins(session, author.id, call.viewer)
        shown = await statuses(session, call.viewer, posts, context=FilterContext.ACCOUNT)
        return Answer(shown)


async def get_followers(call: Call, id: str) -> Answer:
    """List who follows an account."""
    page = read_page(call.fields, default=40, largest=MANY)
    async with call.services.database.read() as session:
        actor = await get_actor(session, path_id(id))
        rows = await list_followers(session, actor.id, page) if _is_shown(call, actor) else []
        built = await accounts(session, [follower for _, follower in rows])
    return call.page(page, built, [follow.id for follow, _ in rows])


async def get_following(call: Call, id: str) -> Answer:
    """List whom an account follows."""
    page = read_page(call.fields, default=40, largest=MANY)
    async with call.services.database.read() as session:
        actor = await get_actor(session, path_id(id))
        rows = await list_following(session, actor.id, page) if _is_shown(call, actor) else []
        built = await accounts(session, [followee for _, followee in rows])
    return call.page(page, built, [follow.id for follow, _ in rows])


def _is_shown(call: Call, actor: Actor) -> bool:
    """Tell whether the caller learns whom an account knows (H27)."""
    return not actor.hides_network or actor.id == call.me.actor.id


async def get_familiar_followers(call: Call) -> list[Json]:
    """List, for some accounts, those whom the caller follows and who follow them."""
    asked = call.fields.ids("id")[:MANY]
    async with call.services.database.read() as session:
        ids = [actor.id for actor in await _present(session, asked)]
        found = await list_familiar_followers(session, call.me.actor.id, ids)
        people = {actor.id: actor for some in found.values() for actor in some}
        built = await accounts_by_id(session, people)
    return [
        {"id": str(target), "accounts": [built[actor.id] for actor in found.get(target, ())]}
        for target in ids
    ]


async def get_account_search(call: Call) -> list[Json]:
    """Find accounts by handle or name; with `resolve`, also one that is not known yet."""
    words = call.fields.required("q")
    limit = call.fields.number("limit", default=40, largest=MANY)
    offset = call.fields.number("offset", default=0, smallest=0, largest=MAX_OFFSET)
    resolved = await resolve_account(call, words) if call.fields.flag("resolve") else None
    async with call.services.database.read() as session:
        found = await find_accounts(
            session, call, words, limit=limit, offset=offset, first=resolved
        )
        return await accounts(session, found)


async def find_known(session: AsyncSession, call: Call, handle: str) -> Actor | None:
    """Return a known actor by handle; our own domain may be written or left out."""
    try:
        username, domain = handle_parts(handle)
    except InvalidDocument:
        return None
    is_ours = domain in {None, call.uris.handle_domain, call.uris.host}
    return await find_actor_by_handle(session, username, None if is_ours else domain)


async def resolve_account(call: Call, words: str) -> Actor | None:
    """Return the actor behind a whole handle, fetched if need be; None when there is none."""
    return await find_behind(call.services.database, call.services.client, words)


async def find_accounts(
    session: AsyncSession,
    call: Call,
    words: str,
    *,
    limit: int,
    offset: int = 0,
    first: Actor | None = None,
) -> list[Actor]:
    """Return known actors for some words, those followed if so asked, one of them first."""
    viewer_id = call.viewer.actor_id
    only_followed = viewer_id is not None and bool(call.fields.flag("following"))
    if first is not None and only_followed:
        followed = await find_followed(session, viewer_id or 0, [first.id])
        first = first if first.id in followed else None
    found = await search_actors(
        session,
        words,
        limit=offset + limit,
        viewer_id=viewer_id,
        only_followed=only_followed,
    )
    if first is not None:
        found = [first, *(actor for actor in found if actor.id != first.id)]
    return found[offset : offset + limit]


async def _present(session: AsyncSession, ids: list[int]) -> list[Actor]:
    found = await find_actors(session, ids)
    known = [found[actor_id] for actor_id in ids if actor_id in found]
    return [actor for actor in known if actor.deleted_at is None]


_READ = ("read:accounts",)
ROUTES = (
    Route("GET", "/api/v1/accounts", get_accounts, Door.PROFILES, _READ),
    Route("GET", "/api/v1/accounts/lookup", get_lookup, Door.PROFILES, _READ),
    Route("GET", "/api/v1/accounts/search", get_account_search, Door.USER, _READ),
    Route(
        "GET", "/api/v1/accounts/relationships", get_relationships, Door.USER, ("read:follows",)
    ),
    Route(
        "GET",
        "/api/v1/accounts/familiar_followers",
        get_familiar_followers,
        Door.USER,
        ("read:follows",),
    ),
    Route("GET", "/api/v1/accounts/<id>", get_account, Door.PROFILES, _READ),
    Route(
        "GET",
        "/api/v1/accounts/<id>/statuses",
        get_account_statuses,
        Door.POSTS,
        ("read:statuses",),
    ),
    # Who follows whom is for people, never for strangers.
    Route("GET", "/api/v1/accounts/<id>/followers", get_followers, Door.USER, _READ),
    Route("GET", "/api/v1/accounts/<id>/following", get_following, Door.USER, _READ),
)
