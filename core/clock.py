"""The one clock of the house: aware, in UTC, movable by tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_shift = timedelta(0)


def now() -> datetime:
    """Return the current time, aware and in UTC."""
    return datetime.now(UTC) + _shift


def shift(by: timedelta) -> None:
    """Move the clock by a duration, on top of earlier moves; `reset` undoes all."""
    global _shift
    _shift += by


def reset() -> None:
    """Go back to the real time."""
    global _shift
    _shift = timedelta(0)


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all time zones; found once, for that opens hundreds of files."""
    return frozenset(available_timezones())


def find_zone(name: str | None) -> ZoneInfo | None:
    """Return a time zone by its name; None for none, and for one that this system does not have."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def wire_time(moment: datetime) -> str:
    """Write a time as the wire has it: whole seconds with `Z`, as `2026-11-22T10:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
