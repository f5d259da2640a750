"""Rate limits of the client API; Mastodon's figures (security.md §5, H19)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from core.clock import now
from core.settings import Switch
from users.limits import Allowance, Limit, TooManyAttempts

_FIVE_MINUTES = timedelta(minutes=5)
_TEN_MINUTES = timedelta(minutes=10)
_QUARTER = timedelta(minutes=15)
_HALF_HOUR = timedelta(minutes=30)


def _limit(tries: int, per: timedelta, name: str) -> Limit:
    return field(default_factory=lambda: Limit(tries, per, name=f"api-{name}"))


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one instance; none of them counts when switched off.

    By person: `per_user`, `deletions`, `uploads`. By token: `per_token`. By address, for who shows
    no valid token: `per_address`, `paging`; and for everybody: `registrations`, `devices`,
    `handles`.
    """

    switch: Switch
    per_user: Limit = _limit(1500, _FIVE_MINUTES, "user")
    per_token: Limit = _limit(300, _FIVE_MINUTES, "token")
    per_address: Limit = _limit(300, _FIVE_MINUTES, "address")
    paging: Limit = _limit(300, _QUARTER, "paging")
    uploads: Limit = _limit(30, _HALF_HOUR, "upload")
    deletions: Limit = _limit(30, _HALF_HOUR, "delete")
    registrations: Limit = _limit(5, _TEN_MINUTES, "register")
    devices: Limit = _limit(30, _TEN_MINUTES, "device")
    handles: Limit = _limit(300, _FIVE_MINUTES, "handle")

    def take(self, limit: Limit, key: str) -> Allowance | None:
        """Count a try; raises TooManyAttempts when there were too many; None when switched off."""
        if self.switch is Switch.OFF:
            return None
        return limit.require(key)

    def seconds_to_wait(self, limit: Limit, key: str) -> int:
        """Count a try; return after how many seconds the next is granted, 0 for this one."""
        try:
            self.take(limit, key)
        except TooManyAttempts as error:
            return max(1, int((error.resets_at - now()).total_seconds()))
        return 0
