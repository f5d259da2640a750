"""The WebSocket: many streams on one connection, asked for and left by messages of the client.

https://docs.joinmastodon.org/methods/streaming/#websocket
"""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import Any

import orjson
from quart import Blueprint, Response, websocket

from api.authentication import find_valid_token, read_bearer
from api.errors import refusal_of
from api.limits import Limits
from api.routing import count_call
from api.services import Services
from api.subscribing import Subscriber, find_channel, make_listener, require_room
from core.errors import InvalidInput, ServerError
from db.session import AsyncSession
from notifications.channels import Channel
from notifications.outlet import Outlet, Over, cutter_of
from notifications.stream import Listener
from users.addresses import address_key, caller_address
from users.tokens import note_use

PATH = "/api/v1/streaming"
MAX_SUBSCRIPTIONS = 100
POLICY_VIOLATION = 1008
_TOO_MANY = "Too many subscriptions"


def socket_blueprint(services: Services, limits: Limits) -> Blueprint:
    """Return the route that opens a WebSocket."""
    blueprint = Blueprint("api_stream_socket", __name__)

    async def open_socket() -> Response | None:
        try:
            subscriber, first = await _admit(services, limits)
        except ServerError as error:
            return _refuse(error)
        offered = websocket.requested_subprotocols
        await websocket.accept(subprotocol=offered[0] if offered else None)
        await _Conversation(services, subscriber).hold(first)
        return None

    for path in (PATH, f"{PATH}/"):
        blueprint.add_websocket(path, f"socket{len(path)}", open_socket, strict_slashes=True)
    return blueprint


async def _admit(services: Services, limits: Limits) -> tuple[Subscriber, Channel | None]:
    """Find out who connects, and to which stream first; cookies say nothing (J09)."""
    forwarded = websocket.headers.get("X-Forwarded-For")
    trusted = services.settings.trusted_proxies
    address = address_key(caller_address(websocket.remote_addr, forwarded, trusted))
    bearer, asked = _bearer(), dict(websocket.args)

    async def work(session: AsyncSession) -> tuple[Subscriber, Channel | None]:
        found = await find_valid_token(session, bearer) if bearer is not None else None
        subscriber = Subscriber.of(services, found, address)
        subscriber.require_something()
        first = await find_channel(session, subscriber, asked) if "stream" in asked else None
        return subscriber, first

    try:
        subscriber, first = await services.database.look(work)
    except ServerError:
        limits.take(limits.per_address, address)
        raise
    if subscriber.found is None:
        limits.take(limits.per_address, address)
    else:
        count_call(limits, subscriber.found)
        if subscriber.found.is_use_due:
            await note_use(services.database, subscriber.found)
    require_room(services.hub, subscriber)
    return subscriber, first


def _bearer() -> str | None:
    """Return the token: of the header, the query (I07) or, from browsers, the subprotocol."""
    offered = websocket.requested_subprotocols
    return (
        read_bearer(websocket.headers.get("Authorization"))
        or websocket.args.get("access_token")
        or (offered[0] if offered else None)
    )


def _refuse(error: ServerError) -> Response:
    refusal = refusal_of(error)
    headers = {"Cache-Control": "private, no-store"}
    if refusal.status in {429, 503}:
        # Not all at the same moment again.
        headers["Retry-After"] = str(random.randint(5, 30))
    return Response(
        orjson.dumps(refusal.body()),
        status=refusal.status,
        content_type="application/json; charset=utf-8",
        headers=headers,
    )


class _Conversation:
    """One open socket: what is told, and what the client says."""

    def __init__(self, services: Services, subscriber: Subscriber) -> None:
        self._services = services
        self._subscriber = subscriber
        self._outlet = Outlet(cutter_of(websocket.scope))
        self._listener: Listener = make_listener(subscriber, self._outlet, _message)

    async def hold(self, first: Channel | None) -> None:
        """Listen and tell until either side ends it."""
        if first is not None:
            self._listener.channels.add(first)
        self._services.hub.join(self._listener)
        tasks = [asyncio.create_task(self._tell()), asyncio.create_task(self._listen())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            reason = next(iter(done)).result()
        finally:
            self._services.hub.leave(self._listener)
            for task in tasks:
                task.cancel()
        with suppress(OSError):
            await websocket.close(POLICY_VIOLATION, reason)

    async def _tell(self) -> str:
        try:
            while True:
                text = await self._outlet.next()
                assert text is not None
                await websocket.send(text)
        except Over as over:
            return over.ending.name.lower()
        except OSError:
            # The other side is gone, which the server noticed first.
            return "gone"

    async def _listen(self) -> str:
        while True:
            said = await websocket.receive()
            try:
                await self._answer(said)
            except _TooManyError:
                return _TOO_MANY
            except ServerError as error:
                refusal = refusal_of(error)
                shown = {"error": refusal.error, "status": refusal.status}
                self._outlet.put(orjson.dumps(shown).decode())

    async def _answer(self, said: str | bytes) -> None:
        asked = _read(said)
        match asked.get("type"):
            case "subscribe":
                channel = await self._find(asked)
                self._listener.channels.add(channel)
                if len(self._listener.channels) > MAX_SUBSCRIPTIONS:
                    raise _TooManyError
            case "unsubscribe":
                self._listener.channels.discard(await self._find(asked))
            case _:
                raise InvalidInput("Unknown message type")

    async def _find(self, asked: dict[str, Any]) -> Channel:
        subscriber = self._subscriber
        return await self._services.database.look(
            lambda session: find_channel(session, subscriber, asked)
        )


class _TooManyError(Exception):
    """Somebody asks for more streams than anybody reads."""


def _read(said: str | bytes) -> dict[str, Any]:
    try:
        asked = orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise InvalidInput("The message is no JSON") from error
    if not isinstance(asked, dict):
        raise InvalidInput("The message is no JSON object")
    return asked


def _message(channel: Channel, name: str, payload: str | None) -> str:
    said: dict[str, Any] = {"stream": channel.names, "event": name}
    if payload is not None:
        # A text within the text, as Mastodon's clients read it.
        said["payload"] = payload
    return orjson.dumps(said).decode()
