"""What the sandboxed process makes of some bytes."""

from __future__ import annotations

from pathlib import Path

from media.kinds import recognise
from media.making import Made, make


async def made_of(folder: Path, data: bytes, task: str = "picture") -> tuple[Made, bytes]:
    """Make what is served of some bytes; return it with the file's own bytes."""
    (folder / "in").write_bytes(data)
    found = recognise(data[:4096])
    assert found is not None
    made = await make(folder, task, found.format)
    return made, (folder / "main").read_bytes()
