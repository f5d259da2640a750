"""Live events: how long after the answer to a post its followers' sockets have it."""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import orjson
from websockets.asyncio.client import ClientConnection, connect

from actors.follows import save_follow
from bench.figures import Figure
from bench.house import in_database, instance, make_person
from bench.limits import Limits
from db.session import AsyncSession
from instances import Instance

SOCKETS = (1, 200)
POSTS = 20
PAUSE_S = 0.2


def run(folder: Path, _limits: Limits) -> list[Figure]:
    """Measure the delay to the last of some sockets, and the CPU of the server for one event."""
    figures = []
    for count in SOCKETS:
        server = instance(folder, f"streaming-{count}")
        author, readers = in_database(server, lambda session, n=count: _fill(session, n))
        with server:
            delays, used = asyncio.run(_measure(server, author, readers))
        name = f"{count} socket{'s' if count > 1 else ''}"
        figures += [
            Figure(f"from the answer to a post to its event, {name}",
                   statistics.median(delays), "ms", 100),
            Figure(f"  the slowest of {POSTS} posts", max(delays), "ms"),
            Figure("  CPU of the server for post and events", used, "ms"),
        ]  # fmt: skip
    return figures


async def _fill(session: AsyncSession, count: int) -> tuple[str, list[str]]:
    author, _, token = await make_person(session, "author")
    readers = []
    for number in range(count):
        reader, _, bearer = await make_person(session, f"reader{number}")
        await save_follow(session, reader, author, uri=f"{reader.uri}/f", accepted=True)
        readers.append(bearer)
    return token, readers


async def _measure(
    server: Instance, author: str, readers: list[str]
) -> tuple[list[float], float]:
    """Return the milliseconds to the last socket for each post, and of CPU for one of them."""
    headers = {"authorization": f"Bearer {author}", "host": server.host}
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(_connect(server, one)) for one in readers]
        http = await stack.enter_async_context(aiohttp.ClientSession(headers=headers))
        await _once(server, http, sockets)
        before = server.cpu_s()
        delays = [await _once(server, http, sockets) for _ in range(POSTS)]
        used = server.cpu_s() - before
    return delays, used * 1000 / POSTS


def _connect(server: Instance, bearer: str) -> connect:
    url = f"ws://127.0.0.1:{server.port}/api/v1/streaming?stream=user"
    return connect(
        url, additional_headers={"authorization": f"Bearer {bearer}"}, compression=None
    )


async def _once(
    server: Instance, http: aiohttp.ClientSession, sockets: list[ClientConnection]
) -> float:
    """Write a post; return after how many milliseconds the last socket had it."""
    waiting = [asyncio.create_task(_arrival(socket)) for socket in sockets]
    body = {"status": "Avez-vous déjà vu cela ?", "visibility": "public"}
    async with http.post(f"{server.url}/api/v1/statuses", json=body) as answer:
        assert answer.status == 200, await answer.text()
    answered = time.perf_counter()
    arrived = await asyncio.wait_for(asyncio.gather(*waiting), 30)
    await asyncio.sleep(PAUSE_S)
    return max(0.0, max(arrived) - answered) * 1000


async def _arrival(socket: ClientConnection) -> float:
    event = orjson.loads(await socket.recv())["event"]
    assert event == "update", event
    return time.perf_counter()
