"""Reading a file that came with a form."""

from __future__ import annotations

import asyncio
from pathlib import Path


async def read_whole(file: Path, most: int) -> bytes:
    """Return what is in a file; of a larger one a byte more than the most, to be refused."""
    return await asyncio.to_thread(_read, file, most + 1)


def _read(file: Path, limit: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(limit)
