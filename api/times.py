"""Times as Mastodon's clients expect them."""

from __future__ import annotations

from datetime import UTC, datetime


def api_time(moment: datetime) -> str:
    """Write `2026-11-22T10:00:00.000Z`: milliseconds always, as some clients parse nothing else."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def api_time_or_none(moment: datetime | None) -> str | None:
    """Write a time that may be absent."""
    return None if moment is None else api_time(moment)
