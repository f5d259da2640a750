"""Token buckets: how often something is taken from a name, in this process, bounded in number."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import now

MAX_KEYS = 20_000
# How long a name of which nothing is taken at all is told to wait.
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a minute in the long run, and so many at once."""

    per_minute: int
    burst: int


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: datetime


class Buckets:
    """One bucket for each name; those that were idle longest are forgotten, which fills them."""

    def __init__(self, max_keys: int = MAX_KEYS) -> None:
        self._max_keys = max_keys
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait_for(self, key: str, rate: Rate) -> timedelta | None:
        """Return how long it is until there is a token; None when there is one now."""
        bucket = self._buckets.get(key)
        if bucket is None:
            return None if rate.burst >= 1 else LONGEST_WAIT
        return _wait(_tokens(bucket, rate), rate)

    def take(self, key: str, rate: Rate) -> timedelta | None:
        """Take a token and return None; or take none, and return how long it is until there is one.

        The rate may be another one each time: what was taken stays taken.
        """
        bucket = self._buckets.setdefault(key, _Bucket(rate.burst, now()))
        self._buckets.move_to_end(key)
        while len(self._buckets) > self._max_keys:
            self._buckets.popitem(last=False)
        bucket.tokens, bucket.filled_at = _tokens(bucket, rate), now()
        wait = _wait(bucket.tokens, rate)
        if wait is None:
            bucket.tokens -= 1
        return wait


def _tokens(bucket: _Bucket, rate: Rate) -> float:
    # A clock that steps back fills nothing.
    passed = max(now() - bucket.filled_at, timedelta(0))
    return min(bucket.tokens + passed / timedelta(minutes=1) * rate.per_minute, rate.burst)


def _wait(tokens: float, rate: Rate) -> timedelta | None:
    if tokens >= 1:
        return None
    if rate.per_minute <= 0 or rate.burst < 1:
        return LONGEST_WAIT
    return min(timedelta(minutes=1) * ((1 - tokens) / rate.per_minute), LONGEST_WAIT)
