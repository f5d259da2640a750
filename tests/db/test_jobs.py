"""The job table on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import JSON, Text, cast, literal, select, update
from sqlmodel import col

from core import clock
from db import jobs
from db.jobs import Job
from db.session import Database

LEASE = timedelta(seconds=30)


async def test_work_of_one_key_is_owed_once(database: Database):
    async with database.transaction() as session:
        await jobs.enqueue(session, "refresh", {"n": 1}, key="x")
        await jobs.enqueue(session, "refresh", {"n": 2}, key="x")

    async with database.read() as session:
        assert [job.payload for job in await session.scalars(select(Job))] == [{"n": 1}]


async def test_what_is_owed_is_known_by_its_key_unless_it_was_set_aside(database: Database):
    async with database.transaction() as session:
        await jobs.enqueue(session, "refresh", {}, key="parked")
        (job,) = await jobs.claim(session, limit=1, lease=LEASE)
        await jobs.park(session, job, "no use")
        await jobs.enqueue(session, "refresh", {}, key="held")
        await jobs.claim(session, limit=1, lease=LEASE)
        await jobs.enqueue(session, "refresh", {}, key="waiting")

        owed = await jobs.list_owed(session, ["parked", "held", "waiting", "never owed"])

    assert owed == {"held", "waiting"}


async def test_a_claimed_job_is_not_claimed_again_until_its_lease_ends(database: Database):
    async with database.transaction() as session:
        await jobs.enqueue(session, "refresh", {})

    async with database.transaction() as session:
        first = await jobs.claim(session, limit=5, lease=LEASE)
    async with database.transaction() as session:
        second = await jobs.claim(session, limit=5, lease=LEASE)
    clock.shift(LEASE * 2)
    async with database.transaction() as session:
        third = await jobs.claim(session, limit=5, lease=LEASE)

    assert (len(first), len(second), len(third)) == (1, 0, 1)
    assert third[0].attempts == 2


async def test_parallel_workers_never_claim_the_same_job(database: Database):
    async with database.transaction() as session:
        for number in range(20):
            await jobs.enqueue(session, "refresh", {"n": number})

    async def worker() -> list[int]:
        async with database.transaction() as session:
            return [job.id for job in await jobs.claim(session, limit=7, lease=LEASE)]

    claimed = [job for part in await asyncio.gather(*(worker() for _ in range(4))) for job in part]

    assert len(claimed) == len(set(claimed))
    assert len(claimed) >= 7


async def test_l13_a_job_that_keeps_failing_is_parked_with_its_reason(database: Database):
    async with database.transaction() as session:
        await jobs.enqueue(session, "refresh", {})

    for _ in range(jobs.MAX_ATTEMPTS):
        async with database.transaction() as session:
            for job in await jobs.claim(session, limit=1, lease=LEASE):
                await jobs.retry(session, job, "the host is down")
        clock.shift(jobs.LONGEST_RETRY)

    async with database.read() as session:
        job = (await session.scalars(select(Job))).one()
    assert job.parked_at is not None
    assert job.error == "the host is down"


async def test_work_owed_again_while_it_is_being_done_is_done_once_more(database: Database):
    async with database.transaction() as session:
        await jobs.enqueue(session, "refresh", {"n": 1}, key="x")
        job = (await jobs.claim(session, limit=1, lease=LEASE))[0]

    async with database.transaction() as session:
        await jobs.enqueue(session, "refresh", {"n": 2}, key="x")
    async with database.transaction() as session:
        await jobs.finish(session, job)
        again = await jobs.claim(session, limit=5, lease=LEASE)

    assert [job.payload for job in again] == [{"n": 2}]


async def test_a_parked_job_is_owed_again_when_somebody_asks(database: Database):
    async with database.transaction() as session:
        await jobs.enqueue(session, "refresh", {}, key="x")
        job = (await jobs.claim(session, limit=1, lease=LEASE))[0]
        await jobs.park(session, job, "no use")
        assert await jobs.claim(session, limit=1, lease=LEASE) == []

    async with database.transaction() as session:
        await jobs.enqueue(session, "refresh", {}, key="x")
        again = await jobs.claim(session, limit=1, lease=LEASE)

    assert len(again) == 1


async def test_a_failed_transaction_leaves_nothing_and_wakes_nobody(database: Database):
    with pytest.raises(RuntimeError):
        async with database.transaction() as session:
            await jobs.enqueue(session, "refresh", {})
            raise RuntimeError

    async with database.read() as session:
        assert (await session.scalars(select(Job))).all() == []
    assert not await database.bus.wait(jobs.TOPIC, 0.01)


async def test_concurrent_increments_are_all_counted(database: Database):
    async with database.transaction() as session:
        await jobs.enqueue(session, "count", {})

    async def increment() -> None:
        async with database.transaction() as session:
            job = (await session.scalars(select(Job).with_for_update())).one()
            job.attempts += 1

    await asyncio.gather(*(increment() for _ in range(8)))

    async with database.read() as session:
        assert (await session.scalars(select(Job))).one().attempts == 8


async def test_l07_a_job_that_cannot_be_read_is_set_aside_and_holds_up_nobody(database: Database):
    # PostgreSQL stores nothing that is no JSON at all.
    unreadable = "{not json" if database.is_sqlite else "null"
    async with database.transaction() as session:
        for number in range(3):
            await jobs.enqueue(session, "refresh", {"n": number})
        first, second, _ = await session.scalars(select(Job).order_by(col(Job.id)))
        for job, text in ((first, unreadable), (second, "[1]")):
            written = literal(text) if database.is_sqlite else cast(literal(text, Text), JSON)
            statement = update(Job).where(col(Job.id) == job.id).values(payload=written)
            await session.execute(statement.execution_options(synchronize_session=False))

    async with database.transaction() as session:
        claimed = await jobs.claim(session, limit=5, lease=LEASE)
    async with database.read() as session:
        parked = await session.scalars(select(col(Job.id)).where(col(Job.parked_at).is_not(None)))

    assert [job.payload for job in claimed] == [{"n": 2}]
    assert set(parked) == {first.id, second.id}


async def test_work_owed_again_meanwhile_is_neither_put_off_nor_set_aside(database: Database):
    for give_up in (jobs.retry, jobs.park):
        async with database.transaction() as session:
            await jobs.enqueue(session, "refresh", {"n": 1}, key="x")
            late = (await jobs.claim(session, limit=1, lease=LEASE))[0]
            await jobs.enqueue(session, "refresh", {"n": 2}, key="x")

        async with database.transaction() as session:
            await give_up(session, late, "too late")
            again = await jobs.claim(session, limit=1, lease=LEASE)
            await give_up(session, late, "too late")
            await jobs.finish(session, again[0])

        assert [job.payload for job in again] == [{"n": 2}]
        async with database.read() as session:
            assert (await session.scalars(select(Job))).all() == []


async def test_some_kinds_can_be_left(database: Database):
    async with database.transaction() as session:
        await jobs.enqueue(session, "refresh", {})
        await jobs.enqueue(session, "count", {})

        claimed = await jobs.claim(session, limit=5, lease=LEASE, but_not=["refresh"])

    assert [job.kind for job in claimed] == ["count"]


async def test_what_was_set_aside_long_ago_is_forgotten(database: Database):
    async with database.transaction() as session:
        for name in ("old", "new", "waits"):
            await jobs.enqueue(session, "refresh", {}, key=name)
        old = update(Job).where(col(Job.key) == "old")
        await session.execute(old.values(parked_at=clock.now() - timedelta(days=31)))
        new = update(Job).where(col(Job.key) == "new")
        await session.execute(new.values(parked_at=clock.now()))

    async with database.transaction() as session:
        await jobs.forget_parked(session, timedelta(days=30))

    async with database.read() as session:
        assert set(await session.scalars(select(Job.key))) == {"new", "waits"}
