"""The steps that all files go that people send: recognised, set aside, made anew, written down."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from db.session import Database
from media.kinds import HEAD_BYTES, FileType, is_taken, max_bytes, recognise
from media.making import Made, make
from media.models import MediaState
from media.store import Store, full_disk_told

WRONG_TYPE = "Validation failed: File content type is invalid"
WRONG_THUMBNAIL = "Validation failed: Thumbnail content type is invalid"


async def recognised(database: Database, path: Path) -> FileType:
    """Tell what a file is; raises InvalidInput for what is not taken here, or too large."""

    def look() -> tuple[bytes, int]:
        with path.open("rb") as opened:
            return opened.read(HEAD_BYTES), path.stat().st_size

    head, size = await asyncio.to_thread(look)
    found = recognise(head)
    if found is None or not is_taken(found):
        raise InvalidInput(WRONG_TYPE)
    most = max_bytes(database.settings, found.kind)
    if size > most:
        raise InvalidInput(f"Validation failed: File size must be less than {most} bytes")
    return found


async def set_aside(store: Store, file: Path, thumbnail: Path | None) -> Path:
    """Move what came into a folder of its own, which outlives the request."""

    def move() -> Path:
        folder = store.begin()
        with full_disk_told():
            file.rename(folder / "in")
            if thumbnail is not None:
                (folder / "small").mkdir(mode=0o700)
                thumbnail.rename(folder / "small" / "in")
        return folder

    return await asyncio.to_thread(move)


async def make_all(folder: Path, task: str, format: str, *, owner_id: int | None) -> Made:
    """Make what is served, with the preview that its owner chose, if any."""
    made = await make(folder, task, format, owner_id=owner_id)
    small = folder / "small"
    if not (small / "in").exists():
        return made
    with (small / "in").open("rb") as opened:
        found = recognise(opened.read(HEAD_BYTES))
    if found is None or not found.is_picture:
        raise InvalidInput(WRONG_THUMBNAIL)
    chosen = await make(small, "preview", found.format, owner_id=owner_id)
    (small / "preview").replace(folder / "preview")
    return replace(
        made,
        preview_mime=chosen.preview_mime,
        preview_width=chosen.preview_width,
        preview_height=chosen.preview_height,
        blurhash=chosen.blurhash,
    )


def columns_of(made: Made) -> dict[str, Any]:
    """Return what was made as columns of its row."""
    return {
        "kind": made.kind,
        "state": MediaState.READY,
        "mime": made.mime,
        "width": made.width,
        "height": made.height,
        "duration_s": made.duration_s,
        "frame_rate": made.frame_rate,
        "bitrate": made.bitrate,
        "preview_width": made.preview_width,
        "preview_height": made.preview_height,
        "blurhash": made.blurhash,
    }
