"""Whose key is it? Known keys from the database, others from their home, each asked for rarely."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary, WeakValueDictionary

from sqlalchemy import select
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor, ActorKey
from actors.remote import mark_gone, refresh_actor, store_actor
from core.clock import now
from core.errors import FetchUnavailable, Gone, PermanentError, TemporaryError, Unauthenticated
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.actor import find_key_owner, is_actor
from federation.origin import host_of, same_origin

FETCH_S = 8.0
REFRESH_PAUSE = timedelta(minutes=5)
UNKNOWN_PAUSE = timedelta(seconds=60)
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Signer:
    """An actor and one of its public keys, as stored."""

    actor: Actor
    key: ActorKey


class _Recent:
    """Names that were noted within a time; the oldest are forgotten first."""

    def __init__(self, within: timedelta) -> None:
        self._within = within
        self._noted: OrderedDict[str, datetime] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        noted = self._noted.get(name)
        return noted is not None and now() - noted < self._within

    def add(self, name: str) -> None:
        self._noted[name] = now()
        self._noted.move_to_end(name)
        while len(self._noted) > _REMEMBERED:
            self._noted.popitem(last=False)


@dataclass(slots=True)
class _Memory:
    """What one process remembers, so that no stranger makes it ask the same thing twice."""

    refreshed_keys: _Recent = field(default_factory=lambda: _Recent(REFRESH_PAUSE))
    unknown_keys: _Recent = field(default_factory=lambda: _Recent(UNKNOWN_PAUSE))
    silent_hosts: _Recent = field(default_factory=lambda: _Recent(UNKNOWN_PAUSE))
    locks: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)


_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


async def find_signer(session: AsyncSession, key_uri: str) -> Signer | None:
    """Return a stored key of another host with its actor, in one query."""
    statement = (
        select(Actor, ActorKey)
        .join(ActorKey, col(ActorKey.actor_id) == col(Actor.id))
        .where(col(ActorKey.uri) == key_uri, col(Actor.host) != LOCAL_HOST)
    )
    found = (await session.execute(statement)).first()
    return Signer(found[0], found[1]) if found is not None else None


async def fetch_signer(
    database: Database, client: Client, key_uri: str, *, verifies: Callable[[str], bool]
) -> Actor:
    """Return the actor whose key, unknown or no longer the stored one, verifies a signature.

    The key is fetched from its home: once in 5 minutes, and not within a minute after its host did
    not answer. Raises Unauthenticated when no such key verifies, FetchUnavailable when that cannot
    be found out now.
    """
    memory = _memories.setdefault(database, _Memory())
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
    database: Database, client: Client, key_uri: str, memory: _Memory, *, is_known: bool
) -> None:
    asked = memory.refreshed_keys if is_known else memory.unknown_keys
    host = host_of(key_uri)
    if key_uri in asked:
        raise Unauthenticated("the signature is not by this key")
    if host in memory.silent_hosts:
        raise FetchUnavailable(f"{host}: did not answer a moment ago")
    try:
        async with asyncio.timeout(FETCH_S):
            await _fetch_owner(database, client, key_uri)
    except (TemporaryError, TimeoutError) as error:
        memory.silent_hosts.add(host)
        raise FetchUnavailable(f"{host}: the signature's key cannot be had") from error
    except PermanentError as error:
        asked.add(key_uri)
        raise Unauthenticated(f"the signature's key cannot be used: {error}") from error
    asked.add(key_uri)


async def _fetch_owner(database: Database, client: Client, key_uri: str) -> None:
    """Store the actor whose document is where the key is, or whom the key's own document names."""
    try:
        document = await client.fetch_document(key_uri)
    except Gone:
        await mark_gone(database, key_uri.partition("#")[0])
        raise
    if is_actor(document):
        await store_actor(database, client, document)
        return
    owner = find_key_owner(document)
    if owner is None or not same_origin(owner, key_uri):
        raise Unauthenticated("the key's owner is not where the key is")
    await refresh_actor(database, client, owner)
