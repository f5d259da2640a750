"""Posts of elsewhere: fetched with their authors and what they answer, stored within our rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from sqlalchemy.exc import IntegrityError

from actors.models import Actor
from actors.queries import is_doctor
from actors.remote import resolve_actor
from core.errors import (
    Gone,
    HostRefused,
    NotFound,
    PermanentError,
    TemporaryError,
    Untrusted,
)
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.note import NoteDocument, read_note
from federation.origin import host_of, normal_uri, same_origin
from federation.uris import local_uris
from moderation.models import PeerClass
from moderation.policy import class_of, policy_of
from posts.documents import visibility_of
from posts.models import Post, Visibility
from posts.owed import QUOTES, owe_ancestors, owe_quote
from posts.queries import find_post_by_uri, find_tombstone
from posts.store import store_note
from posts.turns import Turn

# As many posts above one are fetched at once with it; those above these are owed.
MAX_DEPTH = 5
Check = Callable[[Database, Client, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A post as its home shows it, and its author; not stored yet."""

    note: NoteDocument
    author: Actor


@dataclass(frozen=True, slots=True)
class Climb:
    """What stands above a post, the nearest first, and what is still to be fetched above that."""

    above: tuple[Fetched, ...] = ()
    missing: str | None = None


async def resolve_post(
    database: Database,
    client: Client,
    uri: str,
    *,
    check: Check | None = None,
    is_released: bool = False,
    depth: int = MAX_DEPTH,
    quotes: int = QUOTES,
) -> Post:
    """Return a post by its id; one that is not known is fetched, also by its page's address.

    What it answers is fetched with it, up to `depth`, and the rest is owed; so is what it quotes,
    up to `quotes` of each other. `check(database, client, actor_id)` looks for the badge of
    somebody who writes to the verified doctors. What waits for a moderator is not had by fetching
    it either, unless it `is_released`. Raises NotFound, Gone, HostRefused, Untrusted,
    InvalidDocument, FetchFailed, FetchUnavailable.
    """
    uri = normal_uri(uri.partition("#")[0])
    known = await _find_known(database, uri)
    if known is not None:
        return known
    found = await fetch_post(database, client, uri, check=check, is_released=is_released)
    climbed = Climb()
    if found.note.in_reply_to is not None and depth > 0:
        climbed = await climb(
            database, client, found.note.in_reply_to, below=found.note.id, limit=depth, check=check
        )
        await store_above(database, climbed)
    return await store_post(database, found, missing=climbed.missing, quotes=quotes)


async def climb(
    database: Database,
    client: Client,
    uri: str,
    *,
    limit: int,
    below: str | None = None,
    check: Check | None = None,
) -> Climb:
    """Fetch a post and what it answers, until something is known here or cannot be had.

    It ends early, too, where a host does not answer, and after TURN_S: then the rest is `missing`.
    """
    turn = Turn(left=limit)
    above: list[Fetched] = []
    seen: set[str | None] = {below}
    missing: str | None = uri
    while missing is not None and missing not in seen and not turn.is_over:
        try:
            found = await turn.ask(missing, partial(_above, database, client, missing, check))
        except TemporaryError:
            break
        if found is None:
            return Climb(tuple(above))
        above.append(found)
        seen.add(found.note.id)
        missing = found.note.in_reply_to
    return Climb(tuple(above), missing if missing not in seen else None)


async def store_above(database: Database, climbed: Climb) -> None:
    """Store what stands above a post, the uppermost first, so that each finds what it answers."""
    for found in reversed(climbed.above):
        try:
            await store_post(database, found)
        except PermanentError:
            continue


async def store_post(
    database: Database,
    found: Fetched,
    *,
    missing: str | None = None,
    quotes: int = 0,
    is_late: bool = False,
) -> Post:
    """Store a fetched post, and owe what is `missing` above it and what it quotes.

    `is_late` gives it its place in the past, however fresh it is. Raises Gone for what was deleted
    before, Untrusted for what is somebody else's here, or may not be written by its author.
    """
    async def work() -> Post:
        async with database.transaction() as session:
            known = await _find_stored(session, found)
            if known is not None:
                return known
            post = await store_note(session, found.note, found.author, is_late=is_late)
            if missing is not None:
                await owe_ancestors(session, missing)
            await owe_quote(session, post, depth=quotes)
            return post

    try:
        return await work()
    except IntegrityError:
        # Another process stored the same post meanwhile: now it is known.
        return await work()


async def _find_known(database: Database, uri: str) -> Post | None:
    async with database.read() as session:
        known = await find_post_by_uri(session, uri)
    if known is None and local_uris(database.settings).is_local(uri):
        raise NotFound(f"{uri}: there is no such post")
    if known is not None and known.deleted_at is not None:
        raise Gone(f"{uri}: gone")
    return known


async def _above(
    database: Database, client: Client, uri: str, check: Check | None
) -> Fetched | None:
    if await _find_known(database, uri) is not None:
        return None
    return await fetch_post(database, client, uri, check=check)


async def fetch_post(
    database: Database,
    client: Client,
    uri: str,
    *,
    check: Check | None = None,
    is_released: bool = False,
) -> Fetched:
    """Fetch a post that is not known, with its author; raises as `resolve_post` does."""
    note = read_note(await client.fetch_document(uri))
    return await with_author(database, client, note, check=check, is_released=is_released)


async def with_author(
    database: Database,
    client: Client,
    note: NoteDocument,
    *,
    check: Check | None = None,
    is_released: bool = False,
) -> Fetched:
    """Return a post that was read at its home with its author; raises as `resolve_post` does."""
    if not is_released:
        await _require_free(database, note)
    if not same_origin(note.id, note.attributed_to):
        raise Untrusted(f"{note.id}: its author lives elsewhere")
    author = await resolve_actor(database, client, note.attributed_to)
    if author.uri != note.attributed_to:
        # An address that leads to somebody elsewhere: who answers there has not said it.
        raise Untrusted(f"{note.id}: its author goes by another name")
    if author.suspended_at is not None:
        raise Untrusted(f"{note.id}: its author is suspended here")
    if check is not None and visibility_of(note, author) is Visibility.DOCTORS:
        await check_doctor(database, client, author, check)
    return Fetched(note, author)


async def _require_free(database: Database, note: NoteDocument) -> None:
    """Raise HostRefused for a post of a host whose posts wait for a moderator."""
    host = host_of(note.attributed_to)
    async with database.read() as session:
        if (await policy_of(session, host)).holds:
            raise HostRefused(f"{note.id}: what {host} says waits for a moderator")


async def check_doctor(database: Database, client: Client, author: Actor, check: Check) -> None:
    """Look for the badge of somebody who has none here yet, where it could be believed."""
    async with database.read() as session:
        judged = await class_of(session, author.host)
        if judged is not PeerClass.CLINICAL or await is_doctor(session, author.id):
            return
    await check(database, client, author.id)


async def _find_stored(session: AsyncSession, found: Fetched) -> Post | None:
    """Return a fetched post if it is here; raises Gone and Untrusted as `store_post` does."""
    known = await find_post_by_uri(session, found.note.id)
    if known is None:
        gone = await find_tombstone(session, found.note.id)
        if gone is None or gone.actor_uri != found.author.uri:
            return None
    if known is None or known.deleted_at is not None:
        raise Gone(f"{found.note.id}: gone")
    if known.author_id != found.author.id:
        raise Untrusted(f"{found.note.id}: it is somebody else's")
    return known
