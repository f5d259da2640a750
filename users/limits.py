"""How often somebody may try: counted over fixed windows, by all serving processes together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.clock import now
from core.errors import TemporaryError
from core.logging import get_logger
from users.counts import FILE_NAME, Counts, OwnCounts, SharedCounts

log = get_logger(__name__)
# Where this process counts while it is one of several; None while it serves alone.
_shared: list[Counts] = []


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit after a try."""

    limit: int
    remaining: int
    resets_at: datetime
    granted: bool


class TooManyAttempts(TemporaryError):
    """Somebody tried too often; `allowance` tells when they may again. Door: 429."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        super().__init__("Too many requests")

    @property
    def resets_at(self) -> datetime:
        """When they may try again."""
        return self.allowance.resets_at


class Limit:
    """At most `limit` tries a key in each window of `per`.

    One with a name is counted together with those of that name in the other serving processes.
    """

    def __init__(self, limit: int, per: timedelta, *, name: str = "") -> None:
        self.limit = limit
        self.per = per
        self._name = name
        self._seconds = int(per.total_seconds())
        self._own = OwnCounts()

    def take(self, key: str) -> Allowance:
        """Count a try."""
        window = int(now().timestamp()) // self._seconds
        ends_at = (window + 1) * self._seconds
        counts: Counts = _shared[-1] if _shared and self._name else self._own
        count = counts.add(f"{self._name}\n{window}\n{key}", ends_at)
        resets_at = datetime.fromtimestamp(ends_at, UTC)
        return Allowance(self.limit, max(self.limit - count, 0), resets_at, count <= self.limit)

    def require(self, key: str) -> Allowance:
        """Count a try; raises TooManyAttempts when there were too many."""
        allowance = self.take(key)
        if not allowance.granted:
            raise TooManyAttempts(allowance)
        return allowance

    def reset(self) -> None:
        """Forget every try of this process; for tests."""
        self._own.clear()


@contextmanager
def shared_limits(data_dir: Path) -> Iterator[None]:
    """Count together with the other processes that serve this data folder.

    Where there is no room for the counters each process counts for itself, and says so.
    """
    try:
        counts = SharedCounts(data_dir / FILE_NAME)
    except OSError as error:
        log.warning("limits are counted in each process alone", reason=str(error))
        yield
        return
    _shared.append(counts)
    try:
        yield
    finally:
        _shared.remove(counts)
        counts.close()
