"""Posts of elsewhere: fetched with their authors and what they answer, stored within our rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from actors.models import Actor
from actors.queries import is_doctor
from actors.remote import resolve_actor
from core.errors import Gone, NotFound, PermanentError, ServerError, Untrusted
from db.session import Database
from federation.client import Client
from federation.documents.note import NoteDocument, read_note
from federation.origin import normal_uri, same_origin
from federation.uris import local_uris
from moderation.models import PeerClass
from moderation.policy import class_of
from posts.documents import visibility_of
from posts.models import Post, Visibility
from posts.queries import find_post_by_uri, find_tombstone
from posts.store import store_note

# As many posts above one are fetched with it.
MAX_DEPTH = 5
Check = Callable[[Database, Client, int], Awaitable[None]]


async def resolve_post(
    database: Database, client: Client, uri: str, *, check: Check | None = None
) -> Post:
    """Return a post by its id; one that is not known is fetched, also by its page's address.

    What it answers is fetched with it, as far as can be had. `check(database, client, actor_id)`
    looks for the badge of somebody who writes to the verified doctors. Raises NotFound, Gone,
    HostRefused, Untrusted, InvalidDocument, FetchFailed, FetchUnavailable.
    """
    uri = normal_uri(uri.partition("#")[0])
    known = await _find_known(database, uri)
    if known is not None:
        return known
    found = await _fetch(database, client, uri, check)
    above: list[_Fetched] = []
    parent_uri = found.note.in_reply_to
    while parent_uri is not None and len(above) < MAX_DEPTH:
        parent = await _find_above(database, client, parent_uri, check)
        if parent is None:
            break
        above.append(parent)
        parent_uri = parent.note.in_reply_to
    for parent in reversed(above):
        try:
            await _store(database, parent)
        except PermanentError:
            continue
    return await _store(database, found)


@dataclass(frozen=True, slots=True)
class _Fetched:
    note: NoteDocument
    author: Actor


async def _find_known(database: Database, uri: str) -> Post | None:
    async with database.read() as session:
        known = await find_post_by_uri(session, uri)
    if known is None and local_uris(database.settings).is_local(uri):
        raise NotFound(f"{uri}: there is no such post")
    if known is not None and known.deleted_at is not None:
        raise Gone(f"{uri}: gone")
    return known


async def _find_above(
    database: Database, client: Client, uri: str, check: Check | None
) -> _Fetched | None:
    """Fetch what a post answers; None when it is known, or cannot be had."""
    try:
        if await _find_known(database, uri) is not None:
            return None
        return await _fetch(database, client, uri, check)
    except ServerError:
        return None


async def _fetch(database: Database, client: Client, uri: str, check: Check | None) -> _Fetched:
    note = read_note(await client.fetch_document(uri))
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
    return _Fetched(note, author)


async def check_doctor(database: Database, client: Client, author: Actor, check: Check) -> None:
    """Look for the badge of somebody who has none here yet, where it could be believed."""
    async with database.read() as session:
        judged = await class_of(session, author.host)
        if judged is not PeerClass.CLINICAL or await is_doctor(session, author.id):
            return
    await check(database, client, author.id)


async def _store(database: Database, found: _Fetched) -> Post:
    try:
        return await _keep(database, found)
    except IntegrityError:
        # Another process stored the same post meanwhile: now it is known.
        return await _keep(database, found)


async def _keep(database: Database, found: _Fetched) -> Post:
    async with database.transaction() as session:
        known = await find_post_by_uri(session, found.note.id)
        gone = await find_tombstone(session, found.note.id)
        is_gone = gone is not None and gone.actor_uri == found.author.uri
        if known is None and not is_gone:
            return await store_note(session, found.note, found.author)
    if known is None or known.deleted_at is not None:
        raise Gone(f"{found.note.id}: gone")
    if known.author_id != found.author.id:
        raise Untrusted(f"{found.note.id}: it is somebody else's")
    return known
