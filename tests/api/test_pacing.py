"""Bodies come in at the pace at which they are read."""

from __future__ import annotations

import asyncio

import pytest
from quart import Quart, request

from api.pacing import MAX_WAITING_BYTES, PacedConnection, PacedRequest

PART = b"x" * 256 * 1024
PARTS = 80


def app_that(handler) -> Quart:
    app = Quart(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = None
    app.request_class, app.asgi_http_class = PacedRequest, PacedConnection
    app.add_url_rule("/", "handler", handler, methods=["GET", "POST"])
    return app


async def post(
    app: Quart, *, asked: list[int], method: str = "POST", ended: asyncio.Event | None = None
) -> int:
    """Send PARTS parts as fast as they are taken; note how many were; return the status."""
    left = PARTS
    statuses = []

    async def receive():
        nonlocal left
        if left == 0:
            if ended is not None:
                ended.set()
            await asyncio.Event().wait()
        left -= 1
        asked.append(PARTS - left)
        return {"type": "http.request", "body": PART, "more_body": left > 0}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http", "method": method, "path": "/", "query_string": b"", "headers": [],
        "http_version": "1.1", "scheme": "http", "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    await app(scope, receive, send)
    return statuses[0]


async def test_what_is_not_read_yet_stays_outside():
    asked, ahead = [], []

    async def slow():
        read = 0
        async for part in request.body:
            await asyncio.sleep(0.002)
            read += len(part)
            ahead.append(asked[-1] * len(PART) - read)
        return str(read), 200 if read == PARTS * len(PART) else 500

    assert await post(app_that(slow), asked=asked) == 200
    assert max(ahead) <= MAX_WAITING_BYTES + len(PART)


async def test_who_wants_the_whole_gets_it():
    async def whole():
        return "", 200 if len(await request.get_data()) == PARTS * len(PART) else 500

    assert await post(app_that(whole), asked=[]) == 200


async def test_who_refuses_at_once_reads_no_more():
    asked = []

    async def refuse():
        return "", 413

    assert await post(app_that(refuse), asked=asked) == 413
    assert asked[-1] * len(PART) <= MAX_WAITING_BYTES + 2 * len(PART)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_a_reader_sends_without_end_is_not_kept(method):
    kept, ended = [], asyncio.Event()

    async def stream():
        await ended.wait()
        kept.append(len(request.body._data))
        return ""

    assert await post(app_that(stream), asked=[], method=method, ended=ended) == 200
    assert 0 < kept[0] <= MAX_WAITING_BYTES


async def test_what_a_reader_sends_and_somebody_reads_is_whole():
    async def read():
        return str(len(await request.get_data()))

    app = app_that(read)

    response = await app.test_client().get("/", data=PART)

    assert await response.get_data() == str(len(PART)).encode()
