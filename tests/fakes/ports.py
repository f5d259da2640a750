"""Sockets that misbehave below HTTP: one that counts who connects, one that says what it is told.

    async with listener() as (port, connected): …          # nobody may connect
    async with raw_server(answer) as port: …               # `await answer(reader, writer)`
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listener(host: str = "0.0.0.0", port: int = 0) -> AsyncIterator[tuple[int, list]]:
    """Count who connects: at 127.0.0.1 and every other loopback address, or at `host` only."""
    connected: list = []

    async def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.append(writer.get_extra_info("sockname"))
        writer.close()

    server = await asyncio.start_server(note, host, port)
    async with server:
        yield server.sockets[0].getsockname()[1], connected


@asynccontextmanager
async def raw_server(
    answer: Answer, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Answer each connection as `answer` does, once the head of a request has come."""
    working: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        working.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await reader.readuntil(b"\r\n\r\n")
            await answer(reader, writer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in working:
            task.cancel()
