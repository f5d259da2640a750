"""What is read most: a home timeline of 20 posts, over HTTP."""

from __future__ import annotations

import asyncio
import time
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

POSTS = 2000
AUTHORS = 20
READS = 500
HOST = "far.localhost:9"


def run(folder: Path, limits: Limits) -> list[Figure]:
    """Measure the CPU of the server for each read of a home timeline."""
    server = instance(folder, "home")
    token = in_database(server, _fill)
    with server:
        used, size, each = asyncio.run(_measure(server, token))
    print(f"  {size / 1024:.1f} kB an answer, {each * 1000:.2f} ms from asking to the last byte")
    return [
        Figure("CPU per home timeline of 20 posts", used * 1000 / READS, "ms", 0.6, limits.request,
               "bare request"),
    ]  # fmt: skip


async def _fill(session: AsyncSession) -> str:
    reader, _, token = await make_person(session, "reader")
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
    return token


async def _measure(server: Instance, token: str) -> tuple[float, int, float]:
    headers = {"authorization": f"Bearer {token}", "host": server.host}
    url = f"{server.url}/api/v1/timelines/home"
    async with aiohttp.ClientSession(headers=headers) as http:

        async def once() -> int:
            async with http.get(url) as answer:
                body = await answer.read()
                assert answer.status == 200 and len(await answer.json()) == 20
                return len(body)

        for _ in range(20):
            await once()
        before, began = server.cpu_s(), time.perf_counter()
        for _ in range(READS):
            size = await once()
        return server.cpu_s() - before, size, (time.perf_counter() - began) / READS
