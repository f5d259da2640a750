"""Rate limits of the client API; Mastodon's figures (security.md §5, H19)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from core.clock import now
from core.settings import Switch
from users.limits import Allowance, Limit, TooManyAttempts

_FIVE_MINUTES = timedelta(minutes=5)
_TEN_MINUTES = timedelta(minutes=10)
_HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Limits:
    """The counters of one instance in one process; none of them counts when switched off."""

    switch: Switch
    per_user: Limit = field(default_factory=lambda: Limit(1500, _FIVE_MINUTES))
    per_token: Limit = field(default_factory=lambda: Limit(300, _FIVE_MINUTES))
    per_address: Limit = field(default_factory=lambda: Limit(300, _FIVE_MINUTES))
    registrations: Limit = field(default_factory=lambda: Limit(5, _TEN_MINUTES))
    deletions: Limit = field(default_factory=lambda: Limit(30, _HALF_HOUR))
    handles: Limit = field(default_factory=lambda: Limit(300, _FIVE_MINUTES))

    def take(self, limit: Limit, key: str) -> Allowance | None:
        """Count a try; raises TooManyAttempts when there were too many; None when switched off."""
        if self.switch is Switch.OFF:
            return None
        allowance = limit.take(key)
        if not allowance.granted:
            raise TooManyAttempts(allowance.resets_at)
        return allowance

    def seconds_to_wait(self, limit: Limit, key: str) -> int:
        """Count a try; return after how many seconds the next is granted, 0 for this one."""
        try:
            self.take(limit, key)
        except TooManyAttempts as error:
            return max(1, int((error.resets_at - now()).total_seconds()))
        return 0
