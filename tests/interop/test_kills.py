"""Killed at random moments under load: nothing acknowledged is lost, nothing is shown twice."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path

import aiohttp
import pytest

from commands import Commands
from fakes.actor import PUBLIC, FakeActor
from fakes.remote import FakeRemote
from instances import Instance, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

KILLS = int(os.environ.get("KILLS", "12"))
SEED = int(os.environ.get("KILLS_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
LONGEST_LIFE_S = 1.6
GONE = (OSError, aiohttp.ClientError, HTTPException, TimeoutError)


class Load:
    """Two threads that post through the API and to the inbox, and repeat until acknowledged."""

    def __init__(self, instance: Instance, token: str, bob: FakeActor, alice_uri: str) -> None:
        self.instance, self.token, self.bob, self.alice_uri = instance, token, bob, alice_uri
        self.posted: dict[int, str] = {}
        self.sent: dict[int, str] = {}
        self.problems: list[str] = []
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._repeat, args=(self._post,)),
            threading.Thread(target=self._repeat, args=(self._send,)),
        ]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def _repeat(self, step: Callable[[int], bool]) -> None:
        number = 0
        while not self._over.is_set():
            try:
                if step(number):
                    number += 1
                time.sleep(0.01)
            except GONE:
                time.sleep(0.05)

    def _post(self, number: int) -> bool:
        status, answer = self.instance.request(
            "POST",
            "/api/v1/statuses",
            token=self.token,
            body={"status": f"post {number}", "visibility": "public"},
            headers={"idempotency-key": f"key-{number}"},
        )
        if status == 200:
            self.posted[number] = answer["uri"]
        elif status != 503:
            self.problems.append(f"post {number}: {status} {answer}")
        return status == 200

    def _send(self, number: int) -> bool:
        note = self.bob.note(
            f"<p>note {number}</p>", id=f"{self.bob.uri}/notes/{number}", to=[PUBLIC],
            cc=[self.bob.followers, self.alice_uri],
            tag=[{"type": "Mention", "href": self.alice_uri, "name": "@alice"}],
        )  # fmt: skip
        inbox = f"{self.instance.base_url}/inbox"
        reply = self.bob.remote.run(self.bob.post(inbox, self.bob.create(note)))
        if reply.status == 202:
            self.sent[number] = note["id"]
        elif reply.status != 503:
            self.problems.append(f"note {number}: {reply.status} {reply.body[:200]!r}")
        return reply.status == 202


def _rows(instance: Instance, statement: str, *values: object) -> list[tuple]:
    database = sqlite3.connect(instance.folder / "consilium.db")
    try:
        return database.execute(statement, values).fetchall()
    finally:
        database.close()


@pytest.fixture
def bob():
    with FakeRemote("b") as remote:
        yield remote.person("bob")


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path, bob: FakeActor):
    print(f"seed {SEED} (KILLS_SEED={SEED} repeats it)")
    chance = random.Random(SEED)
    instance = Instance("a", tmp_path).migrated()
    commands = Commands(instance)
    token = commands.account("alice", "Dr Alice")
    commands.cli("peer", "allow", bob.remote.host, "--class", "social")
    instance.start()
    alice = instance.api("GET", "/api/v1/accounts/verify_credentials", token)
    _make_friends(instance, token, alice["uri"], bob)

    with Load(instance, token, bob, alice["uri"]) as load:
        for _ in range(KILLS):
            time.sleep(min(chance.expovariate(2.0), LONGEST_LIFE_S) + 0.05)
            instance.kill()
            instance.start()
        wait_for(lambda: len(load.posted) > 3 and len(load.sent) > 3)

    assert load.problems == []
    unfinished = "SELECT count(*) FROM inbox_activity WHERE due_at IS NOT NULL"
    wait_for(lambda: _rows(instance, unfinished)[0][0] == 0, timeout_s=150)
    _check_posts(instance, load, alice["id"])
    _check_notes(instance, load, alice["id"])
    wanted = set(load.posted.values())
    wait_for(lambda: wanted <= _received(bob), timeout_s=150)
    assert _rows(instance, "PRAGMA integrity_check") == [("ok",)]
    assert _rows(instance, "PRAGMA foreign_key_check") == []
    print(f"{len(load.posted)} posts and {len(load.sent)} notes, {KILLS} kills")
    instance.stop()


def _make_friends(instance: Instance, token: str, alice_uri: str, bob: FakeActor) -> None:
    """Alice follows Bob, Bob follows Alice."""
    query = f"/api/v2/search?q=%40{bob.handle.replace('@', '%40')}&resolve=true&type=accounts"
    account = instance.api("GET", query, token)["accounts"][0]
    instance.api("POST", f"/api/v1/accounts/{account['id']}/follow", token)
    asked = bob.remote.run(bob.remote.wait_for("Follow"))
    inbox = f"{instance.base_url}/inbox"
    assert bob.remote.run(bob.post(inbox, bob.activity("Accept", asked))).status == 202
    assert bob.remote.run(bob.post(inbox, bob.follow(alice_uri))).status == 202
    waiting = wait_for(lambda: instance.api("GET", "/api/v1/follow_requests", token))
    instance.api("POST", f"/api/v1/follow_requests/{waiting[0]['id']}/authorize", token)
    path = f"/api/v1/accounts/relationships?id[]={account['id']}"
    wait_for(lambda: instance.api("GET", path, token)[0]["following"])


def _check_posts(instance: Instance, load: Load, alice_id: str) -> None:
    rows = _rows(
        instance, "SELECT uri, source_text FROM post WHERE author_id = ?", int(alice_id)
    )
    texts = [text for _, text in rows]
    assert len(texts) == len(set(texts)), "a post is there twice"
    assert set(load.posted.values()) <= {uri for uri, _ in rows}, "an acknowledged post is lost"
    counted = _rows(instance, "SELECT posts_count FROM actor WHERE id = ?", int(alice_id))
    assert counted == [(len(rows),)]


def _check_notes(instance: Instance, load: Load, alice_id: str) -> None:
    stored = [uri for (uri,) in _rows(
        instance, "SELECT uri FROM post WHERE author_id <> ?", int(alice_id)
    )]  # fmt: skip
    assert len(stored) == len(set(stored))
    assert set(load.sent.values()) <= set(stored), "an acknowledged note is lost"
    notices = _rows(
        instance,
        "SELECT count(*), sum(others) FROM notification WHERE kind = 'mention' GROUP BY post_id",
    )
    assert {count for count, _ in notices} == {1}
    # Of more than a hundred an hour of one host the last notice stands for the rest.
    assert len(notices) + sum(others for _, others in notices) == len(stored)
    at_home = _rows(
        instance,
        "SELECT count(*) FROM timeline JOIN post ON post.id = post_id "
        "WHERE owner_id = ? AND author_id <> ?",
        int(alice_id),
        int(alice_id),
    )
    assert at_home == [(len(stored),)]


def _received(bob: FakeActor) -> set[str]:
    return {activity["object"]["id"] for activity in bob.remote.activities("Create")}
