"""What leaves: posts to followers on 200 hosts, each delivery signed and answered."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiohttp
from aiohttp import web

from actors.follows import save_follow
from bench.figures import Figure
from bench.house import in_database, instance, make_person
from bench.limits import Limits
from db.session import AsyncSession
from factories import make_remote_actor
from instances import Instance, free_port

HOSTS = 200
POSTS = 10


def run(folder: Path, limits: Limits) -> list[Figure]:
    """Measure the CPU of the server for each delivery."""
    server, port = instance(folder, "outbox"), free_port()
    token = in_database(server, lambda session: _fill(session, port))
    with server:
        used, took, first = asyncio.run(_measure(server, token, port))
    count = HOSTS * POSTS
    print(f"  {count / took:.0f} deliveries/s; the first {first * 1000:.0f} ms after the 200")
    return [
        Figure("CPU per delivery (one RSA signature included)", used * 1000 / count, "ms", 0.45,
               limits.rsa_sign, "RSA signature"),
    ]  # fmt: skip


async def _fill(session: AsyncSession, port: int) -> str:
    author, _, token = await make_person(session, "author")
    for number in range(HOSTS):
        fan = await make_remote_actor(session, "fan", host=f"h{number}.localhost:{port}")
        await save_follow(session, fan, author, uri=f"{fan.uri}/f", accepted=True)
    return token


async def _measure(server: Instance, token: str, port: int) -> tuple[float, float, float]:
    arrived, times = asyncio.Event(), []

    async def take(request: web.Request) -> web.Response:
        await request.read()
        times.append(time.perf_counter())
        if len(times) == HOSTS * POSTS:
            arrived.set()
        return web.Response(status=202)

    sink = web.Application()
    sink.router.add_route("POST", "/{rest:.*}", take)
    runner = web.AppRunner(sink)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    headers = {"authorization": f"Bearer {token}", "host": server.host}
    async with aiohttp.ClientSession() as http:
        before, began = server.cpu_s(), time.perf_counter()
        for number in range(POSTS):
            body = {"status": f"Post {number}", "visibility": "public"}
            url = f"{server.url}/api/v1/statuses"
            async with http.post(url, json=body, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
            if number == 0:
                posted = time.perf_counter()
        async with asyncio.timeout(120):
            await arrived.wait()
        await asyncio.sleep(0.3)
    used = server.cpu_s() - before
    await runner.cleanup()
    return used, max(times) - began, min(times) - posted
