"""Counters of tries: in this process, or shared by all that serve one data folder.

With each process counting for itself, every limit would be multiplied by their number. Shared, a
try costs some microseconds more: a look into a mapped file, under a lock on 128 bytes of it.
Between machines nothing is shared: a load balancer in front of several keeps each caller with one.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Protocol

from core.clock import now

MAX_KEYS = 20_000
FILE_NAME = "limits.counts"
_SLOT = struct.Struct("<QII")
_SLOTS_A_BUCKET = 8
_BUCKET_BYTES = _SLOT.size * _SLOTS_A_BUCKET
BUCKETS = 16_384
_MOST = 2**32 - 1


class Counts(Protocol):
    """Where tries are counted."""

    def add(self, key: str, ends_at: int) -> int:
        """Count a try under a key that nobody asks for after `ends_at`; return how many it has."""


class OwnCounts:
    """Counters of this process alone; of too many keys, those that were idle longest go."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def add(self, key: str, ends_at: int) -> int:
        """Count a try."""
        count = self._counts.pop(key, 0) + 1
        self._counts[key] = count
        while len(self._counts) > MAX_KEYS:
            self._counts.popitem(last=False)
        return count

    def clear(self) -> None:
        """Forget every try."""
        self._counts.clear()


class SharedCounts:
    """Counters in a file that several processes have mapped; of too many keys, the least go."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises OSError where there is no room for it."""
        size = BUCKETS * _BUCKET_BYTES
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # A hole that cannot be filled on a full disk would end the process at its first touch.
            os.posix_fallocate(self._file, 0, size)
            self._map = mmap.mmap(self._file, size)
        except OSError:
            os.close(self._file)
            raise

    def add(self, key: str, ends_at: int) -> int:
        """Count a try; other processes wait for the microseconds that it takes."""
        hashed = hashlib.blake2b(key.encode(), digest_size=16).digest()
        tag = int.from_bytes(hashed[:8], "little") or 1
        offset = int.from_bytes(hashed[8:], "little") % BUCKETS * _BUCKET_BYTES
        fcntl.lockf(self._file, fcntl.LOCK_EX, _BUCKET_BYTES, offset)
        try:
            return self._add(tag, offset, ends_at)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN, _BUCKET_BYTES, offset)

    def _add(self, tag: int, offset: int, ends_at: int) -> int:
        slots = list(_SLOT.iter_unpack(self._map[offset : offset + _BUCKET_BYTES]))
        moment = int(now().timestamp())
        chosen, count = 0, 0
        least = _MOST + 1
        for number, (held, until, tries) in enumerate(slots):
            if held == tag:
                chosen, count = number, tries
                break
            weight = tries if until > moment else 0
            if weight < least:
                chosen, least = number, weight
        count = min(count + 1, _MOST)
        _SLOT.pack_into(self._map, offset + chosen * _SLOT.size, tag, ends_at, count)
        return count

    def close(self) -> None:
        """Let go of the file; what is counted in it stays."""
        self._map.close()
        os.close(self._file)
