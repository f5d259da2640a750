"""From a file that somebody sent to a row and what is served of it; nothing is kept of the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from db.jobs import enqueue
from db.session import AsyncSession, Database
from federation.client import Client
from media.kinds import (
    HEAD_BYTES,
    FileType,
    has_ffmpeg,
    is_taken,
    max_bytes,
    recognise,
)
from media.making import Made, clear, make, take_in
from media.models import Media, MediaKind, MediaState
from media.queries import (
    count_free_bytes,
    get_free_media,
    get_media_of,
    list_pictures,
    require_free,
    settle,
)
from media.store import Store, full_disk_told, new_key
from media.upload import delete_media, owe_removal
from media.words import Words

# Of what one person has sent and attached to nothing: more than any post, and no disk.
MAX_FREE_BYTES = 1024**3
TOO_MUCH = "Validation failed: Too many files are attached to nothing. Post or delete some first"
WRONG_TYPE = "Validation failed: File content type is invalid"
GONE = "Validation failed: File is not there any more"
GIVEN_UP = "Validation failed: File could not be processed"
WRONG_THUMBNAIL = "Validation failed: Thumbnail content type is invalid"


async def receive_file(
    database: Database,
    owner_id: int,
    *,
    file: Path,
    thumbnail: Path | None = None,
    words: Words,
    waits: bool = False,
) -> Media:
    """Take in a file for a post; `waits` for what otherwise is made by a job.

    Its state tells whether it is ready. Raises InvalidInput for what is refused, StoreFull when
    there is no room: then nothing is kept.
    """
    store = Store(database.settings)
    found = await _recognised(database, file)
    if thumbnail is not None and not (await _recognised(database, thumbnail)).is_picture:
        raise InvalidInput(WRONG_THUMBNAIL)
    task, size = _task(found), (await asyncio.to_thread(file.stat)).st_size
    async with database.read() as session:
        if await count_free_bytes(session, owner_id) + size > MAX_FREE_BYTES:
            raise InvalidInput(TOO_MUCH)
    folder = await _set_aside(store, file, thumbnail)
    if waits or task in {"picture", "document"}:
        try:
            made = await _make_all(folder, task, found.format, owner_id=owner_id)
            return await _save(database, owner_id, store, folder=folder, made=made, words=words)
        finally:
            await asyncio.shield(clear(folder))
    kind = MediaKind.GIFV if task == "moving" else found.kind
    media = Media(
        owner_id=owner_id, kind=kind, key=new_key("part"), size_bytes=size, **words.values()
    )
    work = {"media_id": str(media.id), "folder": folder.name, "owner_id": str(owner_id)}
    work |= {"task": task, "format": found.format}
    try:
        await asyncio.to_thread(store.keep, folder)
        async with database.transaction() as session:
            session.add(media)
            await session.flush()
            await enqueue(session, "process media", work)
    except Exception:
        # Only then: of who goes away in between it may be owed already. The rest is swept away.
        await clear(folder)
        raise
    return media


def _task(found: FileType) -> str:
    if not found.is_picture:
        return "document" if found.kind is MediaKind.DOCUMENT else "film"
    return "moving" if found.moves and has_ffmpeg() else "picture"


async def _recognised(database: Database, path: Path) -> FileType:
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


async def _set_aside(store: Store, file: Path, thumbnail: Path | None) -> Path:
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


async def _make_all(folder: Path, task: str, format: str, *, owner_id: int | None) -> Made:
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


async def _save(
    database: Database, owner_id: int, store: Store, *, folder: Path, made: Made, words: Words
) -> Media:
    """Move what was made into the store and write it down; both or nothing.

    When it is cancelled meanwhile, the row may be there already: then the files stay.
    """
    size = (folder / "main").stat().st_size
    key, preview_key = await take_in(store, folder, made)
    assert key is not None
    media = Media(
        owner_id=owner_id,
        key=key,
        preview_key=preview_key,
        size_bytes=size,
        **_columns(made),
        **words.values(),
    )
    try:
        async with database.transaction() as session:
            session.add(media)
    except Exception:
        store.remove(one for one in (key, preview_key) if one is not None)
        raise
    return media


def _columns(made: Made) -> dict[str, Any]:
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


async def change_file(
    database: Database, owner_id: int, media_id: int, *, words: Words, thumbnail: Path | None
) -> Media:
    """Change what a file of somebody says, and its preview, while it belongs to no post.

    Raises NotFound for another's, InvalidInput for what cannot be changed, StoreFull.
    """
    async with database.read() as session:
        require_free(await get_media_of(session, media_id, owner_id))
    store, preview = Store(database.settings), None
    if thumbnail is not None:
        preview = await _take_preview(database, store, thumbnail, owner_id=owner_id)
    try:
        async with database.transaction() as session:
            media = await get_free_media(session, media_id, owner_id)
            if preview is not None:
                await owe_removal(session, [media.preview_key])
            for name, value in (words.values() | (preview or {})).items():
                setattr(media, name, value)
            await session.flush()
    except Exception:
        if preview is not None:
            store.remove([preview["preview_key"]])
        raise
    return media


async def _take_preview(
    database: Database, store: Store, thumbnail: Path, *, owner_id: int
) -> dict[str, Any]:
    """Make a preview of a picture that came; return the columns that it changes."""
    found = await _recognised(database, thumbnail)
    if not found.is_picture:
        raise InvalidInput(WRONG_THUMBNAIL)
    folder = await _set_aside(store, thumbnail, None)
    try:
        made = await make(folder, "preview", found.format, owner_id=owner_id)
        _, key = await take_in(store, folder, made)
    finally:
        await asyncio.shield(clear(folder))
    return {
        "preview_key": key,
        "preview_width": made.preview_width,
        "preview_height": made.preview_height,
        "blurhash": made.blurhash,
    }


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
        made = await _make_all(folder, task, format, owner_id=owner_id)
        size = (folder / "main").stat().st_size
        keys = await take_in(store, folder, made)
        values = _columns(made) | {"key": keys[0], "preview_key": keys[1], "size_bytes": size}
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


async def receive_picture(database: Database, owner_id: int, *, file: Path, purpose: str) -> Media:
    """Take in a portrait (`avatar`) or a banner (`header`), cut to its shape; not yet saved.

    The caller saves the row with `replace_picture`, or removes the file. Raises as `receive_file`.
    """
    store = Store(database.settings)
    found = await _recognised(database, file)
    if not found.is_picture:
        raise InvalidInput(WRONG_TYPE)
    folder = await _set_aside(store, file, None)
    try:
        made = await make(folder, purpose, found.format, owner_id=owner_id)
        size = (folder / "main").stat().st_size
        key, preview_key = await take_in(store, folder, made)
        assert key is not None
    finally:
        await asyncio.shield(clear(folder))
    return Media(
        owner_id=owner_id,
        purpose=purpose,
        key=key,
        preview_key=preview_key,
        size_bytes=size,
        **_columns(made),
    )


async def replace_picture(
    session: AsyncSession, owner_id: int, purpose: str, media: Media | None
) -> None:
    """Make a picture somebody's portrait or banner, or none; the earlier one goes."""
    await delete_media(session, await list_pictures(session, owner_id, purpose))
    if media is not None:
        session.add(media)
    await session.flush()
