"""What is read most: a home timeline of 20 posts, by the client API and as a page."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from actors.follows import save_follow
from bench.figures import Figure
from bench.house import in_database, instance, make_person
from bench.limits import Limits
from core.html import sanitise
from db.session import AsyncSession
from factories import make_remote_actor
from instances import Instance
from posts.models import Post, Visibility
from posts.save import save_post
from posts.timelines import fan_out
from users.sessions import sign_in

POSTS = 2000
AUTHORS = 20
READS = 200
HOST = "far.localhost:9"


def run(folder: Path, limits: Limits) -> list[Figure]:
    """Measure the CPU of the server for each read of a home timeline."""
    server = instance(folder, "home")
    token, secret = in_database(server, _fill)
    with server:
        host = {"host": server.host}
        api = Reading(
            f"{server.url}/api/v1/timelines/home", host | {"authorization": f"Bearer {token}"}
        )
        page = Reading(f"{server.url}/", host | {"cookie": f"session={secret}"}, is_page=True)
        by_api, by_page = (asyncio.run(_measure(server, one)) for one in (api, page))
    for name, cost in (("the client API", by_api), ("the page", by_page)):
        print(
            f"  {name}: {cost.size / 1024:.1f} kB over the wire, "
            f"{cost.each_s * 1000:.2f} ms from asking to the last byte"
        )
    return [
        Figure("CPU per home timeline of 20 posts", by_api.cpu_ms, "ms", 0.6, limits.request,
               "bare request"),
        Figure("CPU of the home page beyond that", by_page.cpu_ms - by_api.cpu_ms, "ms", 3.0,
               limits.request, "bare request"),
        Figure("the home page over the wire", by_page.size / 1024, "kB", 60.0),
    ]  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What is asked for again and again."""

    url: str
    headers: dict[str, str]
    is_page: bool = False


@dataclass(frozen=True)
class Cost:
    """What one reading takes: the server's CPU, bytes over the wire, time."""

    cpu_ms: float
    size: int
    each_s: float


async def _fill(session: AsyncSession) -> tuple[str, str]:
    reader, user, token = await make_person(session, "reader")
    secret, _ = await sign_in(session, user)
    authors = []
    for number in range(AUTHORS):
        author = await make_remote_actor(session, f"author{number}", host=HOST, doctor=True)
        await save_follow(session, reader, author, uri=f"{reader.uri}/f/{number}", accepted=True)
        authors.append(author)
    for number in range(POSTS):
        author = authors[number % AUTHORS]
        uri = f"{author.uri}/posts/{number}"
        post = Post(
            uri=uri,
            url=uri,
            author_id=author.id,
            visibility=Visibility.DOCTORS if number % 3 else Visibility.PUBLIC,
            content=sanitise(f"<p>{'Une phrase ordinaire. ' * 20}{number}</p>"),
        )
        await save_post(session, post, author=author, tags=["doctoctoc"])
        await fan_out(session, post, author)
    return token, secret


async def _measure(server: Instance, reading: Reading) -> Cost:
    headers = reading.headers | {"accept-encoding": "gzip", "accept": "text/html, */*"}
    async with aiohttp.ClientSession(headers=headers, auto_decompress=False) as http:

        async def once() -> int:
            async with http.get(reading.url) as answer:
                body = await answer.read()
                assert answer.status == 200
                return len(body)

        async with http.get(reading.url, headers={"accept-encoding": "identity"}) as answer:
            text = await answer.text()
        assert text.count("Une phrase ordinaire. Une phrase") >= 20, text[:500]
        for _ in range(20):
            await once()
        before, began = server.cpu_s(), time.perf_counter()
        for _ in range(READS):
            size = await once()
        used, took = server.cpu_s() - before, time.perf_counter() - began
        return Cost(used * 1000 / READS, size, took / READS)
