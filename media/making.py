"""Files made anew, seen from the server: a sandboxed process for each, two at a time (F09)."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from core.errors import InvalidInput, TemporaryError
from core.logging import get_logger
from media.kinds import PROGRAMS
from media.models import MediaKind
from media.store import Store, StoreFull

AT_ONCE = 2
# One place is left for pictures, whose owners wait for them.
FILMS_AT_ONCE = AT_ONCE - 1
# For a place; together with the making of a film it is less than a job may take.
PLACE_S = 10.0
PICTURE_S = 60.0
# Less than a job may take.
FILM_S = 100.0
MAX_ANSWER_BYTES = 64 * 1024
# By which a process says that the disk is full.
FULL = 28
SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    # Others' films and sounds, which are passed on as they are.
    "video/webm": "webm",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
    "audio/wav": "wav",
    "application/pdf": "pdf",
}
_ROOT = Path(__file__).resolve().parent.parent
_told: set[str] = set()
log = get_logger(__name__)


class NoPlace(TemporaryError):
    """Too much is being made at the moment, which is not the file's fault. Door: 503."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of a file: `main` and `preview` in its folder, where they have a type."""

    kind: MediaKind
    mime: str = ""
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    frame_rate: float | None = None
    bitrate: int | None = None
    preview_mime: str = ""
    preview_width: int | None = None
    preview_height: int | None = None
    blurhash: str | None = None


async def make(folder: Path, task: str, format: str, *, owner_id: int | None = None) -> Made:
    """Make what is served of the file `in` of a folder; `task` is one of `media.process.TASKS`.

    Of an owner's files one is made at a time. Raises InvalidInput, with the reason, for what is
    refused, is not there any more, or took too long or too much; StoreFull when there is no room
    on the disk, NoPlace when too much is being made.
    """
    is_film = task in {"film", "moving"}
    async with _place(is_film=is_film, owner_id=owner_id):
        if not (folder / "in").exists():
            raise InvalidInput("Validation failed: File is not there any more")
        try:
            code = await _run(folder, task, format, timeout_s=FILM_S if is_film else PICTURE_S)
        except OSError as error:
            raise NoPlace("no process can be begun for a file") from error
    if code == FULL:
        raise StoreFull("there is no room for files")
    answer = _read_answer(folder)
    if answer is None:
        log.warning("a file could not be processed", task=task, format=format, code=code)
        raise InvalidInput("Validation failed: File could not be processed")
    _tell_missing(answer.get("missing", []))
    if "refused" in answer:
        raise InvalidInput(f"Validation failed: File: {str(answer['refused'])[:200]}")
    return _made(folder, answer)


async def take_in(store: Store, folder: Path, made: Made) -> tuple[str | None, str | None]:
    """Move what was made into the store; return the keys of the file and of its preview."""
    kept = []
    try:
        for name, mime in (("main", made.mime), ("preview", made.preview_mime)):
            key = None
            if mime:
                key = await asyncio.to_thread(store.take_in, folder / name, SUFFIXES[mime])
            kept.append(key)
    except BaseException:
        store.remove(key for key in kept if key is not None)
        raise
    return kept[0], kept[1]


async def clear(folder: Path) -> None:
    """Remove a folder with what is in it."""
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@dataclass(slots=True)
class _Places:
    """Where files are made in one process: whoever waits at one of these holds none after it."""

    all: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    films: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FILMS_AT_ONCE))
    owners: WeakValueDictionary[int, asyncio.Lock] = field(default_factory=WeakValueDictionary)


_places: WeakKeyDictionary[asyncio.AbstractEventLoop, _Places] = WeakKeyDictionary()


@asynccontextmanager
async def _place(*, is_film: bool, owner_id: int | None) -> AsyncIterator[None]:
    """Hold a place within the block; raises NoPlace when there is none for a while."""
    places = _places.setdefault(asyncio.get_running_loop(), _Places())
    async with AsyncExitStack() as held:
        try:
            async with asyncio.timeout(PLACE_S):
                if owner_id is not None:
                    # First: what one person sends in great number stands in nobody's way.
                    turn = places.owners.setdefault(owner_id, asyncio.Lock())
                    await held.enter_async_context(turn)
                if is_film:
                    await held.enter_async_context(places.films)
                await held.enter_async_context(places.all)
        except TimeoutError as error:
            raise NoPlace("too many files are being made at the moment") from error
        yield


async def _run(folder: Path, task: str, format: str, *, timeout_s: float) -> int:
    """Run the process to its end; whatever happens, nothing of it is left running."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-s", "-P", "-B", "-m", "media.process", str(folder), task, format),
        env={
            "PYTHONPATH": str(_ROOT),
            "PATH": PROGRAMS,
            "LANG": "C.UTF-8",
            "TMPDIR": str(folder),
        },
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(timeout_s):
            return await process.wait()
    except TimeoutError:
        return -signal.SIGKILL
    finally:
        _kill(process.pid)
        await asyncio.shield(process.wait())


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _read_answer(folder: Path) -> dict[str, Any] | None:
    path = folder / "made.json"
    if not _is_plain(path) or path.stat().st_size > MAX_ANSWER_BYTES:
        return None
    try:
        answer = json.loads(path.read_bytes())
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _is_plain(path: Path) -> bool:
    """Tell whether something is a file, and no link to one: what made it may have been taken."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1


def _made(folder: Path, answer: dict[str, Any]) -> Made:
    made = Made(
        kind=MediaKind(answer["kind"]),
        mime=str(answer.get("mime") or ""),
        preview_mime=str(answer.get("preview_mime") or ""),
        blurhash=str(answer["blurhash"])[:100] if answer.get("blurhash") else None,
        duration_s=_number(answer, "duration_s"),
        frame_rate=_number(answer, "frame_rate"),
        bitrate=_whole(answer, "bitrate"),
        width=_whole(answer, "width"),
        height=_whole(answer, "height"),
        preview_width=_whole(answer, "preview_width"),
        preview_height=_whole(answer, "preview_height"),
    )
    for name, mime in (("main", made.mime), ("preview", made.preview_mime)):
        if mime and (mime not in SUFFIXES or not _is_plain(folder / name)):
            raise InvalidInput("Validation failed: File could not be processed")
    return made


def _number(answer: dict[str, Any], name: str) -> float | None:
    value = answer.get(name)
    return float(value) if isinstance(value, int | float) and abs(value) < 1e12 else None


def _whole(answer: dict[str, Any], name: str) -> int | None:
    value = _number(answer, name)
    return int(value) if value is not None else None


def _tell_missing(missing: list[Any]) -> None:
    for line in missing:
        if line not in _told:
            _told.add(line)
            log.warning("the sandbox of uploads is weaker here", missing=str(line)[:200])
