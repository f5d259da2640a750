"""Files for which nobody waits: a job makes what is served of them, or tells that it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from db.jobs import enqueue
from db.session import Database
from federation.client import Client
from media.intake import columns_of, make_all
from media.making import clear, take_in
from media.models import Media, MediaState
from media.queries import settle
from media.store import Store

GONE = "Validation failed: File is not there any more"
GIVEN_UP = "Validation failed: File could not be processed"


async def make_later(
    database: Database, media: Media, folder: Path, *, task: str, format: str
) -> None:
    """Write down a file that is not made yet, and owe the job; or clear its folder."""
    work = {"media_id": str(media.id), "folder": folder.name, "owner_id": str(media.owner_id)}
    work |= {"task": task, "format": format}
    try:
        await asyncio.to_thread(Store(database.settings).keep, folder)
        async with database.transaction() as session:
            session.add(media)
            await session.flush()
            await enqueue(session, "process media", work)
    except Exception:
        # Only then: of who goes away in between it may be owed already. The rest is swept away.
        await clear(folder)
        raise


async def process_media(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    """Make what is served of a file that waits for it; of one that is refused nothing stays.

    Raises TemporaryError when there is no place to make it, or no room to keep it.
    """
    store = Store(database.settings)
    media_id = int(payload["media_id"])
    folder = _folder_of(store, payload)
    owner_id = int(payload["owner_id"]) if "owner_id" in payload else None
    values: dict[str, Any]
    keys: tuple[str | None, str | None] = (None, None)
    try:
        task, format = str(payload["task"]), str(payload["format"])
        made = await make_all(folder, task, format, owner_id=owner_id)
        size = (folder / "main").stat().st_size
        keys = await take_in(store, folder, made)
        values = columns_of(made) | {"key": keys[0], "preview_key": keys[1], "size_bytes": size}
    except (InvalidInput, FileNotFoundError) as error:
        values = _failed(str(error) if isinstance(error, InvalidInput) else GONE)
    async with database.transaction() as session:
        is_waited_for = await settle(session, media_id, values)
    if not is_waited_for:
        store.remove(key for key in keys if key is not None)
    await clear(folder)


async def give_up_media(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    """Tell who waits for a file that it will not be made: it was tried often enough."""
    async with database.transaction() as session:
        await settle(session, int(payload["media_id"]), _failed(GIVEN_UP))
    await clear(_folder_of(Store(database.settings), payload))


def _folder_of(store: Store, payload: Mapping[str, Any]) -> Path:
    return store.incoming / Path(str(payload["folder"])).name


def _failed(reason: str) -> dict[str, Any]:
    return {"state": MediaState.FAILED, "error": reason, "size_bytes": 0}
