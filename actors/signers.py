"""Whose key is it? Known keys from the database, others from their home, each asked for rarely."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from actors.asking import Memory, memory_of
from actors.models import LOCAL_HOST, Actor, ActorKey
from actors.queries import is_host_known
from actors.remote import mark_gone, refresh_actor, store_actor
from actors.remote_keys import KeyAddress
from core.errors import (
    FetchUnavailable,
    Gone,
    KeyGone,
    NotFound,
    PermanentError,
    TemporaryError,
    Unauthenticated,
    Withheld,
)
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.actor import is_actor
from federation.documents.actor_keys import find_key_owner, read_key
from federation.origin import host_of, registrable_domain, same_origin

FETCH_S = 8.0


@dataclass(frozen=True, slots=True)
class Signer:
    """An actor and one of its public keys, as stored."""

    actor: Actor
    key: ActorKey


async def find_signer(session: AsyncSession, key_uri: str) -> Signer | None:
    """Return a stored key of another host with its actor, in one query (two for PeerTube)."""
    found = await _find(session, col(ActorKey.uri).in_(_spellings(key_uri)))
    if found is not None or "#" in key_uri:
        return found
    # PeerTube names the actor where others name the key (PeerTube #6829).
    return await _find(session, col(Actor.uri) == key_uri, col(ActorKey.algorithm) == "rsa")


async def _find(session: AsyncSession, *criteria: ColumnElement[bool]) -> Signer | None:
    statement = (
        select(Actor, ActorKey)
        .join(ActorKey, col(ActorKey.actor_id) == col(Actor.id))
        .where(*criteria, col(Actor.host) != LOCAL_HOST)
        .order_by(col(ActorKey.id))
        .limit(1)
    )
    found = (await session.execute(statement)).first()
    return Signer(found[0], found[1]) if found is not None else None


def _spellings(key_uri: str) -> tuple[str, ...]:
    # BookWyrm signs as x#main-key with the key that its actor x lists as x/#main-key.
    where, hash_sign, fragment = key_uri.partition("#")
    if not hash_sign:
        return (key_uri,)
    return f"{where.rstrip('/')}#{fragment}", f"{where.rstrip('/')}/#{fragment}"


async def fetch_signer(
    database: Database, client: Client, key_uri: str, *, verifies: Callable[[str], bool]
) -> Actor:
    """Return the actor whose key, unknown or no longer the stored one, verifies a signature.

    The key is fetched from its home: once in 5 minutes, not within a minute after its host did not
    answer, and only so often of one host, or of new hosts below one domain. Raises Unauthenticated
    when no such key verifies, FetchUnavailable when that cannot be found out now.
    """
    memory = memory_of(database)
    lock = memory.locks.setdefault(key_uri, asyncio.Lock())
    # Those who come with the same new key wait for the one who asks, and find its answer.
    async with lock:
        found = await _read(database, key_uri)
        if found is None or not verifies(found.key.public_key):
            await _ask_home(database, client, key_uri, memory, is_known=found is not None)
            found = await _read(database, key_uri)
    if found is None or not verifies(found.key.public_key):
        raise Unauthenticated("the signature is not by this key")
    return found.actor


async def _read(database: Database, key_uri: str) -> Signer | None:
    async with database.read() as session:
        return await find_signer(session, key_uri)


async def _ask_home(
    database: Database, client: Client, key_uri: str, memory: Memory, *, is_known: bool
) -> None:
    asked = memory.refreshed_keys if is_known else memory.unknown_keys
    host = host_of(key_uri)
    # What strangers make up in a host's name takes nothing from those of it whom we know.
    turns = f"{host} known" if is_known else host
    if key_uri in asked:
        raise Unauthenticated("the signature is not by this key")
    if turns in memory.silent_hosts:
        raise FetchUnavailable(f"{host}: did not answer a moment ago")
    await _take_turn(database, memory, host, turns)
    try:
        async with asyncio.timeout(FETCH_S):
            await _fetch_owner(database, client, key_uri)
    except (TemporaryError, TimeoutError) as error:
        memory.silent_hosts.add(turns)
        raise FetchUnavailable(f"{host}: the signature's key cannot be had") from error
    except PermanentError as error:
        asked.add(key_uri)
        kind = KeyGone if _is_gone(error) else Unauthenticated
        raise kind(f"the signature's key cannot be used: {error}") from error
    asked.add(key_uri)


def _is_gone(error: PermanentError) -> bool:
    return isinstance(error, Gone | NotFound) and not isinstance(error, Withheld)


async def _take_turn(database: Database, memory: Memory, host: str, turns: str) -> None:
    """Count what strangers make us ask: of one host, and of new hosts below one name (C13, D30)."""
    if host not in memory.met_hosts:
        async with database.read() as session:
            is_known = await is_host_known(session, host)
        domain = registrable_domain(host)
        if not is_known and not memory.newcomers.take(domain):
            raise FetchUnavailable(f"{domain}: too many new hosts at once")
        memory.met_hosts.add(host)
    if not memory.fetches.take(turns):
        raise FetchUnavailable(f"{host}: too many keys at once")


async def _fetch_owner(database: Database, client: Client, key_uri: str) -> None:
    """Store the actor whose document is where the key is, or whom the key's own document names."""
    try:
        document = await client.fetch_document(key_uri)
    except Gone:
        await mark_gone(database, key_uri.partition("#")[0])
        raise
    if is_actor(document):
        # GoToSocial serves a stub of the actor at the key's address: that led here.
        await store_actor(database, client, document, key=KeyAddress(key_uri))
        return
    owner, key = find_key_owner(document), read_key(document)
    if owner is None or not same_origin(owner, key_uri):
        raise Unauthenticated("the key's owner is not where the key is")
    public = key.public_key if key is not None and key.id == key_uri else None
    await refresh_actor(database, client, owner, key=KeyAddress(key_uri, public))
