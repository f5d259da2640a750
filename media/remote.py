"""Files of other hosts: fetched once when somebody here looks, made anew, and kept while used."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from core.clock import now
from core.errors import (
    HostRefused,
    InvalidDocument,
    InvalidInput,
    NotFound,
    ServerError,
    TemporaryError,
    UnsupportedType,
)
from core.logging import get_logger
from db.session import AsyncSession, Database
from federation.client import Client
from federation.files import FileKind
from federation.origin import host_of
from media.copies import (
    NOTED_EVERY,
    MadeCopy,
    find_copy,
    forget_beyond,
    held_bytes,
    is_due,
    note_failure,
    note_used,
    save_copy,
)
from media.kinds import HEAD_BYTES, FileType, max_bytes, recognise
from media.making import SUFFIXES, NoPlace, clear, make, take_in
from media.models import MediaKind, RemoteMedia
from media.store import Store, StoreFull, full_disk_told
from moderation.policy import may_take_media

# For the whole of a film; a picture is there in less, or not at all.
FETCH_S = 60.0
MAX_FETCHES = 16
# A host that is slow holds up its own files.
MAX_FETCHES_OF_A_HOST = 4
# With what waits: more than that is told to come again.
MAX_OPEN, MAX_OPEN_OF_A_HOST = 1000, 200
# Of those that make files anew one place is left for what people here send.
MAX_MAKING = 1
_UNSUPPORTED = UnsupportedType.__name__
# What is not decoded here is passed on under the type that its first bytes tell.
_FILMS_AND_SOUNDS = {
    (MediaKind.VIDEO, "mov"): "video/mp4",
    (MediaKind.VIDEO, "matroska"): "video/webm",
    (MediaKind.AUDIO, "mov"): "audio/mp4",
    (MediaKind.AUDIO, "ogg"): "audio/ogg",
    (MediaKind.AUDIO, "flac"): "audio/flac",
    (MediaKind.AUDIO, "wav"): "audio/wav",
    (MediaKind.AUDIO, "mp3"): "audio/mpeg",
}
log = get_logger(__name__)


class Copies:
    """The copies of one process: however many look at a file at once, it is fetched once."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client
        self._store = Store(database.settings)
        self._open: dict[str, asyncio.Task[RemoteMedia]] = {}
        self._open_of: Counter[str] = Counter()
        self._fetching = asyncio.Semaphore(MAX_FETCHES)
        self._fetching_of: dict[str, asyncio.Semaphore] = {}
        self._making = asyncio.Semaphore(MAX_MAKING)

    async def find(self, url: str) -> RemoteMedia | None:
        """Return our copy of a file, None where it has to be fetched.

        Raises NotFound for one that was not to be had a short while ago, UnsupportedType for one
        that is none we show, HostRefused where nothing is taken from its host.
        """
        host = _host(url)

        async def look(session: AsyncSession) -> RemoteMedia | None:
            if not await may_take_media(session, host):
                raise HostRefused(f"{host}: no files are taken from there")
            return await find_copy(session, url)

        known = await self._database.look(look)
        if known is None or self._is_lost(known):
            return None
        if known.key is None:
            if is_due(known):
                return None
            if known.error.startswith(_UNSUPPORTED):
                raise UnsupportedType(f"{url}: not a kind of file that is shown")
            raise NotFound(f"{url}: was not to be had")
        if now() - known.used_at >= NOTED_EVERY:
            await self._database.unit(partial(note_used, url_key=known.url_key))
        return known

    async def fetch(self, url: str) -> RemoteMedia:
        """Fetch a file and keep a copy; raises as `find`, StoreFull, and TemporaryError.

        Who goes away meanwhile does not end it for the others.
        """
        task = self._open.get(url)
        if task is None:
            host = _host(url)
            if len(self._open) >= MAX_OPEN or self._open_of[host] >= MAX_OPEN_OF_A_HOST:
                raise TemporaryError(f"{host}: too many files are waited for")
            task = self._open[url] = asyncio.create_task(self._fetch(url, host))
            self._open_of[host] += 1
            task.add_done_callback(partial(self._end, url, host))
        return await asyncio.shield(task)

    def path_of(self, copy: RemoteMedia, *, small: bool) -> Path:
        """Return where a copy lies, or the small still of it where there is one."""
        key = (copy.preview_key if small else None) or copy.key
        path = self._store.path_of(key) if key is not None else None
        if path is None:
            raise NotFound(f"{copy.url}: there is no copy")
        return path

    def _is_lost(self, copy: RemoteMedia) -> bool:
        """Tell whether a copy is written down whose file is gone, as after a restored backup."""
        path = self._store.path_of(copy.key) if copy.key is not None else None
        return path is not None and not path.exists()

    def _end(self, url: str, host: str, task: asyncio.Task[RemoteMedia]) -> None:
        self._open.pop(url, None)
        self._open_of[host] -= 1
        if self._open_of[host] <= 0:
            del self._open_of[host]
            self._fetching_of.pop(host, None)
        if not task.cancelled():
            # Nobody may be left who asks for it.
            task.exception()

    @asynccontextmanager
    async def _turn(self, host: str) -> AsyncIterator[None]:
        """Hold a place of a host's, and then one of all: who waits for the first holds none."""
        of_host = self._fetching_of.setdefault(host, asyncio.Semaphore(MAX_FETCHES_OF_A_HOST))
        async with of_host, self._fetching:
            yield

    async def _make_room(self) -> None:
        """Forget the copies that nobody looked at for longest, where there are too many."""
        most = self._database.settings.remote_media_bytes
        async with self._database.read() as session:
            is_over = await held_bytes(session) > most
        while is_over:
            is_over = await self._database.unit(partial(forget_beyond, max_bytes=most)) > 0

    async def _fetch(self, url: str, host: str) -> RemoteMedia:
        async with self._database.read() as session:
            known = await find_copy(session, url)
        lost_key = known.key if known is not None else None
        if known is not None and lost_key is not None and not self._is_lost(known):
            # Somebody was a moment earlier.
            return known
        async with self._turn(host):
            await self._make_room()
            folder = await asyncio.to_thread(self._store.begin)
            try:
                made = await self._make(url, folder)
            except (StoreFull, HostRefused, NoPlace):
                # None of these is the file's fault, nor lasting.
                raise
            except ServerError as error:
                reason = f"{type(error).__name__}: {error}"
                log.info("a file cannot be copied", host=host, reason=reason)
                await self._database.unit(
                    partial(note_failure, url=url, host=host, reason=reason, lost_key=lost_key)
                )
                if isinstance(error, UnsupportedType | InvalidInput):
                    raise UnsupportedType(f"{url}: not a kind of file that is shown") from error
                raise NotFound(f"{url}: is not to be had") from error
            finally:
                await clear(folder)
        return await self._keep(url, made, host=host, lost_key=lost_key)

    async def _keep(
        self, url: str, made: MadeCopy, *, host: str, lost_key: str | None
    ) -> RemoteMedia:
        async def save(session: AsyncSession) -> RemoteMedia | None:
            is_first = await save_copy(session, url, made, host=host, lost_key=lost_key)
            # What another process made meanwhile counts.
            return await find_copy(session, url) if is_first else None

        keys = [key for key in (made.key, made.preview_key) if key is not None]
        try:
            kept = await self._database.unit(save)
        except Exception:
            # Not when it is cancelled: the row may be there already.
            await asyncio.to_thread(self._store.remove, keys)
            raise
        if kept is not None:
            return kept
        await asyncio.to_thread(self._store.remove, keys)
        async with self._database.read() as session:
            theirs = await find_copy(session, url)
        if theirs is None:
            raise NotFound(f"{url}: there is no copy any more")
        return theirs

    async def _make(self, url: str, folder: Path) -> MadeCopy:
        """Fetch a file into a folder, and move what is made of it into the store."""
        kind = await self._download(url, folder / "in")
        if kind.kind is not MediaKind.IMAGE:
            mime = _FILMS_AND_SOUNDS[kind.kind, kind.format]
            size = (folder / "in").stat().st_size
            key = await asyncio.to_thread(self._store.take_in, folder / "in", SUFFIXES[mime])
            return MadeCopy(key, mime, size)
        async with self._making:
            made = await make(folder, "copy", kind.format)
        size = sum((folder / name).stat().st_size for name in ("main", "preview"))
        main, preview = await take_in(self._store, folder, made)
        assert main is not None
        return MadeCopy(
            main, made.mime, size, preview_key=preview, width=made.width, height=made.height
        )

    async def _download(self, url: str, path: Path) -> FileType:
        found: list[FileType] = []

        def kind_of(head: bytes) -> FileKind | None:
            kind = recognise(head[:HEAD_BYTES])
            if kind is None or kind.kind is MediaKind.DOCUMENT:
                return None
            found.append(kind)
            return FileKind(kind.format, max_bytes(self._database.settings, kind.kind))

        async def may_take_from(host: str) -> bool:
            return await self._database.look(lambda session: may_take_media(session, host))

        with full_disk_told(), _opened(path) as into:
            await self._client.download(
                url, into, kind_of=kind_of, timeout_s=FETCH_S, may_take_from=may_take_from
            )
        return found[-1]


def _opened(path: Path) -> BinaryIO:
    return path.open("wb")


def _host(url: str) -> str:
    try:
        return host_of(url)
    except InvalidDocument as error:
        raise NotFound("no address of a file") from error
