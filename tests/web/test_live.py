"""`/live`: what an open page is told over a real socket, and who is told nothing."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager

import aiohttp
import pytest
import pytest_asyncio
import uvicorn
from sqlalchemy import select, update

import factories
from actors.blocks import save_block
from actors.follows import save_follow
from actors.lists import make_list
from actors.models import Actor
from cli.serve import server_config
from instances import free_port
from moderation.models import Filter, FilterAction, FilterKeyword
from notifications.models import Notification
from notifications.notify import notify_like, notify_mention
from posts.list_timelines import put_on_list
from posts.models import Post
from posts.save import delete_post
from posts.timelines import fan_out
from users.accounts import suspend_user
from users.markers import save_marker
from users.models import WebSession
from users.queries import find_user_by_username
from users.sessions import sign_in, sign_out
from web.live import write_for_pages
from web.pages import live

# Long enough for a busy machine; what comes, comes within milliseconds.
SOON_S = 8.0


class House:
    """The pages, served by uvicorn as `consilium serve` would; one browser after another."""

    def __init__(self, app, database, hub):
        self.app, self.database, self.hub, self.port = app, database, hub, free_port()

    async def __aenter__(self):
        self._stop = asyncio.Event()
        self.server = uvicorn.Server(server_config("127.0.0.1", self.port, lambda: self.app))
        self._running = [
            asyncio.create_task(self.server.serve()),
            asyncio.create_task(self.hub.run(self.database, write_for_pages, self._stop)),
        ]
        for _ in range(1000):
            if self.server.started:
                break
            await asyncio.sleep(0.01)
        self.http = aiohttp.ClientSession(f"http://127.0.0.1:{self.port}")
        return self

    async def __aexit__(self, *_):
        await self.http.close()
        await self.drain()
        self._stop.set()
        await asyncio.gather(*self._running)

    async def drain(self):
        self.server.should_exit = True
        await asyncio.wait([self._running[0]])

    async def sign_in(self, actor):
        async with self.database.transaction() as session:
            user = await find_user_by_username(session, actor.username)
            secret, _ = await sign_in(session, user)
        return secret

    @asynccontextmanager
    async def open(self, secret, timeline=""):
        """Open a page's stream; heard when the block begins."""
        headers = {"Cookie": f"session={secret}"} if secret else {}
        query = {"timeline": timeline} if timeline else {}
        async with self.http.get("/live", params=query, headers=headers) as answer:
            stream = Stream(answer)
            if answer.status == 200:
                stream.first = await stream.next()
            yield stream


class Stream:
    """What an open page hears."""

    def __init__(self, answer):
        self.answer, self.status = answer, answer.status

    async def next(self, timeout_s=SOON_S):
        async with asyncio.timeout(timeout_s):
            line = (await self.answer.content.readline()).decode().rstrip("\n")
            if line:
                await self.answer.content.readline()
        return json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else line

    async def ended(self):
        async with asyncio.timeout(SOON_S):
            try:
                return await self.answer.content.read() == b""
            except aiohttp.ClientPayloadError:
                return True


@pytest_asyncio.fixture
async def house(app, database, hub):
    async with House(app, database, hub) as running:
        yield running


@pytest_asyncio.fixture
async def carols(house, carol):
    """The secret of Carol's browser."""
    return await house.sign_in(carol)


@pytest_asyncio.fixture
async def followed(database, alice, carol):
    async with database.transaction() as session:
        await save_follow(session, carol, alice, uri=f"{carol.uri}#f", accepted=True)
    return alice


@pytest.fixture
def arrive(database, say):
    """Let a post come to wherever it comes."""

    async def tell(author, html="<p>Bonjour</p>", visibility="public", **values):
        post = await say(author, html, visibility, **values)
        async with database.transaction() as session:
            row = await session.get_one(Post, post.id)
            await fan_out(session, row, await session.get_one(Actor, author.id))
        return post

    return tell


@pytest.mark.parametrize("timeline", ["home", "local", "federated", "tag:ECG"])
async def test_a_page_is_told_the_id_and_nothing_else(
    house, carols, followed, arrive, timeline
):
    async with house.open(carols, timeline) as stream:
        post = await arrive(followed, "<p>Un secret</p>", tags=["ecg"])

        told = await stream.next()

    assert told == {"kind": "post", "id": str(post.id)}
    assert stream.first == {"kind": "notification", "unread": 0}
    assert stream.answer.content_type == "text/event-stream"
    assert stream.answer.headers["Cache-Control"] == "private, no-store"


async def test_a_list_tells_what_those_on_it_say(house, carols, carol, followed, arrive, database):
    async with database.transaction() as session:
        team = await make_list(session, carol.id, "Garde")
        await put_on_list(session, team, [followed.id])
    async with house.open(carols, f"list:{team.id}") as stream:
        await arrive(carol, "<p>De moi</p>")
        post = await arrive(followed, "<p>D’Alice</p>")

        assert await stream.next() == {"kind": "post", "id": str(post.id)}


async def test_what_comes_elsewhere_is_not_told(house, carols, alice, followed, arrive):
    async with house.open(carols, "home") as home, house.open(carols, "tag:qt") as tag:
        hidden = await arrive(alice, visibility="doctors", tags=["qt"])
        post = await arrive(alice, visibility="followers")
        tagged = await arrive(alice, tags=["qt"])

        assert [(await home.next())["id"] for _ in range(2)] == [str(post.id), str(tagged.id)]
        assert (await tag.next())["id"] == str(tagged.id)
    assert hidden.id < post.id


async def test_a_deletion_is_told(house, carols, followed, arrive, database):
    post = await arrive(followed)
    async with house.open(carols, "home") as stream:
        async with database.transaction() as session:
            await delete_post(session, await session.get_one(Post, post.id))

        assert await stream.next() == {"kind": "deleted", "id": str(post.id)}


