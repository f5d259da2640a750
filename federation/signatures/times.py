"""When a signature counts: one window for both schemes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.errors import Unauthenticated

MAX_SKEW = timedelta(hours=1)
# Mastodon's effective window: five minutes of life and an hour of skew.
MAX_AGE = timedelta(hours=1, minutes=5)


def check_window(made: datetime, expires: datetime | None, moment: datetime) -> None:
    """Refuse what was made too far from now, or has expired; raises Unauthenticated."""
    if not moment - MAX_AGE <= made <= moment + MAX_SKEW:
        raise Unauthenticated("the request's date is too far from now")
    if expires is not None and expires < moment - MAX_SKEW:
        raise Unauthenticated("the signature has expired")


def unix_time(value: object) -> datetime | None:
    """Read a signature's time in whole seconds; raises Unauthenticated for what is no such time."""
    if value is None:
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit()) or len(text) > 11:
        raise Unauthenticated("the signature's times are no numbers")
    return datetime.fromtimestamp(int(text), UTC)
