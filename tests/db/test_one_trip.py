"""An async session, on either database: what statements give, and on SQLite in how many trips."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.exc import OperationalError as Refused

from db.engine import make_engine
from db.jobs import Job

KINDS = ("one", "two", "three")


async def _add(session, *kinds, **values):
    rows = [{"id": number, "kind": kind} | values for number, kind in enumerate(kinds, 1)]
    await session.execute(insert(Job), rows)


async def _kinds(database):
    async with database.read() as session:
        return sorted(await session.scalars(select(Job.kind)))


async def test_many_rows_go_in_together_and_rows_come_back_in_order(session):
    await _add(session, *KINDS)

    found = await session.execute(select(Job.kind).order_by(Job.id))

    assert found.scalars().all() == list(KINDS)


async def test_a_change_tells_how_many_rows_it_touched(session):
    await _add(session, *KINDS)

    changed = await session.execute(update(Job).where(Job.id > 1).values(attempts=2))
    removed = await session.execute(delete(Job).where(Job.id == 9))

    assert (changed.rowcount, removed.rowcount) == (2, 0)


async def test_what_is_returned_of_a_change_is_all_there(session):
    await _add(session, *KINDS)

    changed = update(Job).where(Job.id > 1).values(attempts=2).returning(Job.kind)
    rows = (await session.execute(changed)).scalars().all()

    assert sorted(rows) == ["three", "two"]


async def test_a_row_that_breaks_a_rule_is_an_error_and_the_transaction_is_undone(database):
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await _add(session, "one", "two", key="the same")

    assert await _kinds(database) == []


async def test_a_statement_that_is_none_is_an_error_and_the_session_goes_on_after_it(database):
    async with database.read() as session:
        with pytest.raises((Refused, ProgrammingError)):
            await session.execute(text("SELEKT 1"))
        await session.rollback()

        assert await session.scalar(select(func.count()).select_from(Job)) == 0


async def test_who_is_cancelled_leaves_nothing_behind(database):
    begun = asyncio.Event()

    async def write():
        async with database.transaction() as session:
            await _add(session, *KINDS)
            begun.set()
            await asyncio.Event().wait()

    writing = asyncio.create_task(write())
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing

    assert await _kinds(database) == []


async def test_a_statement_is_one_trip_to_the_thread_of_sqlite(tmp_path):
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path / 'one.db'}")
    async with engine.begin() as connection:
        trips = _count_trips(await connection.get_raw_connection())

        await connection.execute(text("CREATE TABLE thing (id INTEGER)"))
        await connection.execute(text("INSERT INTO thing VALUES (1), (2)"))
        rows = (await connection.execute(text("SELECT id FROM thing"))).all()

    # Two more end it: the commit, and the pool that makes sure nothing is left open.
    assert (rows, len(trips)) == ([(1,), (2,)], 5)
    await engine.dispose()


def _count_trips(raw):
    connection = raw.driver_connection
    trips, send = [], connection._tx.put_nowait

    class Counting:
        get = connection._tx.get

        @staticmethod
        def put_nowait(trip):
            trips.append(trip)
            send(trip)

    connection._tx = Counting()
    return trips
