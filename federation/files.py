"""Files of other hosts: streamed into a file of ours, within a limit, and only of kinds we show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import aiohttp

from core.errors import FetchFailed, TooLarge, UnsupportedType

FILE_ACCEPT = "image/*, video/*, audio/*"
# Enough to tell what a file is; what its host says it is counts for nothing.
HEAD_BYTES = 4096
_PART_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class FileKind:
    """What a file is by its first bytes, and how large one of its kind may be."""

    mime: str
    max_bytes: int


KindOf = Callable[[bytes], FileKind | None]


@dataclass(frozen=True, slots=True)
class Download:
    """A file that came: `mime` as its first bytes tell, `url` where it was in the end."""

    mime: str
    size_bytes: int
    url: str


@dataclass(slots=True)
class Receiver:
    """Takes one answer in; `kind_of` tells what it is, None for what is refused."""

    into: BinaryIO
    kind_of: KindOf
    kind: FileKind | None = None
    size_bytes: int = 0

    async def read(self, answer: aiohttp.ClientResponse) -> bytes:
        """Write the file of an answer; nothing of any answer but a 200.

        Raises TooLarge, UnsupportedType, and FetchFailed for what came compressed.
        """
        if answer.status != 200:
            answer.close()
            return b""
        try:
            await self._receive(answer)
        except BaseException:
            # What is still coming is not waited for.
            answer.close()
            raise
        return b""

    async def _receive(self, answer: aiohttp.ClientResponse) -> None:
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", ""):
            raise FetchFailed(f"{answer.url}: compressed, which was not asked for")
        head = bytearray()
        async for part in answer.content.iter_chunked(_PART_BYTES):
            if self.kind is not None:
                await self._write(part, answer)
                continue
            head += part
            if len(head) >= HEAD_BYTES:
                await self._begin(bytes(head), answer)
        if self.kind is None:
            await self._begin(bytes(head), answer)

    async def _begin(self, head: bytes, answer: aiohttp.ClientResponse) -> None:
        self.kind = self.kind_of(head[:HEAD_BYTES])
        if self.kind is None:
            raise UnsupportedType(f"{answer.url}: not a kind of file that is shown")
        self._require_room(answer.content_length or 0, answer)
        await self._write(head, answer)

    async def _write(self, part: bytes, answer: aiohttp.ClientResponse) -> None:
        self.size_bytes += len(part)
        self._require_room(self.size_bytes, answer)
        await asyncio.to_thread(self.into.write, part)

    def _require_room(self, size: int, answer: aiohttp.ClientResponse) -> None:
        assert self.kind is not None
        if size > self.kind.max_bytes:
            raise TooLarge(f"{answer.url}: larger than {self.kind.max_bytes} bytes")
