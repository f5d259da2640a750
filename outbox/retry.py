"""When to try a delivery again, and when to stop asking a host: figures only, no clock, no SQL."""

from __future__ import annotations

import random
from datetime import timedelta

from outbox.models import Priority

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PAUSES = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR)
JITTER = 0.25
# Covers a hospital's Christmas closure.
WINDOW = timedelta(days=14)
# What must not be missed: a revoked credential, a deleted text, a block.
LONG_WINDOW = timedelta(days=30)
LONG_TYPES = frozenset({"Delete", "Block"})
FAILURES_TO_OPEN = 10
FIRST_OPENING = MINUTE
LONGEST_OPENING = 6 * HOUR
# 401 and 403 may come from a key that the remote has not fetched anew yet: once more, later.
AFTER_REFUSAL = 10 * MINUTE
REFUSALS = frozenset({401, 403})
RETRIED = frozenset({404, 408, 421, 425, 429}) | REFUSALS


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after the given number of attempts, with ±25 % jitter."""
    pause = PAUSES[attempts - 1] if 1 <= attempts <= len(PAUSES) else DAY
    return pause * random.uniform(1 - JITTER, 1 + JITTER)


def window_of(kind: str, priority: int) -> timedelta:
    """Return for how long an activity of a type is tried."""
    lasting = kind in LONG_TYPES or priority == Priority.REVOCATION
    return LONG_WINDOW if lasting else WINDOW


def opening_after(failures: int) -> timedelta | None:
    """Return how long a host is left alone after so many failures in a row; None: not at all."""
    if failures < FAILURES_TO_OPEN:
        return None
    doublings = min(failures - FAILURES_TO_OPEN, 20)
    return min(FIRST_OPENING * (1 << doublings), LONGEST_OPENING)


def is_final(status: int) -> bool:
    """Tell whether an answer says that trying again would not help."""
    return 400 <= status < 500 and status not in RETRIED
