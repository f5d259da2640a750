"""What is said of a password that nobody may choose."""

from __future__ import annotations

from collections.abc import Mapping

from core.i18n import mark
from users.password_rules import Weakness

WEAKNESSES: Mapping[Weakness, str] = {
    Weakness.SHORT: mark("Too short: at least 10 characters. Three or four words are easy to keep "
                         "in mind."),
    Weakness.LONG: mark("Too long: 256 characters at most."),
    Weakness.OWN: mark("Not your name or your address: that is tried first."),
    Weakness.COMMON: mark("Too many people use this one: it is tried first."),
}  # fmt: skip
