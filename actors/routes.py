"""Our actors and their collections, for other servers (WIRE §1, §3)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from quart import Blueprint, Request, Response, request

from actors.blocks import find_block
from actors.documents import actor_document
from actors.follows import list_followers, list_following
from actors.instance_actor import get_instance_actor
from actors.models import Actor, Follow
from actors.queries import find_local_actor
from actors.reading import Reader, read_reader
from core.errors import NotFound
from db.paging import Page
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.collection import write_collection, write_page
from federation.documents.lenient import JsonObject
from federation.documents.tombstone import write_tombstone
from federation.responses import (
    activity_response,
    add_refusals,
    page_response,
    wants_page,
)
from federation.uris import LocalUris, local_uris

PAGE_SIZE = 40
MAX_ID = 2**63 - 1
ListFollows = Callable[[AsyncSession, int, Page], Awaitable[list[tuple[Follow, Actor]]]]


def actor_routes(database: Database, client: Client) -> Blueprint:
    """Make the routes of `/actor` and of everybody's document, followers, following and so on."""
    blueprint = add_refusals(Blueprint("actors", __name__))
    uris = local_uris(database.settings)

    @blueprint.get("/actor")
    async def get_instance() -> Response:
        if wants_page(request):
            return page_response(uris.base_url)
        async with database.read() as session:
            actor = await get_instance_actor(session)
            return activity_response(await actor_document(session, actor))

    @blueprint.get("/users/<username>")
    async def get_document(username: str) -> Response:
        if wants_page(request):
            return page_response(uris.profile_page(quote(username)))
        reader = await read_reader(database, client, request, public=True)
        async with database.read() as session:
            return await _serve_actor(session, reader, username, uris)

    async def serve_follows(username: str, name: str, list_follows: ListFollows) -> Response:
        reader = await read_reader(database, client, request, public=False)
        async with database.read() as session:
            actor = await find_for(session, reader, username, uris)
            uri = uris.collection(actor.username, name)
            if actor.hides_network:
                # Not even how many they are (H27).
                return activity_response(write_collection(uri))
            if "page" in request.args:
                return activity_response(await _page(session, actor, uri, list_follows))
        total = actor.followers_count if name == "followers" else actor.following_count
        return activity_response(write_collection(uri, total=total, first=f"{uri}?page=true"))

    @blueprint.get("/users/<username>/followers")
    async def get_followers(username: str) -> Response:
        return await serve_follows(username, "followers", list_followers)

    @blueprint.get("/users/<username>/following")
    async def get_following(username: str) -> Response:
        return await serve_follows(username, "following", list_following)

    @blueprint.get("/users/<username>/tags")
    async def get_featured_tags(username: str) -> Response:
        reader = await read_reader(database, client, request, public=False)
        async with database.read() as session:
            actor = await find_for(session, reader, username, uris)
        uri = uris.collection(actor.username, "tags")
        return activity_response({**write_collection(uri, total=0), "orderedItems": []})

    return blueprint


async def _serve_actor(
    session: AsyncSession, reader: Reader, username: str, uris: LocalUris
) -> Response:
    actor = await find_local_actor(session, username)
    if actor is not None and actor.deleted_at is not None:
        # An actor's document was for every host that we talk to: each may know that it is gone.
        return activity_response(write_tombstone(actor.uri, deleted=actor.deleted_at), 410)
    found = await find_for(session, reader, username, uris)
    return activity_response(await actor_document(session, found))


async def find_for(
    session: AsyncSession, reader: Reader, username: str, uris: LocalUris
) -> Actor:
    """Return who lives here under a name, for a reader whom they do not block.

    Raises NotFound for absent, deleted and suspended ones, and for those whom they block.
    """
    actor = await find_local_actor(session, username)
    if actor is None or actor.deleted_at is not None or actor.suspended_at is not None:
        raise NotFound(f"{username}: nobody here")
    if actor.uri == uris.instance_actor:
        raise NotFound(f"{username}: the instance is found at its own address")
    if reader.actor is not None and await find_block(session, actor.id, reader.actor.id):
        raise NotFound(f"{username}: blocks {reader.actor.uri}")
    return actor


def page_asked(asked: Request) -> Page:
    """Return which page of a collection is asked for; raises NotFound for a number that is none."""
    max_id = asked.args.get("max_id", "")
    if not max_id:
        return Page(limit=PAGE_SIZE)
    return Page(limit=PAGE_SIZE, max_id=read_id(max_id))


def read_id(text: str) -> int:
    """Read one of our ids out of an address; raises NotFound for what cannot be one."""
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID):
        raise NotFound(f"{text[:40]!r} is no id")
    return int(text)


async def _page(
    session: AsyncSession, actor: Actor, uri: str, list_follows: ListFollows
) -> JsonObject:
    page = page_asked(request)
    rows = await list_follows(session, actor.id, page)
    start = f"{uri}?page=true"
    here = f"{start}&max_id={page.max_id}" if page.max_id is not None else start
    more = f"{start}&max_id={rows[-1][0].id}" if len(rows) == page.limit else None
    return write_page(here, part_of=uri, items=[found.uri for _, found in rows], next_page=more)
