"""Bodies of requests at the pace at which they are read: what is not read yet stays outside.

Quart takes in whatever comes while a handler is busy. A film that somebody uploads would be in
memory whole when the disk is slower than the network.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from hypercorn.typing import ASGIReceiveCallable
from quart import Request
from quart.asgi import ASGIHTTPConnection
from quart.wrappers.request import Body

# More than any body that is read in one go (1 MiB), and little for a film.
MAX_WAITING_BYTES = 2 * 1024 * 1024


class PacedBody(Body):
    """A body that tells when there is room for more."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self._is_read = asyncio.Event()
        self._wants_whole = False

    async def __anext__(self) -> bytes:
        try:
            return await super().__anext__()
        finally:
            self._is_read.set()

    def __await__(self) -> Generator[Any, None, Any]:
        # Who waits for the whole reads no parts: the rest comes in.
        self._is_read.set()
        self._wants_whole = True
        return super().__await__()

    async def room(self) -> None:
        """Wait until what has come is read, or is little."""
        while len(self._data) > MAX_WAITING_BYTES and not self._wants_whole:
            self._is_read.clear()
            await self._is_read.wait()

    def append_little(self, part: bytes) -> None:
        """Take a part in where there is room, and drop it elsewhere: for what cannot wait."""
        if len(self._data) + len(part) <= MAX_WAITING_BYTES:
            self.append(part)


class PacedRequest(Request):
    """A request whose body is paced."""

    body_class = PacedBody


class PacedConnection(ASGIHTTPConnection):
    """Takes in no more of a body than is read."""

    async def handle_messages(self, request: Request, receive: ASGIReceiveCallable) -> None:
        """Give a request the parts of its body as they come; end when the client has gone."""
        while True:
            message = await receive()
            if message["type"] == "http.request":
                body, part = request.body, message.get("body", b"")
                # A GET may be a stream that reads nothing, and must see its client go.
                is_awaited = request.method not in {"GET", "HEAD"}
                if is_awaited or not isinstance(body, PacedBody):
                    body.append(part)
                else:
                    body.append_little(part)
                if not message.get("more_body", False):
                    body.set_complete()
                elif is_awaited and isinstance(body, PacedBody):
                    await body.room()
            elif message["type"] == "http.disconnect":
                return
