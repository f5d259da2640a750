"""How much is taken of other hosts: so many activities a minute, so many waiting at once.

Each process counts for itself: with several, a host may send as many times as much, and what the
others stored is seen a few seconds later.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.buckets import Buckets, Rate
from core.clock import now
from core.errors import RateLimited, TemporaryError
from core.settings import Switch
from db.session import Database
from inbox.queries import count_held, count_waiting

# What a host may send at once, in minutes of its rate: after a silence there is a lot to say.
BURST_MINUTES = 5
RECOUNT_EVERY = timedelta(seconds=5)
# A full queue is not worked off in a moment.
WHEN_FULL = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class InboxLimits:
    """How much is taken where nothing else was decided about a host."""

    a_minute: int = 300
    waiting_of_a_host: int = 10_000
    waiting: int = 200_000


class Doorkeeper:
    """Tells whether there is room for one more activity of a host; nothing is kept of who waits.

    Only what a host's own keys have signed uses up its allowance: else whoever writes its name
    under nonsense would silence it.
    """

    def __init__(self, database: Database, limits: InboxLimits) -> None:
        self._database = database
        self._limits = limits
        self._buckets = Buckets()
        self._is_limited = database.settings.rate_limits is Switch.ON
        self._waiting: Counter[str] = Counter()
        self._total = 0
        self._counted_at: datetime | None = None

    async def require_room(self, host: str, rate: int | None) -> None:
        """Refuse before any cost; raises RateLimited, or TemporaryError when all is full.

        `rate` is what our administrators decided about the host, in activities a minute.
        """
        if self._is_limited:
            _require(self._buckets.wait_for(host, self._rate(rate)), host)
        await self._recount()
        if self._waiting[host] >= self._limits.waiting_of_a_host:
            raise RateLimited(f"too much of {host} waits to be processed", WHEN_FULL)
        # Who has hardly anything waiting is let in: some who fill the queue keep nobody else out.
        share = max(self._limits.waiting // 1000, 1)
        if self._total >= self._limits.waiting and self._waiting[host] >= share:
            raise TemporaryError("too much waits to be processed")

    def count(self, host: str, rate: int | None) -> None:
        """Count a request that a host's key has signed; raises RateLimited."""
        if self._is_limited:
            _require(self._buckets.take(host, self._rate(rate)), host)

    def note_stored(self, host: str) -> None:
        """Note that one more waits."""
        self._waiting[host] += 1
        self._total += 1

    def _rate(self, decided: int | None) -> Rate:
        a_minute = self._limits.a_minute if decided is None else decided
        return Rate(a_minute, a_minute * BURST_MINUTES)

    async def _recount(self) -> None:
        if self._counted_at is not None and now() - self._counted_at < RECOUNT_EVERY:
            return
        # Set before: those who come meanwhile go by the old count.
        self._counted_at = now()
        waiting = Counter(await self._database.look(count_waiting))
        self._total = waiting.total()
        # What waits for a moderator is on disk as well, but holds up nobody.
        self._waiting = waiting + Counter(await self._database.look(count_held))


def _require(wait: timedelta | None, host: str) -> None:
    if wait is not None:
        raise RateLimited(f"too many requests of {host}", wait)
