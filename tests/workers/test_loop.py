"""The engine room: woken by commits, stopped cleanly, upset by nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core import clock
from core.clock import now
from core.errors import PermanentError, TemporaryError
from db import jobs
from db.bus import announce
from db.jobs import Job
from posts.queries import find_tombstone, save_tombstone
from workers import jobs as worker
from workers.loop import _repeat
from workers.periodic import Chore, Periodic


@pytest.fixture
def done(monkeypatch) -> list:
    """What the job "note" was called with; payloads may ask it to fail."""
    calls: list = []

    async def note(database, client, payload) -> None:
        calls.append(payload["n"])
        if payload.get("fails") == "for now":
            raise TemporaryError("the host is down")
        if payload.get("fails") == "for good":
            raise PermanentError("there is no such thing")

    monkeypatch.setattr(worker, "JOBS", {"note": note})
    return calls


async def _owe(database, **payload) -> None:
    async with database.transaction() as session:
        await jobs.enqueue(session, "note", payload)


async def _owed(database) -> list[Job]:
    async with database.read() as session:
        return list(await session.scalars(select(Job)))


async def test_a_job_is_done_once_and_gone(database, done):
    await _owe(database, n=1)

    assert await worker.process_jobs(database, None) == 1
    assert await worker.process_jobs(database, None) == 0
    assert done == [1]
    assert await _owed(database) == []


async def test_a_job_that_cannot_be_done_now_is_tried_again_later(database, done):
    await _owe(database, n=1, fails="for now")

    await worker.process_jobs(database, None)
    assert await worker.process_jobs(database, None) == 0
    clock.shift(timedelta(seconds=10))
    await worker.process_jobs(database, None)

    assert done == [1, 1]
    assert (await _owed(database))[0].error == "the host is down"


async def test_a_job_that_never_will_be_done_is_set_aside_and_holds_up_nobody(database, done):
    await _owe(database, n=1, fails="for good")
    await _owe(database, n=2)

    await worker.process_jobs(database, None)

    assert sorted(done) == [1, 2]
    (aside,) = await _owed(database)
    assert aside.parked_at is not None and aside.error == "there is no such thing"


async def test_l07_a_job_of_an_unknown_kind_is_set_aside(database, done):
    async with database.transaction() as session:
        await jobs.enqueue(session, "dance", {})

    await worker.process_jobs(database, None)

    assert (await _owed(database))[0].parked_at is not None


async def test_a_job_that_breaks_is_tried_later_and_ends_no_other(database, monkeypatch):
    done = []

    async def breaks(_database, _client, _payload) -> None:
        raise ZeroDivisionError

    async def works(_database, _client, _payload) -> None:
        await asyncio.sleep(0.05)
        done.append(None)

    monkeypatch.setattr(worker, "JOBS", {"break": breaks, "work": works})
    async with database.transaction() as session:
        await jobs.enqueue(session, "break", {})
        await jobs.enqueue(session, "work", {})

    await worker.process_jobs(database, None)

    (broken,) = await _owed(database)
    assert (broken.kind, broken.error) == ("break", "ZeroDivisionError here")
    assert broken.locked_until is None and broken.due_at > now()
    assert done == [None]


async def test_a_job_that_takes_long_holds_up_no_other(database, monkeypatch):
    release, done = asyncio.Event(), []

    async def wait(_database, _client, _payload) -> None:
        await release.wait()

    async def note(_database, _client, payload) -> None:
        done.append(payload["n"])

    monkeypatch.setattr(worker, "JOBS", {"wait": wait, "note": note})
    monkeypatch.setattr(worker, "MAX_OPEN_OF_A_KIND", 2)
    async with database.transaction() as session:
        for _ in range(worker.A_CLAIM + 2):
            await jobs.enqueue(session, "wait", {})
        await jobs.enqueue(session, "note", {"n": 1})
    owed = worker.Jobs(database, None)

    begun = [await owed.step(), await owed.step(), await owed.step()]

    # A kind that has its places leaves the others to those behind it.
    assert begun == [worker.A_CLAIM, 1, 0]
    release.set()
    await owed.drain()
    assert done == [1]
    assert len(await _owed(database)) == 2
    assert await owed.step() == 2
    await owed.drain()


async def test_a_job_that_does_not_end_is_left_for_later_at_the_stop(database, monkeypatch):
    async def hang(_database, _client, _payload) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(worker, "JOBS", {"hang": hang})
    monkeypatch.setattr(worker, "DRAIN_S", 0.01)
    async with database.transaction() as session:
        await jobs.enqueue(session, "hang", {})
    owed = worker.Jobs(database, None)

    await owed.step()
    await owed.drain()

    (job,) = await _owed(database)
    assert job.locked_until is not None and job.parked_at is None


async def test_a_commit_wakes_the_loop_at_once(database):
    stop, seen = asyncio.Event(), asyncio.Queue()

    async def step() -> int:
        seen.put_nowait(None)
        return 0

    loop = asyncio.create_task(
        _repeat("test", step, database, topic="posts", poll_s=60, stop=stop)
    )
    await asyncio.wait_for(seen.get(), 5)
    async with database.transaction() as session:
        announce(session, "posts")

    await asyncio.wait_for(seen.get(), 5)
    stop.set()
    await asyncio.wait_for(loop, 5)


async def test_a_step_that_breaks_is_tried_again(database, monkeypatch):
    monkeypatch.setattr("workers.loop.PAUSE_AFTER_ERROR_S", 0.01)
    stop, calls = asyncio.Event(), []

    async def step() -> int:
        calls.append(None)
        if len(calls) == 1:
            raise RuntimeError("a bug")
        stop.set()
        return 0

    await asyncio.wait_for(
        _repeat("test", step, database, topic="posts", poll_s=60, stop=stop), 5
    )

    assert len(calls) == 2


async def test_b19_what_was_deleted_first_is_remembered_for_longer_than_a_month(database):
    async with database.transaction() as session:
        await save_tombstone(session, "http://b/1", "http://b/users/bob")
    periodic, kept = Periodic(database, None), []

    for days in (31, 60):
        clock.shift(timedelta(days=days))
        await periodic.step()
        async with database.read() as session:
            kept.append(await find_tombstone(session, "http://b/1") is not None)

    assert kept == [True, False]


async def test_chores_are_done_when_due_and_late_ones_once(database):
    periodic, calls = Periodic(database, None), []

    async def work(_database, _client) -> None:
        calls.append(None)

    periodic._chores = [Chore(timedelta(minutes=1), work, now())]

    assert await periodic.step() == 1
    assert await periodic.step() == 0
    clock.shift(timedelta(hours=3))
    assert await periodic.step() == 1
    assert len(calls) == 2
