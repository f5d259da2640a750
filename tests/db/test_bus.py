"""Wake-up calls: after the commit only, and between the processes of one PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from db.bus import announce, listen
from db.session import Database


async def test_a_topic_is_called_after_the_commit(database: Database):
    async with database.transaction() as session:
        announce(session, "posts")
        assert not await database.bus.wait("posts", 0.01)

    assert await database.bus.wait("posts", 0.01)
    assert not await database.bus.wait("posts", 0.01)


async def test_another_process_hears_it_on_postgresql(database: Database, settings):
    if database.is_sqlite:
        return
    other, stop = Database(settings), asyncio.Event()
    task = asyncio.create_task(listen(settings.resolved_database_url, other.bus, stop))
    await asyncio.sleep(0.5)

    async with database.transaction() as session:
        announce(session, "posts")

    assert await other.bus.wait("posts", 5)
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            announce(session, "posts")
            await session.flush()
            raise RuntimeError
    assert not await other.bus.wait("posts", 0.2)
    stop.set()
    await asyncio.wait_for(task, 10)
    await other.close()
