"""What somebody says of their file: its description, and what of it must be seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from media.kinds import MAX_DESCRIPTION


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says of their file; None leaves a thing as it is.

    `focus` tells, from -1 to 1, what must be seen when the picture is cut.
    """

    description: str | None = None
    focus: tuple[float, float] | None = None

    def values(self) -> dict[str, Any]:
        """Return the columns that they change."""
        said: dict[str, Any] = {}
        if self.description is not None:
            said["description"] = self.description
        if self.focus is not None:
            said["focus_x"], said["focus_y"] = self.focus
        return said


def read_words(description: str | None, focus: str | None) -> Words:
    """Read what a client says of a file: a description is cut, not refused (F11).

    Raises InvalidInput for a focus that is none.
    """
    cut = description.replace("\x00", "").strip()[:MAX_DESCRIPTION] if description else description
    return Words(cut, _focus(focus) if focus else None)


def _focus(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text[:100].split(","))
    except ValueError as error:
        raise InvalidInput("Validation failed: Focus is not valid") from error
    if not (math.isfinite(x) and math.isfinite(y)):
        raise InvalidInput("Validation failed: Focus is not valid")
    return max(-1.0, min(1.0, x)), max(-1.0, min(1.0, y))
