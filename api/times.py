"""Times as Mastodon's clients expect them."""

from __future__ import annotations

from datetime import UTC, datetime


def api_time(moment: datetime) -> str:
    """Write `2026-11-22T10:00:00.000Z`: milliseconds always, as some clients parse nothing else."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def api_time_or_none(moment: datetime | None) -> str | None:
    """Write a time that may be absent."""
    return None if moment is None else api_time(moment)
