"""The socket of a fake remote: a thread with an aiohttp server, a journal, and scripts."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from aiohttp import web

from fakes.message_signatures import parameters_of, why_message_refused
from fakes.signing import ACTIVITY_JSON, Request, key_id_of, why_refused

T = TypeVar("T")


@dataclass(frozen=True)
class Received:
    """A request that came in; `verified` is None without a signature, `reason` what is wrong.

    `scheme` is how it is signed: `cavage`, `rfc9421` (with an RSA key) or `ed25519`.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    verified: bool | None
    reason: str | None = None
    signer: str | None = None
    scheme: str | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What our server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Script:
    """What a path does instead of answering as usual, for `times` requests (None: for ever)."""

    status: int = 200
    body: bytes | str | dict[str, Any] = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = ACTIVITY_JSON
    redirect: str | None = None
    delay_s: float = 0.0
    hang: bool = False
    drop: bool = False
    chunked: bool = False
    drip_s: float = 0.0
    times: int | None = None
    then: Script | None = None


class Server(ABC):
    """Listens on a free port of 127.0.0.1; a `FakeRemote` says what is to be read."""

    def __init__(self) -> None:
        self._socket = bound_socket(0)
        self.port: int = self._socket.getsockname()[1]
        self.journal: list[Received] = []
        self.keys: dict[str, str] = {}
        self.reads = {"cavage", "rfc9421", "ed25519"}
        self.leaves_query_out = False
        self._scripts: dict[str, Script] = {}
        self._site: web.SockSite | None = None
        self._hung: asyncio.Event | None = None

    @abstractmethod
    def read(self, received: Received) -> web.Response:
        """Answer a request that no script answers."""

    @abstractmethod
    async def fetch_key(self, key_id: str) -> str | None:
        """Return one of our keys, PEM or multibase, from our own document."""

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the server's thread and wait for it; not from an async test."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    async def _start(self) -> None:
        self._hung = asyncio.Event()
        application = web.Application(client_max_size=16 * 1024 * 1024)
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self._listen()

    async def _listen(self) -> None:
        self._site = web.SockSite(self._runner, self._socket)
        await self._site.start()

    async def _stop(self) -> None:
        assert self._hung is not None
        self._hung.set()
        await self._runner.cleanup()
        self._socket.close()

    def refuse(self) -> None:
        """Refuse connections: nobody listens at the port until `accept`."""

        async def close() -> None:
            if self._site is not None:
                await self._site.stop()
            for connection in list(self._runner.server.connections if self._runner.server else ()):
                connection.force_close()
            self._socket.close()

        self.run(close())

    def accept(self) -> None:
        """Listen again after `refuse`."""
        self._socket = bound_socket(self.port)
        self.run(self._listen())

    def script(self, path: str, **behaviour: Any) -> None:
        """Make a path (or a whole URI) misbehave; the words are `Script`'s."""
        self._scripts[path_of(path)] = Script(**behaviour)

    def release(self) -> None:
        """Let go whatever hangs or drips."""
        assert self._hung is not None
        self.loop.call_soon_threadsafe(self._hung.set)

    def then(self, path: str, **behaviour: Any) -> None:
        """Make a path misbehave in this way once it has done what `script` says."""
        self._scripts[path_of(path)].then = Script(**behaviour)

    def unscript(self, path: str) -> None:
        """Let a path answer as usual again."""
        self._scripts.pop(path_of(path), None)

    async def _answer(self, asked: web.Request) -> web.StreamResponse:
        received = await self._receive(asked)
        self.journal.append(received)
        if (script := self._scripts.get(received.path)) is not None:
            if script.times is None:
                return await self._act(script, asked)
            script.times -= 1
            if script.times <= 0:
                self._scripts.pop(received.path, None)
                if script.then is not None:
                    self._scripts[received.path] = script.then
            return await self._act(script, asked)
        return self.read(received)

    async def _receive(self, asked: web.Request) -> Received:
        headers = tuple((n.decode().lower(), v.decode()) for n, v in asked.raw_headers)
        body = await asked.read()
        message = parameters_of(headers)
        key_id = message.get("keyid") or key_id_of(headers)
        if key_id is None:
            return Received(asked.method, asked.raw_path, headers, body, None, "not signed")
        scheme = _scheme_of(message)
        target = asked.raw_path.partition("?")[0] if self.leaves_query_out else asked.raw_path
        request = Request(asked.method, str(asked.url), target, headers, body)
        reason: str | None = "its key is not to be had"
        if scheme not in self.reads:
            reason = f"{scheme} is not read here"
        elif key := self.keys.get(key_id) or await self.fetch_key(key_id):
            reason = (why_message_refused if message else why_refused)(request, key)
        return Received(
            asked.method, asked.raw_path, headers, body, reason is None, reason, key_id, scheme
        )

    async def _act(self, script: Script, asked: web.Request) -> web.StreamResponse:
        await asyncio.sleep(script.delay_s)
        if script.drip_s:
            return await self._drip(script, asked)
        if script.hang:
            assert self._hung is not None
            await self._hung.wait()
        if script.drop and asked.transport is not None:
            asked.transport.close()
        if script.redirect is not None:
            status = script.status if script.status >= 300 else 302
            return web.Response(status=status, headers={"location": script.redirect})
        body = json.dumps(script.body) if isinstance(script.body, dict) else script.body
        raw = body.encode() if isinstance(body, str) else body
        headers = {"content-type": script.content_type, **script.headers}
        answer = web.Response(status=script.status, body=raw, headers=headers)
        if script.chunked:
            answer.enable_chunked_encoding()
        return answer

    async def _drip(self, script: Script, asked: web.Request) -> web.StreamResponse:
        """Answer one byte at a time, without an end."""
        assert self._hung is not None
        answer = web.StreamResponse(status=script.status)
        await answer.prepare(asked)
        while not self._hung.is_set():
            try:
                await answer.write(b" ")
                await asyncio.wait_for(self._hung.wait(), script.drip_s)
            except TimeoutError:
                continue
            except ConnectionError:
                break
        return answer


def _scheme_of(message: Mapping[str, str]) -> str:
    if not message:
        return "cavage"
    return "ed25519" if message.get("alg") == "ed25519" else "rfc9421"


def bound_socket(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


def path_of(uri: str) -> str:
    parts = urlsplit(uri)
    return parts.path + (f"?{parts.query}" if parts.query else "")
