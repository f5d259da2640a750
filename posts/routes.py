"""Our posts and what belongs to them, for other servers (WIRE §1, §3)."""

from __future__ import annotations

from urllib.parse import quote

from quart import Blueprint, Response, request

from actors.models import Actor
from actors.queries import find_actor
from actors.reading import Reader, read_reader
from actors.routes import find_for, page_asked, read_id
from core.errors import NotFound
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.collection import write_collection, write_page
from federation.documents.quote_authorization import write_authorization
from federation.documents.tombstone import write_tombstone
from federation.responses import (
    activity_response,
    add_refusals,
    page_response,
    wants_page,
)
from federation.uris import local_uris
from posts.collections import list_pins_for, list_replies_for, list_thread_for
from posts.documents import post_document
from posts.eyes import OPEN
from posts.models import Post
from posts.queries import find_post
from posts.stamps import find_valid_stamp, stamp_document
from posts.visibility import may_host_have


def post_routes(database: Database, client: Client) -> Blueprint:
    """Make the routes of posts, what belongs to them, stamps for quotes, and threads."""
    blueprint = add_refusals(Blueprint("posts", __name__))
    uris = local_uris(database.settings)

    @blueprint.get("/users/<username>/posts/<post_id>")
    async def get_post(username: str, post_id: str) -> Response:
        number = read_id(post_id)
        if wants_page(request):
            return page_response(uris.post_page(quote(username), number))
        reader = await read_reader(database, client, request, public=True)
        async with database.read() as session:
            post, author = await _find(session, username, number)
            if post.deleted_at is not None and await _may_know(session, reader, post):
                return activity_response(write_tombstone(post.uri, deleted=post.deleted_at), 410)
            await _require(session, reader, post)
            return activity_response(await post_document(session, post, author))

    @blueprint.get("/users/<username>/featured")
    async def get_featured(username: str) -> Response:
        reader = await read_reader(database, client, request, public=False)
        async with database.read() as session:
            author = await find_for(session, reader, username, uris)
            pinned = await list_pins_for(session, reader, author.id)
        uri = uris.collection(author.username, "featured")
        items = [post.uri for post in pinned]
        written = write_collection(uri, total=len(items))
        return activity_response({**written, "orderedItems": items})

    @blueprint.get("/users/<username>/posts/<post_id>/replies")
    async def get_replies(username: str, post_id: str) -> Response:
        reader = await read_reader(database, client, request, public=False)
        async with database.read() as session:
            post = await _get_for(session, reader, username, post_id)
            uri = f"{post.uri}/replies"
            if "page" not in request.args:
                return activity_response(write_collection(uri, first=f"{uri}?page=true"))
            found, more = await list_replies_for(session, reader, post.id, page_asked(request))
        return _page(uri, found, more)

    @blueprint.get("/users/<username>/posts/<post_id>/<any(likes, shares):name>")
    async def get_count(username: str, post_id: str, name: str) -> Response:
        reader = await read_reader(database, client, request, public=False)
        async with database.read() as session:
            post = await _get_for(session, reader, username, post_id)
        total = post.likes_count if name == "likes" else post.boosts_count
        return activity_response(write_collection(f"{post.uri}/{name}", total=total))

    @blueprint.get("/contexts/<thread_id>")
    async def get_context(thread_id: str) -> Response:
        number = read_id(thread_id)
        reader = await read_reader(database, client, request, public=False)
        async with database.read() as session:
            owner = await _owner_of(session, reader, number)
            return await _context(session, reader, number, owner=owner, uri=uris.context(number))

    _add_stamps(blueprint, database, client)
    return blueprint


def _add_stamps(blueprint: Blueprint, database: Database, client: Client) -> None:
    @blueprint.get("/users/<username>/authorizations/<stamp_id>")
    async def get_stamp(username: str, stamp_id: str) -> Response:
        reader = await read_reader(database, client, request, public=True)
        async with database.read() as session:
            stamp = await find_valid_stamp(session, read_id(stamp_id))
            if stamp is None:
                raise NotFound(f"{username} has no stamp {stamp_id}")
            quoted, author = await _find(session, username, stamp.post_id)
            await _require(session, reader, quoted)
        return activity_response(write_authorization(stamp_document(stamp, quoted, author)))


async def _context(
    session: AsyncSession, reader: Reader, thread_id: int, *, owner: Actor, uri: str
) -> Response:
    first = f"{uri}?page=true"
    if "page" not in request.args:
        return activity_response(write_collection(uri, first=first, attributed_to=owner.uri))
    after = read_id(request.args.get("min_id", "0"))
    found, more = await list_thread_for(session, reader, thread_id, after=after)
    here = f"{first}&min_id={after}" if after else first
    following = f"{first}&min_id={more}" if more is not None else None
    items = [post.uri for post in found]
    return activity_response(write_page(here, part_of=uri, items=items, next_page=following))


async def _find(session: AsyncSession, username: str, post_id: int) -> tuple[Post, Actor]:
    post = await find_post(session, post_id)
    author = await find_actor(session, post.author_id) if post is not None else None
    is_here = author is not None and author.is_local and author.username_key == username.lower()
    if post is None or author is None or not is_here or post.boost_of_id is not None:
        raise NotFound(f"{username} has no post {post_id}")
    return post, author


async def _get_for(
    session: AsyncSession, reader: Reader, username: str, post_id: str
) -> Post:
    post, _ = await _find(session, username, read_id(post_id))
    await _require(session, reader, post)
    return post


async def _require(session: AsyncSession, reader: Reader, post: Post) -> None:
    if post.deleted_at is not None or not await may_host_have(session, reader, post):
        raise NotFound(f"{post.uri}: not for {reader.host or 'strangers'}")


async def _may_know(session: AsyncSession, reader: Reader, post: Post) -> bool:
    """Tell whether a reader may learn that a post is gone: it could have it while it was here."""
    if post.visibility in OPEN and not post.clinical:
        return True
    return await may_host_have(session, reader, post)


async def _owner_of(session: AsyncSession, reader: Reader, thread_id: int) -> Actor:
    """Return who began a thread here; raises NotFound where the reader may not have that post."""
    root = await find_post(session, thread_id)
    author = await find_actor(session, root.author_id) if root is not None else None
    if root is None or author is None or not author.is_local or root.thread_id != root.id:
        raise NotFound(f"there is no thread {thread_id}")
    if not await may_host_have(session, reader, root):
        raise NotFound(f"{root.uri}: not for {reader.host}")
    return author


def _page(uri: str, found: list[Post], more: int | None) -> Response:
    start = f"{uri}?page=true"
    asked = page_asked(request).max_id
    here = f"{start}&max_id={asked}" if asked is not None else start
    next_page = f"{start}&max_id={more}" if more is not None else None
    items = [post.uri for post in found]
    return activity_response(write_page(here, part_of=uri, items=items, next_page=next_page))
