"""A text as a square of modules that a telephone reads, drawn as one path of an SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

# What must stay light around it (ISO/IEC 18004).
MARGIN = 4


@dataclass(frozen=True, slots=True)
class QrCode:
    """The length of a side, with its margin, and the path of all that is dark."""

    side: int
    path: str


def make_qr(text: str) -> QrCode:
    """Return a text as a QR code."""
    # Only this page needs it: the server's start does not wait for it.
    import segno

    rows = segno.make(text, error="m", micro=False).matrix
    path = "".join(run for y, row in enumerate(rows) for run in _runs(row, y + MARGIN))
    return QrCode(len(rows) + 2 * MARGIN, path)


def _runs(row: Sequence[int], y: int) -> Iterator[str]:
    """Yield the dark runs of a row: one rectangle each."""
    x = MARGIN
    for module, modules in groupby(row):
        width = len(list(modules))
        if module:
            yield f"M{x} {y}h{width}v1h-{width}z"
        x += width
