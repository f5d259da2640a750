"""How often somebody may try to come in, or to change how they do (security.md §5)."""

from __future__ import annotations

from datetime import timedelta

from core.settings import Settings, Switch
from users.limits import Limit

_HALF_AN_HOUR = timedelta(minutes=30)
SIGN_UPS = Limit(5, _HALF_AN_HOUR, name="sign-up")
# Whoever has an invitation is expected: a whole year of residents sits in one lecture hall.
INVITED_SIGN_UPS = Limit(60, _HALF_AN_HOUR, name="invited-sign-up")
# By the e-mail address that is written to, and by who asks for it.
CONFIRMATIONS = Limit(5, _HALF_AN_HOUR, name="confirmation")
RESETS = Limit(5, _HALF_AN_HOUR, name="password-reset")
LETTERS_ASKED = Limit(25, _HALF_AN_HOUR, name="letters-asked")
PASSWORD_CHANGES = Limit(10, timedelta(minutes=10), name="password-change")
ADDRESS_CHANGES = Limit(5, _HALF_AN_HOUR, name="address-change")


def count(settings: Settings, limit: Limit, key: str) -> None:
    """Count a try where limits are kept; raises TooManyAttempts."""
    if settings.rate_limits is Switch.ON:
        limit.require(key)


def forget_tries() -> None:
    """Forget every try of this process; for tests."""
    for limit in (
        SIGN_UPS,
        INVITED_SIGN_UPS,
        CONFIRMATIONS,
        RESETS,
        LETTERS_ASKED,
        PASSWORD_CHANGES,
        ADDRESS_CHANGES,
    ):
        limit.reset()
