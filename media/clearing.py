"""What nobody needs is removed: forgotten uploads, and files that no row names any more."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.clock import now
from db.session import Database
from federation.client import Client
from media.queries import find_known_keys, list_forgotten
from media.store import Store
from media.upload import delete_media

KEEP_UNATTACHED = timedelta(days=1)
# Older than anything that is still being made, or waits for its row.
KEEP_UNKNOWN = timedelta(days=1)
A_SLICE = 100


async def remove_files(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    """Remove files from the disk that no row names any more."""
    store = Store(database.settings)
    await asyncio.to_thread(store.remove, [str(key) for key in payload["keys"]])


async def forget_unattached(database: Database) -> None:
    """Forget what was uploaded a day ago and belongs to no post, neither now nor later."""
    while True:
        async with database.transaction() as session:
            rows = await list_forgotten(session, now() - KEEP_UNATTACHED, A_SLICE)
            await delete_media(session, rows)
        if len(rows) < A_SLICE:
            return


async def sweep(database: Database) -> None:
    """Remove what a process that was killed left behind: half files, and files without a row."""
    store = Store(database.settings)
    await asyncio.to_thread(_sweep_incoming, store)
    for keys in await asyncio.to_thread(lambda: list(_old_files(store))):
        async with database.read() as session:
            known = await find_known_keys(session, keys)
        await asyncio.to_thread(store.remove, [key for key in keys if key not in known])


def _sweep_incoming(store: Store) -> None:
    for folder in _entries(store.incoming):
        if _is_old(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _old_files(store: Store) -> Iterator[list[str]]:
    """Return the keys of files that lie long enough to have a row, some at a time."""
    keys: list[str] = []
    for first in _entries(store.root):
        if len(first.name) != 2:
            continue
        for second in _entries(first):
            keys += [path.name for path in _entries(second) if _is_old(path)]
            if len(keys) >= A_SLICE:
                yield keys
                keys = []
    if keys:
        yield keys


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.lstat().st_mtime > KEEP_UNKNOWN.total_seconds()
    except FileNotFoundError:
        return False
