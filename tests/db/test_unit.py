"""A unit of work: the same as a transaction, in one trip on SQLite."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, select

from db import jobs
from db.bus import announce
from db.direct import finished
from db.jobs import Job


async def _kinds(database) -> list[str]:
    async with database.read() as session:
        return sorted(await session.scalars(select(Job.kind)))


async def test_a_unit_is_committed_and_its_topics_are_called(database):
    async def work(session):
        await jobs.enqueue(session, "one", {})
        announce(session, "here")
        return len((await session.scalars(select(Job))).all())

    assert await database.unit(work) == 1
    assert await _kinds(database) == ["one"]
    assert await database.bus.wait("here", 0.01)


async def test_a_unit_that_fails_leaves_nothing(database):
    async def work(session):
        await jobs.enqueue(session, "one", {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.unit(work)

    assert await _kinds(database) == []
    assert not await database.bus.wait(jobs.TOPIC, 0.01)


async def test_a_savepoint_undoes_its_part(database):
    async def work(session):
        await jobs.enqueue(session, "kept", {})
        with pytest.raises(ZeroDivisionError):
            async with session.begin_nested():
                session.add(Job(kind="undone"))
                await session.flush()
                raise ZeroDivisionError
        async with session.begin_nested():
            session.add(Job(kind="done"))

    await database.unit(work)

    assert await _kinds(database) == ["done", "kept"]


async def test_units_and_transactions_take_turns(database):
    async def unit(session):
        job = (await session.scalars(select(Job).with_for_update())).one()
        job.attempts += 1

    async def transaction():
        async with database.transaction() as session:
            await unit(session)

    async with database.transaction() as session:
        await jobs.enqueue(session, "count", {})

    await asyncio.gather(*(database.unit(unit) for _ in range(8)), *(transaction() for _ in "1234"))

    async with database.read() as session:
        assert (await session.scalars(select(Job))).one().attempts == 12


async def test_what_waits_for_anything_else_is_no_unit():
    with pytest.raises(RuntimeError):
        finished(asyncio.sleep(0.01))


async def test_a_unit_begins_once(database):
    begun = []
    engine = database.direct_engine or database.engine.sync_engine
    event.listen(engine, "begin", begun.append)

    async def work(session):
        for number in range(3):
            await jobs.enqueue(session, f"{number}", {})

    await database.unit(work)

    assert len(begun) == 1


async def test_a_look_reads_in_one_go_and_leaves_nothing(database):
    async with database.transaction() as session:
        await jobs.enqueue(session, "one", {})

    async def work(session):
        return [job.kind for job in await session.scalars(select(Job))]

    assert await database.look(work) == ["one"]


async def test_a_look_does_not_wait_for_a_writer(database):
    async def work(session):
        return len((await session.scalars(select(Job))).all())

    async with database.transaction() as session:
        await jobs.enqueue(session, "one", {})
        assert await asyncio.wait_for(database.look(work), 2) == 0
