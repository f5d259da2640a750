"""What waits to be sent on a stream: bounded, so that who reads slowly harms nobody (J08)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any

MAX_WAITING_BYTES = 1024 * 1024
# Who does not even read that it is over is cut off then.
FAREWELL_S = 2.0


class Ending(Enum):
    """Why a stream is over."""

    REVOKED = auto()
    SLOW = auto()


class Over(Exception):  # noqa: N818 - nothing went wrong
    """There is nothing more to send; `ending` tells why."""

    def __init__(self, ending: Ending) -> None:
        self.ending = ending
        super().__init__(ending.name)


class Outlet:
    """The messages of one connection, in order; `cut` drops the connection without a word."""

    def __init__(self, cut: Callable[[], None]) -> None:
        self._waiting: deque[str] = deque()
        self._bytes = 0
        self._called = asyncio.Event()
        self._cut = cut
        self._ending: Ending | None = None

    def put(self, text: str) -> None:
        """Let a message wait; above MAX_WAITING_BYTES the connection is cut."""
        if self._ending is not None:
            return
        size = len(text.encode())
        if self._bytes + size > MAX_WAITING_BYTES:
            self.end(Ending.SLOW)
            return
        self._waiting.append(text)
        self._bytes += size
        self._called.set()

    def end(self, ending: Ending = Ending.REVOKED) -> None:
        """Let nothing more be sent, not even what waits."""
        if self._ending is not None:
            return
        self._ending = ending
        self._waiting.clear()
        self._called.set()
        if ending is Ending.SLOW:
            self._cut()
        else:
            asyncio.get_running_loop().call_later(FAREWELL_S, self._cut)

    async def next(self, timeout_s: float | None = None) -> str | None:
        """Return the next message, None when none came in time; raises Over at the end."""
        try:
            async with asyncio.timeout(timeout_s):
                while not self._waiting and self._ending is None:
                    self._called.clear()
                    await self._called.wait()
        except TimeoutError:
            return None
        if self._ending is not None:
            raise Over(self._ending)
        text = self._waiting.popleft()
        self._bytes -= len(text.encode())
        return text


def cutter_of(scope: Any) -> Callable[[], None]:
    """Return the function that drops a connection at once, as the server gives it to us."""
    state: Mapping[str, Any] = (scope or {}).get("state") or {}
    cut: Callable[[], None] = state.get("cut", lambda: None)
    return cut