async def test_what_a_filter_hides_there_is_not_told(
    house, carols, carol, followed, arrive, database
):
    async with database.transaction() as session:
        kept = Filter(
            actor_id=carol.id, title="Chat", contexts=["home"], action=FilterAction.HIDE
        )
        session.add(kept)
        await session.flush()
        session.add(FilterKeyword(filter_id=kept.id, keyword="chat"))
    async with house.open(carols, "home") as home, house.open(carols, "local") as local:
        cat = await arrive(followed, "<p>Mon chat</p>")
        dog = await arrive(followed, "<p>Mon chien</p>")

        assert (await home.next())["id"] == str(dog.id)
        assert [(await local.next())["id"] for _ in range(2)] == [str(cat.id), str(dog.id)]


@pytest.mark.parametrize("timeline", ["", "home", "federated"])
async def test_a_notice_is_told_by_how_many_are_unread(
    house, carols, carol, alice, say, database, timeline
):
    first, second = await say(carol), await say(carol)
    async with database.transaction() as session:
        await notify_like(session, first, alice.id)
        read = await session.scalar(select(Notification.id))
        user = await find_user_by_username(session, "carol")
        await save_marker(session, user.id, "notifications", read)
    async with house.open(carols, timeline) as stream:
        async with database.transaction() as session:
            await notify_like(session, await session.get_one(Post, second.id), alice.id)

        assert await stream.next() == {"kind": "notification", "unread": 1}
    assert stream.first["unread"] == 0
    async with house.open(carols, timeline) as again:
        assert again.first["unread"] == 1


async def test_what_is_set_aside_and_others_notices_are_not_told(
    house, carols, carol, alice, say, database
):
    post = await say(alice)
    async with house.open(carols) as stream:
        async with database.transaction() as session:
            author = await session.get_one(Actor, carol.id)
            await notify_mention(session, post, author, [alice.id])
            await notify_mention(session, post, await session.get_one(Actor, alice.id), [carol.id])

        assert await stream.next() == {"kind": "notification", "unread": 1}


async def test_who_signs_out_hears_no_more_within_five_seconds(
    house, carols, followed, arrive, database
):
    async with house.open(carols, "home") as stream:
        async with database.transaction() as session:
            await sign_out(session, carols)
        began = time.monotonic()

        assert await stream.next() == {"kind": "over"}
        assert time.monotonic() - began < 5
        await arrive(followed)
        assert await stream.ended()
    assert len(house.hub) == 0


async def test_who_is_suspended_hears_no_more(house, carols, carol, database):
    async with house.open(carols, "home") as stream:
        await suspend_user(database, "carol", decided_by="test")

        assert await stream.next() == {"kind": "over"}


async def test_whom_the_author_blocks_hears_nothing(
    house, carols, carol, alice, bruno, arrive, database
):
    async with database.transaction() as session:
        me = await session.get_one(Actor, carol.id)
        await save_block(session, await session.get_one(Actor, alice.id), me, uri="https://x/1")
    async with house.open(carols, "local") as stream:
        await arrive(alice)
        post = await arrive(bruno)

        assert (await stream.next())["id"] == str(post.id)


@pytest_asyncio.fixture
async def bruno(database):
    async with database.transaction() as session:
        return await factories.make_local_actor(session, "bruno")


@pytest.mark.parametrize("secret", ["", "invented"])
async def test_strangers_are_told_nothing(house, secret):
    async with house.open(secret, "federated") as stream:
        assert stream.status == 401
    assert len(house.hub) == 0


async def test_a_session_without_a_token_has_no_stream(house, carols, database):
    async with database.transaction() as session:
        await session.execute(update(WebSession).values(token_id=None))

    async with house.open(carols, "home") as stream:
        assert stream.status == 401


@pytest.mark.parametrize("timeline", ["homes", "tag:", "tag:" + "x" * 201, "list:1", "list:x"])
async def test_a_timeline_that_is_none_is_not_found(house, carols, timeline):
    async with house.open(carols, timeline) as stream:
        assert stream.status == 404


async def test_others_lists_are_not_heard(house, carols, alice, database):
    async with database.transaction() as session:
        team = await make_list(session, alice.id, "Garde")

    async with house.open(carols, f"list:{team.id}") as stream:
        assert stream.status == 404


async def test_one_person_has_so_many_pages_open_and_no_more(house, carols, monkeypatch):
    monkeypatch.setattr(live, "MAX_CONNECTIONS", 1)
    async with house.open(carols, "home"), house.open(carols, "home") as second:
        assert second.status == 429
    monkeypatch.setattr(live, "MAX_CONNECTIONS", 20)
    monkeypatch.setattr(live, "MAX_IN_ALL", 0)
    async with house.open(carols, "home") as third:
        assert third.status == 503


async def test_a_silent_stream_shows_that_it_lives(house, carols, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)
    async with house.open(carols, "home") as stream:
        assert await stream.next() == ":"


async def test_a_page_that_is_closed_is_forgotten(house, carols):
    async with house.open(carols, "home"):
        assert len(house.hub) == 1

    for _ in range(800):
        if not len(house.hub):
            break
        await asyncio.sleep(0.01)
    assert len(house.hub) == 0


async def test_a_head_asks_without_listening(house, carols):
    async with house.http.head("/live", headers={"Cookie": f"session={carols}"}) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
    assert len(house.hub) == 0


async def test_a_stop_waits_for_no_open_page(house, carols):
    async with house.open(carols, "home") as stream:
        began = time.monotonic()
        await house.drain()

        assert await stream.ended()
    assert time.monotonic() - began < 5
