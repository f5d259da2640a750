"""How often somebody may try: counters in this process, over fixed windows, bounded in number."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.clock import now
from core.errors import TemporaryError

MAX_KEYS = 20_000


class TooManyAttempts(TemporaryError):
    """Somebody tried too often; `resets_at` tells when they may again. Door: 429."""

    def __init__(self, resets_at: datetime) -> None:
        self.resets_at = resets_at
        super().__init__("Too many requests")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit after a try."""

    limit: int
    remaining: int
    resets_at: datetime
    granted: bool


class Limit:
    """At most `limit` tries a key in each window of `per`."""

    def __init__(self, limit: int, per: timedelta) -> None:
        self.limit = limit
        self._seconds = int(per.total_seconds())
        self._counts: OrderedDict[tuple[str, int], int] = OrderedDict()

    def take(self, key: str) -> Allowance:
        """Count a try."""
        window = int(now().timestamp()) // self._seconds
        count = self._counts.pop((key, window), 0) + 1
        self._counts[key, window] = count
        while len(self._counts) > MAX_KEYS:
            self._counts.popitem(last=False)
        resets_at = datetime.fromtimestamp((window + 1) * self._seconds, UTC)
        return Allowance(self.limit, max(self.limit - count, 0), resets_at, count <= self.limit)

    def require(self, key: str) -> None:
        """Count a try; raises TooManyAttempts when there were too many."""
        allowance = self.take(key)
        if not allowance.granted:
            raise TooManyAttempts(allowance.resets_at)

    def reset(self) -> None:
        """Forget every try; for tests."""
        self._counts.clear()
