"""Wake-up calls after a commit: a hint that there is work, never the work itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession


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
