"""Which signatures the hosts understand: as their actors say, and as they answer (WIRE §10)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from weakref import WeakKeyDictionary

from sqlalchemy import or_
from sqlmodel import col

from actors.models import HostScheme
from core.clock import now
from db.jobs import upsert
from db.session import AsyncSession, Database
from federation.knocking import Scheme

# How long a process believes itself, where another one may have learned better.
REMEMBERED_FOR = timedelta(minutes=1)
# What a host said is tried again so long after its answers said otherwise.
BELIEVED_AGAIN = timedelta(days=1)
_REMEMBERED = 4096
_SCHEMES = frozenset(Scheme)
_Memory = OrderedDict[str, tuple[Scheme | None, datetime]]
_memories: WeakKeyDictionary[Database, _Memory] = WeakKeyDictionary()


async def scheme_of_host(session: AsyncSession, host: str) -> Scheme | None:
    """Return how requests to a host are to be signed, None where nothing is known."""
    found = await session.get(HostScheme, host, populate_existing=True)
    return Scheme(found.scheme) if found is not None and found.scheme in _SCHEMES else None


async def note_scheme(session: AsyncSession, host: str, scheme: Scheme) -> None:
    """Note which signatures a host was seen to understand."""
    values = {"scheme": scheme.value, "noted_at": now()}
    statement = upsert(session, HostScheme).values(host=host, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["host"], set_=values)
    )


async def note_announced(session: AsyncSession, host: str, implements: Iterable[str]) -> bool:
    """Note that a host says it reads RFC 9421 (FEP-844e); return whether it says so.

    Where its answers have shown otherwise less than a day ago, they count.
    """
    if not any(uri.removesuffix(".html").endswith("/rfc9421") for uri in implements):
        return False
    values = {"scheme": Scheme.ED25519.value, "noted_at": now()}
    statement = upsert(session, HostScheme).values(host=host, **values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["host"],
            set_=values,
            where=or_(
                col(HostScheme.noted_at) < now() - BELIEVED_AGAIN,
                col(HostScheme.scheme) == Scheme.RFC9421.value,
            ),
        )
    )
    return True


async def recall_scheme(database: Database, host: str) -> Scheme | None:
    """Return how requests to a host are to be signed, out of this process's memory if it is new."""
    memory = _memories.setdefault(database, OrderedDict())
    known = memory.get(host)
    if known is not None and now() - known[1] < REMEMBERED_FOR:
        return known[0]
    scheme = await database.look(partial(scheme_of_host, host=host))
    _remember(memory, host, scheme)
    return scheme


async def learn_scheme(database: Database, host: str, scheme: Scheme) -> None:
    """Note which signatures a host was seen to understand, for every process."""
    await database.unit(partial(note_scheme, host=host, scheme=scheme))
    _remember(_memories.setdefault(database, OrderedDict()), host, scheme)


def forget_scheme(database: Database, host: str) -> None:
    """Look a host up again when it is next written to: one of its actors says more."""
    _memories.get(database, OrderedDict()).pop(host, None)


def _remember(memory: _Memory, host: str, scheme: Scheme | None) -> None:
    memory[host] = (scheme, now())
    memory.move_to_end(host)
    while len(memory) > _REMEMBERED:
        memory.popitem(last=False)
