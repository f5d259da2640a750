"""Portraits and banners as clients send them: with a form, or in JSON as a data URI."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from actors.pictures import PURPOSES
from api.routing import Call
from core.errors import InvalidInput
from media.intake import WRONG_TYPE
from media.making import clear
from media.models import Media
from media.receive import received_pictures
from media.store import Store, full_disk_told


@asynccontextmanager
async def own_pictures(call: Call) -> AsyncIterator[dict[str, Media]]:
    """Take in the pictures of a request, by their purpose, for rows that the block saves.

    As `received_pictures`, which says what becomes of them when the block fails.
    """
    if not any(call.file(purpose) or call.fields.text(purpose) for purpose in PURPOSES):
        yield {}
        return
    services = call.services
    folder = await asyncio.to_thread(Store(services.settings).begin)
    try:
        found = {
            purpose: call.file(purpose) or await _spelled_out(call, purpose, folder)
            for purpose in PURPOSES
        }
        files = {purpose: file for purpose, file in found.items() if file is not None}
        async with received_pictures(services.database, call.me.actor.id, files) as pictures:
            yield pictures
    finally:
        await asyncio.shield(clear(folder))


async def _spelled_out(call: Call, name: str, folder: Path) -> Path | None:
    """Write what a text holds, `data:image/png;base64,…`, to a file; None without such a text."""
    text = call.fields.text(name)
    if not text:
        return None
    kind, comma, data = text.partition(",")
    if not comma or not kind.startswith("data:") or not kind.endswith(";base64"):
        raise InvalidInput(WRONG_TYPE)
    try:
        decoded = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput(WRONG_TYPE) from error
    path = folder / name
    with full_disk_told():
        await asyncio.to_thread(path.write_bytes, decoded)
    return path
