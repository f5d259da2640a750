"""A real server on loopback around the client API of a test, and clients of its streams."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api.entities.live import write_event
from cli.serve import server_config
from instances import free_port
from posts.timelines import fan_out
from writing import write

AT = "/api/v1/streaming"
# Long enough for a busy machine; what comes, comes within milliseconds.
SOON_S = 8.0
# As long as is waited for what must not come: it would come after that which is waited for first.
NOTHING_S = 0.4


@dataclass
class Told:
    """One event as a client reads it."""

    streams: list
    event: str
    payload: object

    @classmethod
    def read(cls, text):
        said = json.loads(text)
        assert "error" not in said, said
        return cls(said["stream"], said["event"], _payload(said.get("payload")))


def _payload(text):
    try:
        return json.loads(text) if text else text
    except ValueError:
        return text


async def arrive(house, author, html, **values):
    """Let a post of another host come in; returns its row."""
    async with house.database.transaction() as session:
        post = await write(session, author, content=html, **values)
        await fan_out(session, post, author)
        return post


class Socket:
    """A WebSocket of a client."""

    def __init__(self, connection):
        self.connection = connection

    async def say(self, kind, stream, **more):
        await self.connection.send(json.dumps({"type": kind, "stream": stream, **more}))

    async def subscribe(self, stream, **more):
        """Subscribe, and come back when that is done: what is said next is answered after it."""
        await self.say("subscribe", stream, **more)
        await self.settle()

    async def unsubscribe(self, stream, **more):
        await self.say("unsubscribe", stream, **more)
        await self.settle()

    async def settle(self):
        await self.connection.send("{}")
        answer = await self.raw()
        assert answer == {"error": "Unknown message type", "status": 422}, answer

    async def raw(self, timeout_s=SOON_S):
        return json.loads(await asyncio.wait_for(self.connection.recv(), timeout_s))

    async def next(self, timeout_s=SOON_S):
        return Told.read(await asyncio.wait_for(self.connection.recv(), timeout_s))

    async def quiet(self, timeout_s=NOTHING_S):
        """Tell that nothing comes; fails with what does."""
        try:
            told = await self.next(timeout_s)
        except TimeoutError:
            return True
        raise AssertionError(f"{told.event} came on {told.streams}: {told.payload}")

    async def closed(self, timeout_s=SOON_S):
        """Wait for the end; returns the close code, and fails when an event comes before it."""
        try:
            told = await asyncio.wait_for(self.connection.recv(), timeout_s)
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else 1006
        raise AssertionError(f"{told} came before the end")


@dataclass
class Server:
    """The API of a house, served by uvicorn as `consilium serve` would, and its hub."""

    house: object
    port: int = field(default_factory=free_port)

    @property
    def hub(self):
        return self.house.services.hub

    async def __aenter__(self):
        self._stop = asyncio.Event()
        config = server_config("127.0.0.1", self.port, lambda: self.house.app)
        self.server = uvicorn.Server(config)
        self._running = [
            asyncio.create_task(self.server.serve()),
            asyncio.create_task(self.hub.run(self.house.database, write_event, self._stop)),
        ]
        for _ in range(1000):
            if self.server.started:
                break
            await asyncio.sleep(0.01)
        self.http = aiohttp.ClientSession(f"http://127.0.0.1:{self.port}")
        return self

    async def __aexit__(self, *_):
        await self.http.close()
        await self.drain()
        self._stop.set()
        await asyncio.gather(*self._running)

    async def drain(self):
        self.server.should_exit = True
        await asyncio.wait([self._running[0]])

    def url(self, **query):
        return f"ws://127.0.0.1:{self.port}{AT}" + (f"?{urlencode(query)}" if query else "")

    @asynccontextmanager
    async def socket(self, program=None, stream=None, *, url=None, headers=(), **options):
        """Open a WebSocket as a program; subscribed when the block begins."""
        query = options.pop("query", {}) | ({"stream": stream} if stream else {})
        headers = dict(headers)
        if program is not None and program.bearer:
            headers.setdefault("Authorization", f"Bearer {program.bearer}")
        address = url or self.url(**query)
        async with connect(
            address, additional_headers=headers, compression=None, **options
        ) as connection:
            yield Socket(connection)

    @asynccontextmanager
    async def sse(self, program, path, **query):
        """Open a stream of server-sent events; heard when the block begins."""
        headers = {"Authorization": f"Bearer {program.bearer}"} if program.bearer else {}
        async with self.http.get(AT + path, params=query, headers=headers) as answer:
            if answer.status == 200:
                assert (await answer.content.readline()) == b":)\n"
                await answer.content.readline()
            yield Sse(answer)


class Sse:
    """A stream of server-sent events of a client."""

    def __init__(self, answer):
        self.answer = answer
        self.status = answer.status

    async def next(self, timeout_s=SOON_S):
        async with asyncio.timeout(timeout_s):
            lines = []
            while line := (await self.answer.content.readline()).decode().rstrip("\n"):
                lines.append(line)
        if lines[0].startswith(":"):
            return Told([], lines[0], None)
        named, data = lines
        return Told([], named.removeprefix("event: "), _payload(data.removeprefix("data: ")))

    async def ended(self, timeout_s=SOON_S):
        async with asyncio.timeout(timeout_s):
            try:
                return await self.answer.content.read() == b""
            except aiohttp.ClientPayloadError:
                return True
