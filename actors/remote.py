"""Remote actors: fetched, checked, stored; local ones and known ones from the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import IntegrityError

from actors.dialects import forget_scheme
from actors.models import Actor
from actors.owed import owe_check, owe_index, owe_profiles, owe_refresh
from actors.queries import (
    find_actor_by_handle,
    find_actor_by_uri,
    find_extension,
    mark_deleted,
)
from actors.remote_keys import KeyAddress
from actors.store import save_remote_actor
from core.clock import now
from core.errors import (
    Gone,
    HostRefused,
    NotFound,
    ServerError,
    TemporaryError,
    Untrusted,
)
from db.jobs import enqueue
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.actor import ActorDocument, read_actor
from federation.documents.lenient import Document
from federation.origin import host_of, normal_uri
from federation.uris import handle_parts, local_uris
from moderation.models import PeerClass
from moderation.policy import class_of
from webfinger.client import fetch_webfinger, find_actor_uri, proves

# Older than this, a known actor is looked at again in the background.
STALE_AFTER = timedelta(days=1)
WEBFINGER_S = 3.0
_OF_A_PRACTICE = ("profiles", "practitioner")
_HOMES = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


async def resolve_actor(
    database: Database, client: Client, uri: str, *, max_age: timedelta | None = None
) -> Actor:
    """Return an actor by its id; one that is not known is fetched, with both checks of its handle.

    A known one that was last seen longer than `max_age` ago is fetched again, and is returned as it
    is stored when its host does not answer. Raises NotFound, Gone, HostRefused, Untrusted,
    InvalidDocument, FetchFailed, FetchUnavailable.
    """
    uri = normal_uri(uri.partition("#")[0])
    async with database.read() as session:
        known = await find_actor_by_uri(session, uri)
    if known is not None and known.deleted_at is not None:
        raise Gone(f"{uri}: gone")
    if local_uris(database.settings).is_local(uri):
        if known is None:
            raise NotFound(f"{uri}: nobody here")
        return known
    if known is None:
        return await refresh_actor(database, client, uri)
    if max_age is None or not _is_older(known, max_age):
        await _look_again_later(database, known)
        return known
    try:
        return await refresh_actor(database, client, uri)
    except TemporaryError:
        return known


async def resolve_handle(database: Database, client: Client, handle: str) -> Actor:
    """Return the actor with a handle, asking the handle's own host when it is not known.

    The actor must point back to the handle, or to one on the host that was asked (E03, E04, E09).
    Raises NotFound when nobody proves to have it, and as `resolve_actor` does.
    """
    username, domain = handle_parts(handle)
    uris = local_uris(database.settings)
    if domain in (uris.handle_domain, uris.host):
        domain = None
    async with database.read() as session:
        known = await find_actor_by_handle(session, username, domain)
    if known is not None and known.deleted_at is None:
        return known
    if domain is None:
        raise NotFound(f"{handle}: nobody here")
    scheme = urlsplit(database.settings.base_url).scheme
    uri = await find_actor_uri(client, f"{username}@{domain}", scheme=scheme)
    actor = await resolve_actor(database, client, uri)
    if actor.username_key != username.lower() or domain not in (actor.domain, actor.host):
        raise NotFound(f"{handle}: its actor goes by another name")
    return actor


async def refresh_actor(
    database: Database, client: Client, uri: str, *, key: KeyAddress | None = None
) -> Actor:
    """Fetch a remote actor and store it; one that answers 410 is marked as deleted.

    `key` is one whose own address names this actor. Raises as `resolve_actor` does.
    """
    uri = normal_uri(uri.partition("#")[0])
    await _require_home(database, host_of(uri))
    try:
        document = await client.fetch_document(uri)
    except Gone:
        await mark_gone(database, uri)
        raise
    return await store_actor(database, client, document, key=key)


async def store_actor(
    database: Database, client: Client, document: Document, *, key: KeyAddress | None = None
) -> Actor:
    """Store an actor's document that was fetched from its own id, with its proven handle.

    `key` is one whose own address led to this document, or names its actor.
    """
    read = read_actor(document)
    host = host_of(read.id)
    await _require_home(database, host)
    async with database.read() as session:
        known = await find_actor_by_uri(session, read.id)
    domain = await _find_domain(client, read, known)
    await _settle_name(database, client, read, domain)
    try:
        return await _save(database, read, domain=domain, key=key)
    except IntegrityError:
        # Another process stored the same actor meanwhile: now this is an update.
        return await _save(database, read, domain=domain, key=key)
    finally:
        if read.implements:
            forget_scheme(database, host)


async def _settle_name(
    database: Database, client: Client, read: ActorDocument, domain: str
) -> None:
    """Let the handle's host say whose a name is that another actor goes by here (B55).

    Raises Untrusted when it is the other's: then nothing of the document is taken over.
    """
    async with database.read() as session:
        holder = await find_actor_by_handle(session, read.username, domain)
    if holder is None or holder.uri == read.id:
        return
    if (holder.type == "Group") != (read.type == "Group"):
        # Lemmy's communities and people share their names.
        return
    scheme = urlsplit(read.id).scheme
    if await find_actor_uri(client, f"{read.username}@{domain}", scheme=scheme) != read.id:
        raise Untrusted(f"{read.id}: its name is that of {holder.uri}")
    async with database.transaction() as session:
        former = await session.get_one(Actor, holder.id)
        # Nobody finds it by that name any more, until it shows another.
        former.username_key = ""


async def _require_home(database: Database, host: str) -> None:
    # Hosts that a peer names beside its own serve handles or media, never actors (WIRE §2).
    async with database.read() as session:
        judged = await class_of(session, host)
    if judged not in _HOMES or host == local_uris(database.settings).host:
        raise HostRefused(f"{host}: no actors are fetched from there")


def _is_older(actor: Actor, age: timedelta) -> bool:
    return actor.fetched_at is None or now() - actor.fetched_at > age


async def _look_again_later(database: Database, actor: Actor) -> None:
    if not _is_older(actor, STALE_AFTER):
        return
    async with database.transaction() as session:
        await owe_refresh(session, actor)


async def mark_gone(database: Database, uri: str) -> None:
    """Note that a remote actor's home answered 410 for it; who is not known stays so."""
    async with database.transaction() as session:
        actor = await find_actor_by_uri(session, uri)
        if actor is not None and not actor.is_local and actor.deleted_at is None:
            await mark_deleted(session, actor)
            # What it said is taken away when its home is asked once more, by the job.
            await enqueue(session, "check gone", {"uri": uri}, key=f"check gone {uri}")


