"""Wake-up calls and events: after the commit only, between the processes of one PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from db.bus import LOST, MAX_PAYLOAD, Event, announce, emit, listen, payloads
from db.session import Database, savepoint


async def test_a_topic_is_called_after_the_commit(database: Database):
    async with database.transaction() as session:
        announce(session, "posts")
        assert not await database.bus.wait("posts", 0.01)

    assert await database.bus.wait("posts", 0.01)
    assert not await database.bus.wait("posts", 0.01)


async def test_another_process_hears_it_on_postgresql(database: Database, settings):
    if database.is_sqlite:
        return
    other, stop = Database(settings), asyncio.Event()
    task = asyncio.create_task(listen(settings.resolved_database_url, other.bus, stop))
    await asyncio.sleep(0.5)

    async with database.transaction() as session:
        announce(session, "posts")

    assert await other.bus.wait("posts", 5)
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            announce(session, "posts")
            await session.flush()
            raise RuntimeError
    assert not await other.bus.wait("posts", 0.2)
    stop.set()
    await asyncio.wait_for(task, 10)
    await other.close()


async def test_an_event_is_told_once_to_each_listener_after_the_commit(database: Database):
    post = Event("post", 7, actor_id=3)
    with database.bus.subscribe() as first, database.bus.subscribe() as second:
        async with database.transaction() as session:
            emit(session, post)
            emit(session, post)
            emit(session, Event("deleted", 8))
            assert not await _heard(first, 0.01)

        assert await _heard(first) == [post, Event("deleted", 8)]
        assert await _heard(second) == [post, Event("deleted", 8)]


async def test_J11_an_event_of_what_is_rolled_back_is_never_told(database: Database):
    with database.bus.subscribe() as heard:
        with pytest.raises(RuntimeError):
            async with database.transaction() as session:
                emit(session, Event("post", 7))
                raise RuntimeError
        with pytest.raises(ValueError, match="no such post"):
            await database.unit(_fail)

        async with database.transaction() as session:
            emit(session, Event("post", 8))

        assert await _heard(heard) == [Event("post", 8)]


async def test_J11_what_a_savepoint_undoes_is_not_told(database: Database):
    async def work(session):
        emit(session, Event("post", 1))
        with pytest.raises(ZeroDivisionError):
            async with savepoint(session):
                emit(session, Event("post", 2))
                raise ZeroDivisionError
        async with savepoint(session):
            emit(session, Event("post", 3))

    with database.bus.subscribe() as heard:
        await database.unit(work)

        assert await _heard(heard) == [Event("post", 1), Event("post", 3)]


async def test_a_unit_of_work_tells_its_events_too(database: Database):
    async def work(session):
        emit(session, Event("edited", 9))

    with database.bus.subscribe() as heard:
        await database.unit(work)

        assert await _heard(heard) == [Event("edited", 9)]


async def test_who_does_not_keep_up_hears_that_the_oldest_are_lost(database: Database):
    with database.bus.subscribe(limit=3) as heard:
        database.bus.publish((), [Event("post", number) for number in range(6)])

        assert await _heard(heard) == [LOST, Event("post", 4), Event("post", 5)]
        assert heard.lost == 3


async def test_who_stopped_listening_costs_nothing(database: Database):
    with database.bus.subscribe() as heard:
        pass

    database.bus.publish((), [Event("post", 1)])

    assert not await _heard(heard, 0.01)


async def test_events_are_notified_in_parts_that_postgresql_takes():
    events = [Event("announcement.reaction", 2**63 - 1, 2**63 - 1, "é" * 200)] * 100

    parts = list(payloads("9", events))

    assert len(parts) > 1
    assert all(len(part.encode()) < MAX_PAYLOAD + 100 for part in parts)


def test_an_event_carries_no_content():
    with pytest.raises(ValueError, match="a name"):
        Event("post", 1, text="x" * 201)


async def test_events_of_another_process_are_heard_once_on_postgresql(database, settings):
    if database.is_sqlite:
        return
    other, stop = Database(settings), asyncio.Event()
    url = settings.resolved_database_url
    tasks = [asyncio.create_task(listen(url, one.bus, stop)) for one in (database, other)]
    with database.bus.subscribe() as here, other.bus.subscribe() as there:
        # Whoever has begun to listen says so.
        assert await _heard(here, 5, most=1) == [LOST] == await _heard(there, 5, most=1)
        events = [Event("post", number, text="é" * 40) for number in range(300)]
        async with database.transaction() as session:
            for event in events:
                emit(session, event)

        assert await _heard(there, 2) == events
        assert await _heard(here, 0.2) == events
    stop.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    await other.close()


async def test_a_notification_that_cannot_be_read_is_a_loss(database: Database):
    with database.bus.subscribe() as heard:
        for payload in ("no json", "7", '["x",["post",1,2,3,4,5,6]]', "[]"):
            database.bus.hear(payload)

        assert set(await _heard(heard)) == {LOST}


async def _fail(session):
    emit(session, Event("post", 7))
    raise ValueError("no such post")


async def _heard(subscription, timeout_s=0.05, *, most=10_000):
    found = []
    try:
        while len(found) < most:
            found.append(await asyncio.wait_for(subscription.next(), timeout_s))
    except TimeoutError:
        pass
    return found
