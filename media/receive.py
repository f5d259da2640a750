"""From a file that somebody sent to a row and what is served of it; nothing is kept of the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from db.session import AsyncSession, Database
from media.intake import (
    WRONG_THUMBNAIL,
    WRONG_TYPE,
    columns_of,
    make_all,
    recognised,
    set_aside,
)
from media.kinds import FileType, has_ffmpeg
from media.making import Made, clear, make, take_in
from media.models import Media, MediaKind
from media.queries import (
    count_free_bytes,
    get_free_media,
    get_media_of,
    list_pictures,
    require_free,
)
from media.store import Store, new_key
from media.upload import delete_media, owe_removal
from media.waiting import make_later
from media.words import Words

# Of what one person has sent and attached to nothing: more than any post, and no disk.
MAX_FREE_BYTES = 1024**3
TOO_MUCH = "Validation failed: Too many files are attached to nothing. Post or delete some first"


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
    found = await recognised(database, file)
    if thumbnail is not None and not (await recognised(database, thumbnail)).is_picture:
        raise InvalidInput(WRONG_THUMBNAIL)
    task, size = _task(found), (await asyncio.to_thread(file.stat)).st_size
    async with database.read() as session:
        if await count_free_bytes(session, owner_id) + size > MAX_FREE_BYTES:
            raise InvalidInput(TOO_MUCH)
    folder = await set_aside(store, file, thumbnail)
    if waits or task in {"picture", "document"}:
        try:
            made = await make_all(folder, task, found.format, owner_id=owner_id)
            return await _save(database, owner_id, store, folder=folder, made=made, words=words)
        finally:
            await asyncio.shield(clear(folder))
    kind = MediaKind.GIFV if task == "moving" else found.kind
    media = Media(
        owner_id=owner_id, kind=kind, key=new_key("part"), size_bytes=size, **words.values()
    )
    await make_later(database, media, folder, task=task, format=found.format)
    return media


def _task(found: FileType) -> str:
    if not found.is_picture:
        return "document" if found.kind is MediaKind.DOCUMENT else "film"
    return "moving" if found.moves and has_ffmpeg() else "picture"


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
        **columns_of(made),
        **words.values(),
    )
    try:
        async with database.transaction() as session:
            session.add(media)
    except Exception:
        store.remove(one for one in (key, preview_key) if one is not None)
        raise
    return media


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
    found = await recognised(database, thumbnail)
    if not found.is_picture:
        raise InvalidInput(WRONG_THUMBNAIL)
    folder = await set_aside(store, thumbnail, None)
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


async def receive_picture(database: Database, owner_id: int, *, file: Path, purpose: str) -> Media:
    """Take in a portrait (`avatar`) or a banner (`header`), cut to its shape; not yet saved.

    The caller saves the row with `replace_picture`, or removes the file. Raises as `receive_file`.
    """
    store = Store(database.settings)
    found = await recognised(database, file)
    if not found.is_picture:
        raise InvalidInput(WRONG_TYPE)
    folder = await set_aside(store, file, None)
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
        **columns_of(made),
    )


@asynccontextmanager
async def received_pictures(
    database: Database, owner_id: int, files: Mapping[str, Path]
) -> AsyncIterator[dict[str, Media]]:
    """Take in portrait and banner, by purpose, for rows that the block saves.

    When the block fails, they are removed; not when it is cancelled, as their rows may be there
    already: the sweep looks. Raises InvalidInput for what is no picture, StoreFull.
    """
    received: dict[str, Media] = {}
    try:
        for purpose, file in files.items():
            received[purpose] = await receive_picture(
                database, owner_id, file=file, purpose=purpose
            )
        yield received
    except Exception:
        store = Store(database.settings)
        for media in received.values():
            store.remove(key for key in (media.key, media.preview_key) if key is not None)
        raise


async def replace_picture(
    session: AsyncSession, owner_id: int, purpose: str, media: Media | None
) -> None:
    """Make a picture somebody's portrait or banner, or none; the earlier one goes."""
    await delete_media(session, await list_pictures(session, owner_id, purpose))
    if media is not None:
        session.add(media)
    await session.flush()