async def _find_domain(client: Client, read: ActorDocument, known: Actor | None) -> str:
    """Return what may stand behind the @: a domain that names this actor, else its host."""
    host = host_of(read.id)
    is_same = known is not None and known.username == read.username
    if known is not None and is_same and not _is_older(known, STALE_AFTER):
        return known.domain
    try:
        async with asyncio.timeout(WEBFINGER_S):
            return await _proven_domain(client, read, host)
    except (ServerError, TimeoutError):
        return known.domain if known is not None and is_same else host


async def _proven_domain(client: Client, read: ActorDocument, host: str) -> str:
    scheme = urlsplit(read.id).scheme
    found = await fetch_webfinger(client, read.username, host, scheme=scheme)
    username, domain = handle_parts(found.subject)
    if domain is None or domain == host or username.lower() != read.username.lower():
        return host
    is_proven = await proves(client, username, domain, actor_uri=read.id, scheme=scheme)
    return domain if is_proven else host


async def _save(
    database: Database, read: ActorDocument, *, domain: str, key: KeyAddress | None
) -> Actor:
    host = host_of(read.id)
    async with database.transaction() as session:
        before = await _extension(session, read.id)
        found_by = await _found_by(session, read.id)
        actor = await save_remote_actor(session, read, host=host, domain=domain, key=key)
        after = await find_extension(session, actor.id)
        if read.profiles or any(before.get(name) != after.get(name) for name in _OF_A_PRACTICE):
            await owe_profiles(session, actor.id)
        if found_by is not None and found_by != (actor.name, actor.discoverable, actor.moved_to):
            await owe_index(session, actor.id)
        if list(read.credentials) != before.get("credentials", []):
            await owe_check(session, actor.id)
        return actor


async def _found_by(session: AsyncSession, uri: str) -> tuple[object, ...] | None:
    """Return what decides of a known actor by what they are found in the directory."""
    known = await find_actor_by_uri(session, uri)
    return (known.name, known.discoverable, known.moved_to) if known is not None else None


async def _extension(session: AsyncSession, uri: str) -> dict[str, Any]:
    known = await find_actor_by_uri(session, uri)
    return await find_extension(session, known.id) if known is not None else {}
