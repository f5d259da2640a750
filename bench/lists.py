"""What lists cost as an instance grows: the same with 10 thousand posts and with a million."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp

from actors.follows import save_follow
from bench.figures import Figure
from bench.house import in_database, instance, make_person
from bench.limits import Limits
from core.clock import now
from core.html import sanitise
from core.ids import id_near
from db.session import AsyncSession
from factories import make_remote_actor
from instances import Instance
from notifications.notify import notify_mention
from posts.cards import key_of
from posts.models import LinkCard, Post, Visibility
from posts.save import save_post
from posts.timelines import fan_out

# The last one takes minutes to fill: only `python -m bench lists million`.
SIZES = (10_000, 100_000)
MILLION = 1_000_000
# These are written as real posts are, and copied into the past until there are enough.
PATTERNS, AUTHORS, ANSWERS = 200, 50, 60
READS, WARMING = 40, 5
HOST = "far.localhost:9"
LINK = "https://journal.example/article"
COPY_EVERY = int(timedelta(minutes=30).total_seconds() * 1000) << 16
_WORDS = (
    "La valve aortique de ce patient reste étroite malgré le traitement ; l'échographie montre "
    "une fraction d'éjection conservée, sans épanchement. Avis d'un cardiologue souhaité ? "
)


@dataclass(frozen=True, slots=True)
class _Filled:
    """What is asked for once the tables are filled."""

    token: str
    author_id: int
    root_id: int


def run(folder: Path, limits: Limits) -> list[Figure]:
    """Measure the CPU of the server for each list, at each size, and how the sizes compare."""
    server = instance(folder, "lists")
    filled = in_database(server, _write_patterns)
    sizes = (*SIZES, MILLION) if "million" in sys.argv else SIZES
    costs: dict[str, list[float]] = {}
    for size in sizes:
        took = _copy(folder / "lists", size)
        print(f"  {size:>9,} posts, filled in {took:.0f} s", flush=True)
        with server:
            for name, cost in asyncio.run(_measure(server, filled)).items():
                costs.setdefault(name, []).append(cost)
    for name, found in costs.items():
        print(f"  {name:<22} " + "  ".join(f"{cost:.2f} ms" for cost in found), flush=True)
    figures = [
        Figure(f"{name}: {sizes[-1]:,} posts / {sizes[0]:,}", found[-1] / found[0], "×", 1.5)
        for name, found in costs.items()
    ]
    full = Figure(
        "CPU per home timeline of 20 full posts", costs["home"][0], "ms", 0.5, limits.request,
        "bare request",
    )  # fmt: skip
    return [*figures, full]


async def _write_patterns(session: AsyncSession) -> _Filled:
    reader, _, token = await make_person(session, "reader")
    reader.discoverable = reader.indexable = True
    authors = []
    for number in range(AUTHORS):
        author = await make_remote_actor(session, f"author{number}", host=HOST, doctor=True)
        author.discoverable = author.indexable = True
        await save_follow(session, reader, author, uri=f"{reader.uri}/f/{number}", accepted=True)
        authors.append(author)
    session.add(LinkCard(key=key_of(LINK), url=LINK, title="An article", fetched_at=now()))
    root = _post(authors[0], "root", number=0)
    await save_post(session, root, author=authors[0])
    for number in range(ANSWERS):
        answer = _post(authors[number % AUTHORS], f"answer{number}", number=number)
        answer.in_reply_to_id = root.id
        await save_post(session, answer, author=authors[number % AUTHORS])
    for number in range(PATTERNS):
        author = authors[number % AUTHORS]
        post = _post(author, f"p{number}", number=number)
        # As posts of elsewhere have them, in no order: a moment before this one.
        post.id = id_near(now() - timedelta(seconds=number))
        await save_post(session, post, author=author, mentioned=[reader], tags=["ecg", "valve"])
        await fan_out(session, post, author)
        if number % 4 == 0:
            await notify_mention(session, post, author, [reader.id])
    return _Filled(token, authors[0].id, root.id)


def _post(author: object, name: str, *, number: int) -> Post:
    uri = f"{author.uri}/{name}"  # type: ignore[attr-defined]
    picture = {
        "url": f"https://{HOST}/{name}.jpg",
        "media_type": "image/jpeg",
        "description": "ECG",
        "width": 1200,
        "height": 900,
    }
    link = f'<a href="{LINK}">{LINK}</a>'
    rare = f"cas{number} " if number % 50 == 0 else ""
    return Post(
        uri=uri,
        url=uri,
        author_id=author.id,  # type: ignore[attr-defined]
        visibility=Visibility.DOCTORS if number % 3 else Visibility.PUBLIC,
        content=sanitise(f"<p>{rare}{_WORDS}</p><p>{link}</p>"),
        language="fr",
        attachments=[picture],
    )


def _copy(folder: Path, size: int) -> float:
    """Copy the patterns into the past until there are so many posts; return how long it took."""
    began = time.perf_counter()
    with sqlite3.connect(folder / "consilium.db") as opened:
        opened.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-200000")
        opened.execute("CREATE TABLE IF NOT EXISTS bench_pattern AS SELECT id FROM post "
                       "WHERE uri GLOB '*/p[0-9]*' AND deleted_at IS NULL")  # fmt: skip
        opened.execute("CREATE TABLE IF NOT EXISTS bench_copy (n INTEGER PRIMARY KEY)")
        (last,) = opened.execute("SELECT coalesce(max(n), 0) FROM bench_copy").fetchone()
        copies = range(last + 1, size // PATTERNS)
        opened.executemany("INSERT INTO bench_copy VALUES (?)", ((n,) for n in copies))
        for table, moved in _MOVED.items():
            _copy_rows(opened, table, moved, last=last)
        _copy_words(opened, last)
    opened.close()
    return time.perf_counter() - began


_ID = f"{{}} - n * {COPY_EVERY}"
# Which columns of a copy are of its own, and how they are made.
_MOVED = {
    "post": {"id": "id", "thread_id": "id", "uri": None},
    "post_tag": {"post_id": "post_id"},
    "mention": {"post_id": "post_id"},
    "timeline": {"post_id": "post_id"},
    "notification": {"id": "id", "post_id": "post_id", "cause": None},
}


def _copy_rows(
    opened: sqlite3.Connection, table: str, moved: dict[str, str | None], *, last: int
) -> None:
    columns = [row[1] for row in opened.execute(f"PRAGMA table_info({table})")]
    of = "id" if table == "post" else "post_id"
    made = [
        column
        if column not in moved
        else f"{column} || '/' || n"
        if moved[column] is None
        else _ID.format(moved[column])
        for column in columns
    ]
    opened.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(made)} FROM {table} "  # noqa: S608
        f"JOIN bench_copy ON n > {last} "
        f"WHERE {of} IN (SELECT id FROM bench_pattern) ORDER BY {of} - n * {COPY_EVERY}"
    )


def _copy_words(opened: sqlite3.Connection, last: int) -> None:
    opened.execute(
        f"INSERT INTO post_search (rowid, terms) SELECT p.id - n * {COPY_EVERY}, s.terms "  # noqa: S608
        f"FROM bench_copy JOIN bench_pattern AS p JOIN post_search AS s ON s.rowid = p.id "
        f"WHERE n > {last} ORDER BY 1"
    )


async def _measure(server: Instance, filled: _Filled) -> dict[str, float]:
    paths = {
        "home": "/api/v1/timelines/home",
        "public": "/api/v1/timelines/public",
        "hashtag": "/api/v1/timelines/tag/ecg",
        "link": f"/api/v1/timelines/link?url={LINK}",
        "notifications": "/api/v1/notifications",
        "context": f"/api/v1/statuses/{filled.root_id}/context",
        "account statuses": f"/api/v1/accounts/{filled.author_id}/statuses",
        "search, in every post": "/api/v2/search?type=statuses&q=valves",
        "search, a phrase": "/api/v2/search?type=statuses&q=%22valve+aortique%22",
        "search, in one of 200": "/api/v2/search?type=statuses&q=cas50+valve",
        "search, no such word": "/api/v2/search?type=statuses&q=xyzzy+valve",
        "search of people": "/api/v2/search?type=accounts&q=auth",
        "search of hashtags": "/api/v2/search?type=hashtags&q=ec",
    }
    headers = {"authorization": f"Bearer {filled.token}", "host": server.host}
    async with aiohttp.ClientSession(headers=headers) as http:
        return {name: await _cost(server, http, path) for name, path in paths.items()}


async def _cost(server: Instance, http: aiohttp.ClientSession, path: str) -> float:
    """Return the server's CPU for one reading, in milliseconds."""

    async def once() -> None:
        async with http.get(server.url + path) as answer:
            body = await answer.read()
            assert answer.status == 200, body

    for _ in range(WARMING):
        await once()
    before = _cpu_ms(server)
    for _ in range(READS):
        await once()
    return (_cpu_ms(server) - before) / READS


def _cpu_ms(server: Instance) -> float:
    """Return the CPU time of the server's threads, finer than in hundredths of a second."""
    assert server.process is not None
    threads = Path(f"/proc/{server.process.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6
