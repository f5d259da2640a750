"""Transactions: the only places where work begins and is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from core.settings import Settings
from db.bus import Bus, notify_others, take_told
from db.direct import T, Work, run_directly
from db.engine import is_sqlite, make_direct_engine, make_engine

__all__ = ["AsyncSession", "Database", "savepoint", "settings_of", "take_turns"]


def settings_of(session: AsyncSession) -> Settings:
    """Return the settings of the instance that a session works for."""
    settings: Settings = session.info["settings"]
    return settings


async def take_turns(session: AsyncSession, key: int) -> None:
    """Let one transaction at a time go on from here; SQLite has one writer as it is."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(key)))


@asynccontextmanager
async def savepoint(session: AsyncSession) -> AsyncIterator[None]:
    """Undo only this block on an error, and tell of nothing that it emitted (J11)."""
    told = dict(session.info.get("events", ()))
    try:
        async with session.begin_nested():
            yield
    except BaseException:
        session.info["events"] = told
        raise


class Database:
    """One database of one process.

    `transaction()` writes, `read()` only reads. A function that is given a session never commits.
    """

    def __init__(self, settings: Settings) -> None:
        url = settings.resolved_database_url
        self.settings = settings
        self.is_sqlite = is_sqlite(url)
        self.engine = make_engine(url)
        self.direct_engine = direct = make_direct_engine(url)
        self.direct_reader = direct and direct.execution_options(reading=True)
        self.bus = Bus()
        self._info = info = {"settings": settings}
        self._write = async_sessionmaker(self.engine, expire_on_commit=False, info=info)
        reading = self.engine.execution_options(reading=True)
        self._read = async_sessionmaker(
            reading, expire_on_commit=False, autoflush=False, info=info
        )
        # SQLite has one writer. Waiting here is fair and free; waiting inside SQLite polls.
        self._writer = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Open a session that commits at the end of the block, and undoes all on an error.

        What `db.bus.announce` and `emit` were given is told once the commit is on disk.
        """
        async with AsyncExitStack() as stack:
            if self._writer is not None:
                await stack.enter_async_context(self._writer)
            session = await stack.enter_async_context(self._write())
            async with session.begin():
                yield session
                if not self.is_sqlite:
                    await notify_others(session, self.bus.name)
            told = take_told(session)
        self.bus.publish(told.topics, told.events)

    async def unit(self, work: Work[T]) -> T:
        """Run a unit of work in a transaction: as `transaction()`, but on SQLite in one go.

        For hot paths. The work awaits nothing but its session; in between nobody else writes, so it
        is kept short.
        """
        if self._writer is None or self.direct_engine is None:
            async with self.transaction() as session:
                return await work(session)
        async with self._writer:
            result, told = await asyncio.to_thread(
                run_directly, self.direct_engine, self._info, work
            )
        self.bus.publish(told.topics, told.events)
        return result

    async def look(self, work: Work[T]) -> T:
        """Run a unit of reading on one consistent state: as `read()`, but on SQLite in one go.

        For hot paths, as `unit`; nothing that is written in it stays.
        """
        if self.direct_reader is None:
            async with self.read() as session:
                return await work(session)
        result, _ = await asyncio.to_thread(run_directly, self.direct_reader, self._info, work)
        return result

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a session on one consistent state, without taking the write lock."""
        async with self._read() as session:
            yield session

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
        if self.direct_engine is not None:
            self.direct_engine.dispose()
