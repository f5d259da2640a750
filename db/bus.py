"""Wake-up calls after a commit: a hint that there is work, never the work itself.

Within a process they are events; between the processes of one PostgreSQL they travel by NOTIFY.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "consilium"
RECONNECT_S = 5.0


class Bus:
    """In-process topics. Listeners look at the database; a lost call costs a moment, not work."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def publish(self, topics: Iterable[str]) -> None:
        """Wake whoever waits for one of these topics."""
        for topic in topics:
            self._event(topic).set()

    async def wait(self, topic: str, timeout_s: float) -> bool:
        """Wait until a topic is called or the time is over; tell whether it was called."""
        event = self._event(topic)
        try:
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return False
        event.clear()
        return True

    def _event(self, topic: str) -> asyncio.Event:
        return self._events.setdefault(topic, asyncio.Event())


def announce(session: AsyncSession, topic: str) -> None:
    """Call a topic when, and only when, this session's transaction is committed."""
    session.info.setdefault("topics", set()).add(topic)


async def notify_others(session: AsyncSession) -> None:
    """Call the topics of this transaction in the other processes, at its commit (PostgreSQL)."""
    if topics := session.info.get("topics"):
        await session.execute(select(func.pg_notify(CHANNEL, " ".join(sorted(topics)))))


async def listen(url: str, bus: Bus, stop: asyncio.Event) -> None:
    """Pass on the calls of other processes until `stop` is set; a lost connection is made anew."""
    import asyncpg

    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    def heard(_connection: Any, _pid: int, _channel: str, payload: str) -> None:
        bus.publish(payload.split())

    while not stop.is_set():
        try:
            connection = await asyncpg.connect(plain, timeout=RECONNECT_S)
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
            await connection.add_listener(CHANNEL, heard)
            await _first(stop.wait(), lost.wait())
            await connection.close(timeout=RECONNECT_S)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await _first(stop.wait(), asyncio.sleep(RECONNECT_S))


async def _first(*waits: Any) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
