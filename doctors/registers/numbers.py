"""Numbers as people type them: with spaces, dashes and the register's name before them."""

from __future__ import annotations

import re

from core.errors import InvalidInput

_BETWEEN = re.compile(r"[\s.,:#/\\\-\u2010-\u2015\u2212]+")
_SHOWN_CHARS = 40


def bare(text: str, *, labels: tuple[str, ...] = ()) -> str:
    """Return a number without what stands between its digits, and without the label before it."""
    joined = _BETWEEN.sub("", text).upper()
    for label in labels:
        if joined.startswith(label):
            return joined.removeprefix(label).removeprefix("N°").removeprefix("NO")
    return joined


def is_digits(text: str) -> bool:
    """Tell whether a text is of the ten digits and nothing else."""
    return text.isascii() and text.isdigit()


def refuse(text: str, name: str, form: str) -> InvalidInput:
    """Return the error for what can be no number of a register: `no NPI number: … (10 digits)`."""
    return InvalidInput(f"no {name} number: {text[:_SHOWN_CHARS]!r} ({form})")
