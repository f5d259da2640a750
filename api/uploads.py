"""Files that a client sends with a form: written to the disk as they come, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from quart import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from api.errors import ApiError
from core.errors import InvalidInput
from core.settings import Settings
from media.kinds import largest_upload
from media.making import clear
from media.store import Store, full_disk_told

# With a slow line from a ward, a film takes its time.
UPLOAD_S = 600.0
MAX_TEXT_BYTES = 1024 * 1024
MAX_PARTS = 200
# So much is looked through at a time.
SLICE_BYTES = 256 * 1024
TOO_LARGE = "The file is too large"
# The parts that may be files, and whether only pictures come so.
_NAMES: Mapping[str, bool] = {"file": False, "thumbnail": True, "avatar": True, "header": True}


class Upload:
    """What came with one form: its texts in order, and its files by the name of their part.

    Their folder is ours; what the client calls its files is never looked at (F18).
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pairs: list[tuple[str, str]] = []
        self.files: dict[str, Path] = {}

    async def drop(self) -> None:
        """Remove what is left of it from the disk."""
        await clear(self.folder)


def is_form_with_files(request: Request) -> bool:
    """Tell whether a request is a form that may bring files."""
    return (request.mimetype or "").lower() == "multipart/form-data"


async def read_upload(
    request: Request, settings: Settings, *, count: Callable[[], object]
) -> Upload:
    """Read a multipart form; `count` is called once when it brings a file, and may refuse.

    Raises ApiError 413 for what is larger than the limits, 408 or 400 for what cannot be read,
    and StoreFull. Of what is refused nothing stays on the disk.
    """
    most = largest_upload(settings) + settings.max_image_bytes + MAX_TEXT_BYTES
    if (request.content_length or 0) > most:
        raise ApiError(413, TOO_LARGE)
    upload = Upload(await asyncio.to_thread(Store(settings).begin))
    reader = _Reader(upload, settings, count)
    try:
        # A file that is closed may meet the full disk once more.
        with full_disk_told():
            async with asyncio.timeout(UPLOAD_S):
                await reader.read(request)
    except BaseException as error:
        await asyncio.shield(upload.drop())
        if isinstance(error, TimeoutError):
            raise ApiError(408, "The request took too long") from error
        if isinstance(error, RequestEntityTooLarge):
            raise ApiError(413, TOO_LARGE) from error
        if isinstance(error, (HTTPException, ValueError)):
            raise ApiError(400, "The form cannot be read") from error
        raise
    return upload


class _Reader:
    """Reads the parts of one form."""

    def __init__(self, upload: Upload, settings: Settings, count: Callable[[], object]) -> None:
        self._upload = upload
        self._largest, self._picture = largest_upload(settings), settings.max_image_bytes
        self._count = count
        self._opened = ExitStack()
        self._name = ""
        self._into: BinaryIO | bytearray | None = None
        self._left = self._texts_left = MAX_TEXT_BYTES

    async def read(self, request: Request) -> None:
        boundary = request.mimetype_params.get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("there is no boundary")
        decoder = MultipartDecoder(boundary, 4 * SLICE_BYTES, max_parts=MAX_PARTS)
        with self._opened:
            async for part in request.body:
                for at in range(0, len(part), SLICE_BYTES):
                    decoder.receive_data(part[at : at + SLICE_BYTES])
                    while not isinstance(event := decoder.next_event(), (NeedData, Epilogue)):
                        await self._take(event)
            decoder.receive_data(None)
            if not isinstance(decoder.next_event(), Epilogue):
                raise ValueError("the form ends in the middle")

    async def _take(self, event: Event) -> None:
        if isinstance(event, File):
            self._begin_file(event)
        elif isinstance(event, Field):
            self._name, self._into = event.name or "", bytearray()
        elif isinstance(event, Data):
            await self._write(event)

    def _begin_file(self, event: File) -> None:
        self._into = None
        if not event.filename:
            # What a page sends for a file that nobody chose.
            return
        if event.name not in _NAMES or event.name in self._upload.files:
            raise InvalidInput("Validation failed: a file that is not expected")
        if not self._upload.files:
            self._count()
        self._left = self._picture if _NAMES[event.name] else self._largest
        path = self._upload.folder / event.name
        with full_disk_told():
            self._into = self._opened.enter_context(path.open("xb"))
        self._upload.files[event.name] = path

    async def _write(self, event: Data) -> None:
        into = self._into
        if isinstance(into, bytearray):
            self._texts_left -= len(event.data)
            if self._texts_left < 0:
                raise ApiError(413, "The request is too large")
            into += event.data
            if not event.more_data:
                self._upload.pairs.append((self._name, into.decode("utf-8", "replace")))
        elif into is not None:
            self._left -= len(event.data)
            if self._left < 0:
                raise ApiError(413, TOO_LARGE)
            with full_disk_told():
                await asyncio.to_thread(into.write, event.data)
                if not event.more_data:
                    into.close()
