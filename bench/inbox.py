"""What arrives: accepted with 202, and end to end into timelines and notifications."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson

from actors.create import NewKeys
from actors.follows import save_follow
from bench.figures import Figure
from bench.house import in_database, instance, make_person
from bench.limits import Limits
from core.clock import now, wire_time
from db.session import AsyncSession
from factories import make_remote_actor, new_keys
from federation.signatures.cavage import sign_cavage
from federation.vocabulary import ACTIVITY_JSON, AS_CONTEXT, AS_PUBLIC
from instances import Instance

AUTHORS = 20
READERS = 10
POSTS = 2000
AT_ONCE = 32
HOST = "far.localhost:9"
# As Mastodon writes it: links with their invisible parts, a mention, a hashtag.
_LINK = (
    '<a href="https://x.example/article" target="_blank" rel="nofollow noopener noreferrer" '
    'translate="no"><span class="invisible">https://</span><span class="">x.example/article</span>'
    '<span class="invisible"></span></a>'
)
_TAG = (
    '<a href="https://far.example/tags/doctoctoc" class="mention hashtag" rel="tag">'
    "#<span>doctoctoc</span></a>"
)
_SENTENCE = "Une phrase de taille ordinaire, comme on en écrit entre deux consultations. "
_TEXT = f"<p>{_SENTENCE * 8}{_LINK}</p><p>{_SENTENCE * 4}{_TAG}</p>"


@dataclass(frozen=True, slots=True)
class Letter:
    """A signed POST, ready to be sent."""

    headers: dict[str, str]
    body: bytes


def run(folder: Path, limits: Limits) -> list[Figure]:
    """Measure the CPU of the server for each post that it takes in."""
    server = instance(folder, "inbox")
    keys = [new_keys() for _ in range(AUTHORS)]
    in_database(server, lambda session: _fill(session, keys))
    with server:
        idle = server.rss_mib()
        letters = [_letter(server, keys, number) for number in range(POSTS)]
        began, cpu = time.perf_counter(), server.cpu_s()
        asyncio.run(_send(server, letters))
        accepted = time.perf_counter() - began
        _wait_until_done(server)
        done, used = time.perf_counter() - began, server.cpu_s() - cpu
        loaded = server.rss_mib()
    rate = POSTS / accepted
    print(f"  accepted {rate:.0f}/s, all in the timelines after {done:.1f} s ({POSTS} posts)")
    return [
        Figure("CPU per ingested post, all included", used * 1000 / POSTS, "ms", 1.0,
               limits.request + limits.rsa_verify, "request + verify"),
        Figure("time to the 202, per post, one core", 1000 / rate, "ms", None, limits.request,
               "bare request"),
        Figure("resident memory, idle", idle, "MiB", 120),
        Figure("resident memory, under load", loaded, "MiB", 220),
    ]  # fmt: skip


async def _fill(session: AsyncSession, keys: list[NewKeys]) -> None:
    readers = [(await make_person(session, f"reader{n}"))[0] for n in range(READERS)]
    for number, pair in enumerate(keys):
        author = await make_remote_actor(session, f"author{number}", host=HOST, keys=pair)
        for reader in readers[: 1 + number % READERS]:
            uri = f"{reader.uri}/f/{number}"
            await save_follow(session, reader, author, uri=uri, accepted=True)


def _letter(server: Instance, keys: list[NewKeys], number: int) -> Letter:
    name = f"author{number % AUTHORS}"
    actor = f"http://{HOST}/users/{name}"
    note = {
        "id": f"{actor}/posts/{number}",
        "type": "Note",
        "attributedTo": actor,
        "content": _TEXT,
        "published": wire_time(now()),
        "to": [AS_PUBLIC],
        "cc": [f"{actor}/followers"],
    }
    activity = {
        "@context": AS_CONTEXT,
        "id": f"{note['id']}/activity",
        "type": "Create",
        "actor": actor,
        "to": note["to"],
        "cc": note["cc"],
        "object": note,
    }
    body = orjson.dumps(activity)
    headers = sign_cavage(
        "POST",
        f"{server.base_url}/inbox",
        key_id=f"{actor}#main-key",
        private_pem=keys[number % AUTHORS].rsa.private,
        moment=now(),
        body=body,
        headers={"content-type": ACTIVITY_JSON},
    )
    return Letter(headers, body)


async def _send(server: Instance, letters: list[Letter]) -> None:
    turns = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession() as http:

        async def once(letter: Letter) -> None:
            url = f"{server.url}/inbox"
            async with turns, http.post(url, data=letter.body, headers=letter.headers) as answer:
                assert answer.status == 202, (answer.status, await answer.text())

        await asyncio.gather(*(once(letter) for letter in letters))


def _wait_until_done(server: Instance) -> None:
    database = sqlite3.connect(server.folder / "consilium.db")
    for _ in range(1200):
        (waiting,) = database.execute(
            "SELECT count(*) FROM inbox_activity WHERE due_at IS NOT NULL"
        ).fetchone()
        if not waiting:
            break
        time.sleep(0.05)
    (stored,) = database.execute("SELECT count(*) FROM post").fetchone()
    database.close()
    assert stored == POSTS, f"{stored} of {POSTS} posts are there"
