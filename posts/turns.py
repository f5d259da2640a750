"""One turn of a long errand over other hosts: a bounded number of requests, in a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from core.errors import PermanentError, TemporaryError
from federation.origin import host_of

# A job is one of several side by side, and has to end well before its lease does.
FETCHES_A_TURN = 20
TURN_S = 20.0
# Between two turns, so that nobody is asked without a pause.
PAUSE = timedelta(seconds=5)
# What could not be had is asked for again after these, and then left.
RETRIES = (timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=3))

T = TypeVar("T")


def _now_s() -> float:
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Turn:
    """How much may still be asked for now; a host that does not answer is not asked twice."""

    left: int = FETCHES_A_TURN
    until: float = field(default_factory=lambda: _now_s() + TURN_S)
    silent: set[str] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Whether the rest has to wait for the next turn."""
        return self.left <= 0 or _now_s() >= self.until

    async def ask(self, uri: str, fetch: Callable[[], Awaitable[T]]) -> T | None:
        """Fetch something; None where it cannot be had.

        Raises TemporaryError where it may be had later.
        """
        host = host_of(uri)
        if host in self.silent:
            raise TemporaryError(f"{host}: does not answer")
        self.left -= 1
        try:
            return await fetch()
        except TemporaryError:
            self.silent.add(host)
            raise
        except PermanentError:
            return None
