"""The hub: nothing where nobody listens, a fixed number of queries however many do."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, contextmanager

import pytest
import pytest_asyncio
from sqlalchemy import event

from actors.follows import save_follow
from api.entities.live import write_event
from db.bus import LOST, Event, emit
from factories import make_local_actor
from notifications.channels import Channel, Stream
from notifications.stream import Hub, Listener
from posts.models import Visibility
from posts.timelines import fan_out
from writing import write

HOME, PUBLIC = Channel(Stream.USER), Channel(Stream.PUBLIC)


@pytest_asyncio.fixture
async def people(database):
    """An author, and forty who follow them."""
    async with database.transaction() as session:
        author, *others = [await make_local_actor(session, f"p{n}") for n in range(41)]
        for one in others:
            await save_follow(session, one, author, uri=f"{one.uri}#f", accepted=True)
    return [author, *others]


class Heard(list):
    """What a listener was told, and whether it was ended."""

    def __init__(self):
        super().__init__()
        self.over = asyncio.Event()
        self._called = asyncio.Event()

    def tell(self, channel, name, payload):
        self.append((channel.stream.value, name, payload))
        self._called.set()

    def end(self):
        self.over.set()

    async def wait(self, count):
        async with asyncio.timeout(8):
            while len(self) < count:
                self._called.clear()
                await self._called.wait()


def listen(hub, actor, *channels, **more):
    heard = Heard()
    listener = Listener(
        heard.tell,
        heard.end,
        str(actor and actor.id),
        actor_id=actor.id if actor else None,
        channels=set(channels),
        **more,
    )
    hub.join(listener)
    return heard


@asynccontextmanager
async def running(database, write_it=write_event):
    hub, stop = Hub(), asyncio.Event()
    task = asyncio.create_task(hub.run(database, write_it, stop))
    await asyncio.sleep(0)
    try:
        yield hub
    finally:
        stop.set()
        await task


@contextmanager
def counted(database):
    """Count the statements that the database is asked within the block."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    engines = [database.engine.sync_engine]
    if database.direct_engine is not None:
        engines.append(database.direct_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield asked
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


async def _publish(database, author, visibility=Visibility.PUBLIC):
    async with database.transaction() as session:
        post = await write(session, author, visibility)
        await fan_out(session, post, author)
    return post


async def test_where_nobody_listens_an_event_costs_no_query(database, people):
    async with running(database):
        with counted(database) as asked:
            database.bus.publish((), [Event("post", 1), Event("revoked"), LOST])
            await asyncio.sleep(0.05)

    assert asked == []


async def test_what_concerns_nobody_here_costs_no_query(database, people):
    async with running(database) as hub:
        heard = listen(hub, people[0], HOME, hears_notices=True)
        with counted(database) as asked:
            others = [Event(kind, 7, actor_id=1) for kind in ("notification", "filters")]
            database.bus.publish((), [*others, Event("conversation", 7, people[0].id)])
            await asyncio.sleep(0.05)

    assert (asked, heard) == ([], [])


@pytest.mark.parametrize("channel", [HOME, PUBLIC], ids=lambda channel: channel.stream.value)
async def test_an_event_costs_as_many_queries_for_forty_as_for_two(database, people, channel):
    author, *others = people
    costs = []
    for count in (2, 40):
        async with running(database) as hub:
            heard = [listen(hub, one, channel) for one in others[:count]]
            with counted(database) as asked:
                post = await _publish(database, author)
                before = len(asked)
                await asyncio.gather(*(one.wait(1) for one in heard))
            costs.append(len(asked) - before)
            assert {one[0][:2] for one in heard} == {(channel.stream.value, "update")}
            assert all(f'"id":"{post.id}"' in one[0][2] for one in heard)
            assert len({one[0][2] for one in heard}) == 1

    assert abs(costs[1] - costs[0]) <= 1
    assert costs[1] <= 40


async def test_an_event_that_breaks_does_not_end_the_others(database, people):
    calls = []

    async def breaks_once(session, told, readers):
        calls.append(told)
        if len(calls) == 1:
            raise ZeroDivisionError
        return await write_event(session, told, readers)

    author, reader, *_ = people
    async with running(database, breaks_once) as hub:
        heard = listen(hub, reader, PUBLIC)
        await _publish(database, author)
        post = await _publish(database, author)
        await heard.wait(1)

    assert len(heard) == 1
    assert f'"id":"{post.id}"' in heard[0][2]


async def test_who_left_hears_no_more(database, people):
    author, reader, other, *_ = people
    async with running(database) as hub:
        heard, still = listen(hub, reader, PUBLIC), listen(hub, other, PUBLIC)
        for listener in list(hub._listeners):
            if listener.actor_id == reader.id:
                hub.leave(listener)
                hub.leave(listener)
        await _publish(database, author)
        await still.wait(1)

    assert heard == []
    assert (len(hub), hub.count_of(str(reader.id)), hub.count_of(str(other.id))) == (1, 0, 1)


async def test_all_tokens_are_checked_with_one_query(database, people):
    async with running(database) as hub:
        gone = [listen(hub, one, HOME, token_id=number) for number, one in enumerate(people)]
        strangers = listen(hub, None, PUBLIC)
        with counted(database) as asked:
            await hub.sweep(database)

    assert all(one.over.is_set() for one in gone)
    assert not strangers.over.is_set()
    assert len([one for one in asked if one.startswith("SELECT")]) == 1


async def test_after_a_loss_all_tokens_are_checked(database, people):
    async with running(database) as hub:
        heard = listen(hub, people[0], HOME, token_id=115)
        database.bus.publish((), [LOST])
        await asyncio.wait_for(heard.over.wait(), 5)


async def test_an_event_of_a_post_that_came_back_as_none_is_not_told(database, people):
    author, reader, *_ = people
    async with running(database) as hub:
        heard = listen(hub, reader, PUBLIC, HOME)
        post = await _publish(database, author)
        await heard.wait(1)
        async with database.transaction() as session:
            # Said to be deleted, and it is not; said to be there, and it is not.
            emit(session, Event("deleted", post.id))
            emit(session, Event("post", 115))
        last = await _publish(database, author)
        await heard.wait(2)

    assert [f'"id":"{one.id}"' in said[2] for one, said in zip((post, last), heard, strict=True)]
    assert len(heard) == 2
