"""One post to 2,000 followers on 200 hosts, a fifth of them dead or slow: what others notice."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
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

LIVING, REFUSING, HANGING, SLOW = 160, 20, 10, 10
FOLLOWERS_A_HOST = 10
POSTS, WARMING = 10, 3
SLOW_S = 20.0
PATIENCE_S = 120.0


@dataclass
class Far:
    """All the hosts, in one process: when something came to which, and how each behaves."""

    arrived: dict[str, float] = field(default_factory=dict)
    complete: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """Answer as the host does that was asked."""
        await request.read()
        if request.host.startswith("hanging"):
            await asyncio.sleep(PATIENCE_S)
        elif request.host.startswith("slow"):
            await asyncio.sleep(SLOW_S)
        else:
            self.arrived.setdefault(request.host, time.perf_counter())
            if len(self.arrived) == LIVING:
                self.complete.set()
        return web.Response(status=202)

    def forget(self) -> None:
        """Begin again, for the next post."""
        self.arrived.clear()
        self.complete.clear()


def run(folder: Path, limits: Limits) -> list[Figure]:
    """Measure the time from the 200 to the arrival at each living host, without and with dead."""
    server, port, closed = instance(folder, "fanout"), free_port(), free_port()
    tokens = in_database(server, lambda session: _fill(session, port, closed))
    with server:
        alone, beside = asyncio.run(_measure(server, tokens, port))
    p99, p99_beside = _percentile(alone, 0.99), _percentile(beside, 0.99)
    return [
        Figure("living hosts' p50, all hosts living", _percentile(alone, 0.5), "s", 2.0),
        Figure("living hosts' p50, a fifth dead or slow", _percentile(beside, 0.5), "s", 2.0),
        Figure("living hosts' p99, all hosts living", p99, "s", 10.0),
        Figure("living hosts' p99, a fifth dead or slow", p99_beside, "s", 10.0),
        Figure("their ratio", p99_beside / p99, "", 1.1),
    ]


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


async def _fill(session: AsyncSession, port: int, closed: int) -> list[str]:
    """Let the living follow two authors, and the dead the second of them only."""
    alone, _, first = await make_person(session, "alone")
    beside, _, second = await make_person(session, "beside")
    kinds = (("living", LIVING), ("hanging", HANGING), ("slow", SLOW))
    hosts = [f"{kind}{n}.localhost:{port}" for kind, count in kinds for n in range(count)]
    hosts += [f"refusing{n}.localhost:{closed}" for n in range(REFUSING)]
    for host in hosts:
        for number in range(FOLLOWERS_A_HOST):
            fan = await make_remote_actor(session, f"fan{number}", host=host)
            followed = [alone, beside] if host.startswith("living") else [beside]
            for author in followed:
                uri = f"{fan.uri}/f/{author.username}"
                await save_follow(session, fan, author, uri=uri, accepted=True)
    return [first, second]


async def _measure(
    server: Instance, tokens: list[str], port: int
) -> tuple[list[float], list[float]]:
    far, sink = Far(), web.Application()
    sink.router.add_route("POST", "/{rest:.*}", far.take)
    runner = web.AppRunner(sink, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    async with aiohttp.ClientSession() as http:

        async def series(posts: int, token: str) -> list[float]:
            return [took for _ in range(posts) for took in await _post(server, http, token, far)]

        await series(WARMING, tokens[0])
        # Half before and half after: the machine is not always the same.
        alone = await series(POSTS // 2, tokens[0])
        beside = await series(POSTS, tokens[1])
        await asyncio.sleep(SLOW_S)
        alone += await series(POSTS // 2, tokens[0])
    await runner.cleanup()
    return alone, beside


async def _post(
    server: Instance, http: aiohttp.ClientSession, token: str, far: Far
) -> list[float]:
    """Publish a post; return how long after the 200 it came to each living host."""
    far.forget()
    headers = {"authorization": f"Bearer {token}", "host": server.host}
    body = {"status": "Bonjour à tous", "visibility": "public"}
    url = f"{server.url}/api/v1/statuses"
    async with http.post(url, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        posted = time.perf_counter()
    async with asyncio.timeout(PATIENCE_S):
        await far.complete.wait()
    await asyncio.sleep(0.5)
    return [max(moment - posted, 0.0) for moment in far.arrived.values()]
