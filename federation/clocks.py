"""Whether our own clock is right: what time it is elsewhere, beside what we take it to be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median

from core.clock import now
from core.logging import get_logger

# One host with a wrong clock, or a lying one, says nothing; three that agree do.
HOSTS_NEEDED = 3
TOLERANCE = timedelta(seconds=60)
ALARM_EVERY = timedelta(hours=1)
_REMEMBERED = 16
log = get_logger(__name__)


class Clocks:
    """By how many seconds the hosts that answered last are ahead of us."""

    def __init__(self) -> None:
        self._ahead: dict[str, float] = {}
        self._alarm_at: datetime | None = None

    def note(self, host: str, headers: Mapping[str, str]) -> None:
        """Read the Date of an answer that has just come; call an alarm when our clock is wrong."""
        moment = _moment_of(headers)
        if moment is None:
            return
        self._ahead.pop(host, None)
        self._ahead[host] = (moment - now()).total_seconds()
        if len(self._ahead) > _REMEMBERED:
            del self._ahead[next(iter(self._ahead))]
        self._alarm()

    @property
    def off_by(self) -> timedelta | None:
        """How far others are ahead of us (negative: behind); None while nothing is wrong."""
        if len(self._ahead) < HOSTS_NEEDED:
            return None
        usual = timedelta(seconds=median(self._ahead.values()))
        return usual if abs(usual) > TOLERANCE else None

    def _alarm(self) -> None:
        off_by = self.off_by
        if off_by is None:
            self._alarm_at = None
        elif self._alarm_at is None or abs(now() - self._alarm_at) >= ALARM_EVERY:
            self._alarm_at = now()
            seconds = round(off_by.total_seconds())
            log.error("our clock is wrong", others_are_ahead_by_s=seconds, hosts=len(self._ahead))


def _moment_of(headers: Mapping[str, str]) -> datetime | None:
    # What a cache kept says when it was kept.
    if "age" in headers:
        return None
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
