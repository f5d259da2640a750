"""How the server holds its connections: what uvicorn leaves open about streams, decided here.

A handler can drop a connection at once by `scope["state"]["cut"]`: who does not read is not waited
for. At a stop streams end at once, as they would never end by themselves.
"""

from __future__ import annotations

import random
from asyncio import Transport
from asyncio.transports import BaseTransport
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

# What is answered for as long as somebody listens: to clients, and to pages.
STREAMS = ("/api/v1/streaming", "/live")
GOING_AWAY = 1001
POLICY_VIOLATION = 1008
# After a restart all come back at once (J10): so many are let in at a time, so many wait.
ADMITTED_AT_ONCE = 8
MAX_QUEUE = 2000
# A client says a few words at the start, and then hardly any.
FRAMES_AT_ONCE = 300
FRAMES_PER_S = 20.0


class HttpConnection(HttpToolsProtocol):
    """An HTTP connection whose handler can cut it."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin."""
        self.app_state = _with_cut(self.app_state, transport)
        super().connection_made(transport)

    def shutdown(self) -> None:
        """Finish what is being answered, but for streams: they end now."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if str(cycle.scope["path"]).startswith(STREAMS):
                self.transport.close()
                return
        super().shutdown()


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket connection whose handler can cut it, and whose client is held to a pace (J07).

    What is said about each frame is said by the library at once: without a limit, pings that nobody
    reads the answers of, and empty fragments, would pile up.
    """

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin."""
        self.app_state = _with_cut(self.app_state, cast(Transport, transport))
        self._allowance = float(FRAMES_AT_ONCE)
        self._counted_at = self.loop.time()
        super().connection_made(transport)

    def handle_connect(self, event: Request) -> None:
        """Let the client in when its turn has come; of too many, tell it when to come back."""
        if not _line.wait(self, partial(super().handle_connect, event)):
            self._send_away(event)

    async def send(self, message: ASGISendEvent) -> None:
        """Send what the handler says; the first word lets the next client in."""
        try:
            await super().send(message)
        finally:
            if self.handshake_complete or self.close_sent:
                _line.leave(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        _line.leave(self)
        super().connection_lost(exc)

    def _send_away(self, event: Request) -> None:
        self.request, self.handshake_complete, self.close_sent = event, True, True
        response = self.conn.reject(503, "Too many streams are being opened\n")
        # Not all at the same moment again.
        response.headers["Retry-After"] = str(random.randint(5, 30))
        self.conn.send_response(response)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def handle_events(self) -> None:
        """Take what came in, unless it is too much."""
        super().handle_events()
        if self._allowance < 0 and not self.close_sent:
            self.conn.fail(POLICY_VIOLATION, "too many frames")
            self.handle_parser_exception()

    def handle_ping(self) -> None:
        """Answer a ping."""
        self._count()
        super().handle_ping()

    def handle_text(self, event: Frame) -> None:
        """Take a message, or its beginning."""
        self._count()
        super().handle_text(event)

    def handle_bytes(self, event: Frame) -> None:
        """Take a message, or its beginning."""
        self._count()
        super().handle_bytes(event)

    def handle_cont(self, event: Frame) -> None:
        """Take more of a message."""
        self._count()
        super().handle_cont(event)

    def shutdown(self) -> None:
        """Say that the server goes away, and go."""
        if not self.handshake_complete or self.close_sent:
            super().shutdown()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": GOING_AWAY})
        self.conn.send_close(GOING_AWAY)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.close()

    def _count(self) -> None:
        moment = self.loop.time()
        earned = (moment - self._counted_at) * FRAMES_PER_S
        self._allowance = min(FRAMES_AT_ONCE, self._allowance + earned) - 1
        self._counted_at = moment


class _Line:
    """The clients of this process that want to be let in, in order.

    What a handler does for each takes a thousand times what waiting takes: meanwhile others are
    answered.
    """

    def __init__(self) -> None:
        self._inside: set[WebSocketConnection] = set()
        self._waiting: dict[WebSocketConnection, Callable[[], None]] = {}

    def wait(self, client: WebSocketConnection, enter: Callable[[], None]) -> bool:
        """Call `enter` when it is the client's turn; tell whether there was room to wait."""
        if len(self._waiting) >= MAX_QUEUE:
            return False
        self._waiting[client] = enter
        self._next()
        return True

    def leave(self, client: WebSocketConnection) -> None:
        """Forget a client that was let in, was refused, or went away; twice does no harm."""
        self._waiting.pop(client, None)
        if client in self._inside:
            self._inside.discard(client)
            client.loop.call_soon(self._next)

    def _next(self) -> None:
        while self._waiting and len(self._inside) < ADMITTED_AT_ONCE:
            client = next(iter(self._waiting))
            enter = self._waiting.pop(client)
            self._inside.add(client)
            try:
                enter()
            except BaseException:
                # What cannot even be read keeps no place.
                client.transport.abort()
                raise


_line = _Line()


def _with_cut(state: dict[str, Any], transport: Transport) -> dict[str, Any]:
    return {**state, "cut": transport.abort}
