"""Our own ids: 64 bit, ordered by time, never used again."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime

_SEQUENCE_BITS = 16
_lock = threading.Lock()
_last = 0


def new_id() -> int:
    """Return an id greater than every id this process made before, even when the clock steps back.

    The upper 48 bits are milliseconds since 1970; the lower 16 start at random in each millisecond,
    so that several processes on one database rarely meet (the primary key refuses them if they do).
    """
    global _last
    with _lock:
        millisecond = time.time_ns() // 1_000_000
        fresh = millisecond << _SEQUENCE_BITS | secrets.randbits(_SEQUENCE_BITS - 1)
        _last = max(fresh, _last + 1)
        return _last


def id_near(moment: datetime) -> int:
    """Return a fresh id that sorts at a moment of the past: for what arrives with its own date."""
    return id_at(moment) | secrets.randbits(_SEQUENCE_BITS)


def id_at(moment: datetime) -> int:
    """Return the smallest id of a moment, for paging by date."""
    return int(moment.timestamp() * 1000) << _SEQUENCE_BITS


def time_of(identifier: int) -> datetime:
    """Return the moment at which an id was made."""
    return datetime.fromtimestamp((identifier >> _SEQUENCE_BITS) / 1000, UTC)
