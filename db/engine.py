"""Engines for SQLite and PostgreSQL, with the pragmas and the transactions that we rely on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, QueuePool

from db import one_trip

BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 8
# FULL: what was acknowledged survives a power cut, not only a crash of the process.
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16000",
)


def is_sqlite(url: str) -> bool:
    """Tell whether an address names an SQLite file."""
    return url.startswith("sqlite")


def make_engine(url: str) -> AsyncEngine:
    """Open an engine; nothing is dialled before the first statement."""
    if not is_sqlite(url):
        return create_async_engine(url, pool_size=POOL_SIZE, max_overflow=4, pool_pre_ping=True)
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=POOL_SIZE,
        connect_args={"isolation_level": None},
        module=one_trip.driver(),
    )
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def make_direct_engine(url: str) -> Engine | None:
    """Open the same SQLite file for use in a thread of ours (`db.direct`); None for PostgreSQL."""
    if not is_sqlite(url):
        return None
    plain = make_url(url).set(drivername="sqlite")
    # More places than the event loop has threads: an overflow is opened and closed each time.
    engine = create_engine(
        plain, poolclass=QueuePool, pool_size=32, connect_args={"isolation_level": None}
    )
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    # The driver's own BEGIN starts a read that cannot always become a write: four concurrent
    # increments made one. A write takes its lock at once, a read never takes it.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
