"""What became of an activity, for the row that is kept of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """`name` is `handled`, `ignored` or `rejected`; `reason` tells an operator why."""

    name: str
    reason: str | None = None


HANDLED = Outcome("handled")


def ignored(reason: str) -> Outcome:
    """Nothing was done, and nothing is wrong."""
    return Outcome("ignored", reason)


def rejected(reason: str) -> Outcome:
    """It asked for what it has no right to, or is not what its type promises."""
    return Outcome("rejected", reason)
