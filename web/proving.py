"""Pages that ask for the password once more: what they say where it, or a code, is wrong (H14)."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from users.limits import TooManyAttempts
from users.own_account import WrongPassword
from users.own_factor import WrongCode

UNPROVEN = (WrongPassword, WrongCode, TooManyAttempts)


class Unproven(TypedDict):
    """What a page is given whose form was refused."""

    status: int
    problem: str
    resets_at: datetime | None


def said_of(error: Exception) -> Unproven:
    """Return what to show for one of `UNPROVEN`; "proof.html" has the words."""
    if isinstance(error, TooManyAttempts):
        return Unproven(status=429, problem="often", resets_at=error.resets_at)
    problem = "code" if isinstance(error, WrongCode) else "password"
    return Unproven(status=403, problem=problem, resets_at=None)
