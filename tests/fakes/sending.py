"""How a fake remote's requests reach us: over a socket, or straight into an app."""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp
from quart import Quart
from werkzeug.datastructures import Headers
from yarl import URL

from fakes.server import Reply
from fakes.signing import Request


async def send_outside(request: Request) -> Reply:
    parts = urlsplit(request.url)
    address = f"http://127.0.0.1:{parts.port}{request.target}"
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session:
        async with session.request(
            request.method,
            URL(address, encoded=True),
            headers=list(request.headers),
            data=request.body or None,
            allow_redirects=False,
            skip_auto_headers=("accept", "user-agent", "content-type"),
        ) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Reply(answer.status, headers, await answer.read())


async def send_to_app(request: Request, app: Quart) -> Reply:
    answer = await app.test_client().open(
        request.target, method=request.method, headers=Headers(list(request.headers)),
        data=request.body,
    )  # fmt: skip
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(answer.status_code, headers, await answer.get_data(as_text=False))
