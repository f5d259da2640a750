"""Bodies come in at the pace at which they are read."""

from __future__ import annotations

import asyncio

from quart import Quart, request

from api.pacing import MAX_WAITING_BYTES, PacedConnection, PacedRequest

PART = b"x" * 256 * 1024
PARTS = 80


def app_that(handler) -> Quart:
    app = Quart(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = None
    app.request_class, app.asgi_http_class = PacedRequest, PacedConnection
    app.add_url_rule("/", "handler", handler, methods=["POST"])
    return app


async def post(app: Quart, *, asked: list[int]) -> int:
    """Send PARTS parts as fast as they are taken; note how many were; return the status."""
    left = PARTS
    statuses = []

    async def receive():
        nonlocal left
        if left == 0:
            await asyncio.Event().wait()
        left -= 1
        asked.append(PARTS - left)
        return {"type": "http.request", "body": PART, "more_body": left > 0}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [],
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
