"""Two transactions at once: how a test knows that one of them waits for the other."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from db.session import Database

_TIMEOUT_S = 30
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


async def until_it_waits(database: Database, task: asyncio.Task[object]) -> None:
    """Come back once a task waits for a row that is held, or has not waited and is over.

    On SQLite at once: whoever writes waits there until the one who writes has ended.
    """
    async with asyncio.timeout(_TIMEOUT_S):
        while not task.done() and not await _does_one_wait(database):
            pass


async def _does_one_wait(database: Database) -> bool:
    if database.is_sqlite:
        return True
    async with database.read() as session:
        return bool(await session.scalar(_WAITING))
