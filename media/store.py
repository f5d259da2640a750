"""Files on the disk, in the data folder: random names, whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import TemporaryError
from core.settings import Settings

KEY = re.compile(r"[0-9a-f]{40}\.[a-z0-9]{1,5}")
# So much of a disk is left for the database, and for whatever else lies on it.
RESERVE_BYTES = 512 * 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class StoreFull(TemporaryError):
    """There is no room on the disk. Door: 507."""


class Store:
    """The files of one instance: `root/ab/cd/abcd….webp`, and `root/incoming` for what is made."""

    def __init__(self, settings: Settings, *, reserve_bytes: int | None = None) -> None:
        self._reserve_bytes = RESERVE_BYTES if reserve_bytes is None else reserve_bytes
        self.root = settings.data_dir.resolve() / "media"
        self.incoming = self.root / "incoming"

    def path_of(self, key: str) -> Path | None:
        """Return where a file lies, or would lie; None for what is no key of ours (F18)."""
        if not KEY.fullmatch(key):
            return None
        return self.root / key[:2] / key[2:4] / key

    def take_in(self, made: Path, suffix: str) -> str:
        """Move a finished file of this disk into the store under a new key, and return that.

        Raises StoreFull when there is no room.
        """
        key = new_key(suffix)
        path = self.root / key[:2] / key[2:4] / key
        with full_disk_told():
            path.parent.mkdir(parents=True, exist_ok=True)
            _settle(made)
            made.rename(path)
            _settle(path.parent)
        return key

    def begin(self) -> Path:
        """Make a private folder in which a file is received and made; the caller removes it.

        Raises StoreFull when there is no room beside what is left for the rest.
        """
        with full_disk_told():
            self.incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            if shutil.disk_usage(self.incoming).free < self._reserve_bytes:
                raise StoreFull("there is no room for files but what is left for the rest")
            folder = self.incoming / secrets.token_hex(16)
            folder.mkdir(mode=0o700)
        return folder

    def keep(self, folder: Path) -> None:
        """Wait until a folder that was begun is on the disk with its files: it is acknowledged."""
        with full_disk_told():
            for path in (*folder.rglob("*"), folder, self.incoming):
                _settle(path)

    def remove(self, keys: Iterable[str]) -> None:
        """Remove files; those that are not there are gone already."""
        for key in keys:
            path = self.path_of(key)
            if path is not None:
                path.unlink(missing_ok=True)


def new_key(suffix: str) -> str:
    """Make a name that nobody guesses; `suffix` is ours, as `webp`."""
    return f"{secrets.token_hex(20)}.{suffix}"


@contextmanager
def full_disk_told() -> Iterator[None]:
    """Raise StoreFull for what the system says when a disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreFull("there is no room for files") from error
        raise


def _settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk: what is acknowledged stays."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
