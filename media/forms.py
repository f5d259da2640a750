"""Forms that bring files: written to the disk as they come, within limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from quart import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from core.errors import InvalidDocument, InvalidInput, ServerError, TemporaryError, TooLarge
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
UNEXPECTED = "Validation failed: a file that is not expected"


class TooSlow(TemporaryError):
    """A form did not come within UPLOAD_S. Door: 408."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Which parts of a form may be files: of `pictures` only such come, `most` under each name.

    With `is_lenient` a file that cannot be taken is left out, and the rest of the form is read.
    """

    files: Collection[str] = ()
    pictures: Collection[str] = ()
    most: int = 1
    is_lenient: bool = False

    def max_bytes(self, settings: Settings) -> int:
        """Return how large a whole form may be."""
        pictures = len(self.pictures) + len(self.files) * (self.most - 1)
        large = largest_upload(settings) if self.files else 0
        return large + pictures * settings.max_image_bytes + MAX_TEXT_BYTES


class ReadForm:
    """What came with one form: its texts in order, and its files by the name of their part.

    Their folder is ours; what the sender calls its files is never looked at (F18). `refused` is why
    a file was left out, the first one's reason.
    """

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.pairs: list[tuple[str, str]] = []
        self.files: dict[str, list[Path]] = {}
        self.refused: ServerError | None = None

    def file(self, name: str) -> Path | None:
        """Return the first file of a name; None when none came."""
        return next(iter(self.files.get(name, ())), None)

    async def drop(self) -> None:
        """Remove what is left of it from the disk."""
        if self.folder is not None:
            await clear(self.folder)


def is_form_with_files(request: Request) -> bool:
    """Tell whether a request is a form that may bring files."""
    return (request.mimetype or "").lower() == "multipart/form-data"


async def read_form_with_files(
    request: Request,
    settings: Settings,
    taken: Taken,
    *,
    count: Callable[[], object] = lambda: None,
) -> ReadForm:
    """Read a multipart form; `count` is called once when it brings a file, and may refuse.

    Raises TooLarge for what is larger than the limits, TooSlow, InvalidDocument for what cannot be
    read, InvalidInput for a file that is not `taken`, and StoreFull. Of what is refused nothing
    stays on the disk.
    """
    if (request.content_length or 0) > taken.max_bytes(settings):
        raise TooLarge(TOO_LARGE)
    form = ReadForm()
    reader = _Reader(form, settings, taken, count)
    try:
        # A file that is closed may meet the full disk once more.
        with full_disk_told():
            async with asyncio.timeout(UPLOAD_S):
                await reader.read(request)
    except BaseException as error:
        await asyncio.shield(form.drop())
        if isinstance(error, TimeoutError):
            raise TooSlow("The request took too long") from error
        if isinstance(error, RequestEntityTooLarge):
            raise TooLarge(TOO_LARGE) from error
        if isinstance(error, (HTTPException, ValueError)):
            raise InvalidDocument("The form cannot be read") from error
        raise
    return form


class _Reader:
    """Reads the parts of one form."""

    def __init__(
        self, form: ReadForm, settings: Settings, taken: Taken, count: Callable[[], object]
    ) -> None:
        self._form, self._taken, self._settings = form, taken, settings
        self._count = count
        self._opened = ExitStack()
        self._name = ""
        self._path: Path | None = None
        self._into: BinaryIO | bytearray | None = None
        self._left = 0
        self._texts_left = MAX_TEXT_BYTES
        self._all_left = taken.max_bytes(settings)

    async def read(self, request: Request) -> None:
        boundary = request.mimetype_params.get("boundary", "").encode("ascii")
        if not boundary:
            raise ValueError("there is no boundary")
        decoder = MultipartDecoder(boundary, 4 * SLICE_BYTES, max_parts=MAX_PARTS)
        with self._opened:
            async for part in request.body:
                self._all_left -= len(part)
                if self._all_left < 0:
                    raise TooLarge(TOO_LARGE)
                for at in range(0, len(part), SLICE_BYTES):
                    decoder.receive_data(part[at : at + SLICE_BYTES])
                    while not isinstance(event := decoder.next_event(), (NeedData, Epilogue)):
                        await self._take(event)
            decoder.receive_data(None)
            if not isinstance(decoder.next_event(), Epilogue):
                raise ValueError("the form ends in the middle")

    async def _take(self, event: Event) -> None:
        try:
            if isinstance(event, File):
                await self._begin_file(event)
            elif isinstance(event, Field):
                self._name, self._into = event.name or "", bytearray()
            elif isinstance(event, Data):
                await self._write(event)
        except (InvalidInput, TooLarge, TemporaryError) as error:
            if not self._taken.is_lenient or isinstance(self._into, bytearray):
                raise
            self._leave_out(error)

    async def _begin_file(self, event: File) -> None:
        self._into = self._path = None
        if not event.filename:
            # What a page sends for a file that nobody chose.
            return
        name, taken = event.name, self._taken
        if name not in {*taken.files, *taken.pictures}:
            raise InvalidInput(UNEXPECTED)
        of_name = self._form.files.setdefault(name, [])
        if len(of_name) >= taken.most:
            raise InvalidInput(UNEXPECTED)
        if self._form.folder is None:
            self._count()
            self._form.folder = await asyncio.to_thread(Store(self._settings).begin)
        is_picture = name in taken.pictures
        largest = largest_upload(self._settings)
        self._left = self._settings.max_image_bytes if is_picture else largest
        self._path = self._form.folder / f"{name}-{len(of_name)}"
        with full_disk_told():
            self._into = self._opened.enter_context(self._path.open("xb"))
        of_name.append(self._path)

    async def _write(self, event: Data) -> None:
        into = self._into
        if isinstance(into, bytearray):
            self._texts_left -= len(event.data)
            if self._texts_left < 0:
                raise TooLarge("The request is too large")
            into += event.data
            if not event.more_data:
                self._form.pairs.append((self._name, into.decode("utf-8", "replace")))
        elif into is not None:
            self._left -= len(event.data)
            if self._left < 0:
                raise TooLarge(TOO_LARGE)
            with full_disk_told():
                await asyncio.to_thread(into.write, event.data)
                if not event.more_data:
                    into.close()

    def _leave_out(self, error: ServerError) -> None:
        """Read on without the file that is being read."""
        self._form.refused = self._form.refused or error
        if self._into is not None and not isinstance(self._into, bytearray):
            self._into.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
            for paths in self._form.files.values():
                if self._path in paths:
                    paths.remove(self._path)
        self._into = self._path = None
