"""Group commit: many activities, few transactions, and each gets its own answer."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy import event, select

from core.errors import TemporaryError
from factories import make_remote_actor
from inbox.group_commit import GroupCommit
from inbox.models import InboxActivity
from inbox.queries import TOPIC, row_of


@pytest_asyncio.fixture
async def bob(database):
    async with database.transaction() as session:
        return await make_remote_actor(session)


@pytest.fixture
def commits(database):
    """Return the transactions that were committed since."""
    seen = []
    engine = database.direct_engine or database.engine.sync_engine
    event.listen(engine, "commit", seen.append)
    return seen


def _row(bob, number):
    return row_of(bob, f"{bob.uri}/activities/{number}", b"{}", owner_id=None)


async def _rows(database):
    async with database.read() as session:
        return list(await session.scalars(select(InboxActivity)))


async def test_activities_that_come_together_share_a_transaction(database, bob, commits):
    group = GroupCommit(database)

    await asyncio.gather(*(group.store(_row(bob, number)) for number in range(200)))

    assert len(await _rows(database)) == 200
    assert len(commits) <= 2
    assert await database.bus.wait(TOPIC, 0.01)


async def test_those_who_come_later_are_stored_later(database, bob):
    group = GroupCommit(database)

    for number in range(3):
        await group.store(_row(bob, number))
        assert len(await _rows(database)) == number + 1


async def test_a_known_key_is_kept_as_it_came_first(database, bob):
    group = GroupCommit(database)
    again = _row(bob, 1)
    again.body = b"{} "

    await group.store(_row(bob, 1))
    await group.store(again)

    assert [row.body for row in await _rows(database)] == [b"{}"]


async def test_one_that_cannot_be_stored_fails_alone(database, bob):
    group = GroupCommit(database)
    bad = _row(bob, 1)
    bad.signer_id = 12345

    results = await asyncio.gather(
        *(group.store(row) for row in (_row(bob, 0), bad, _row(bob, 2))), return_exceptions=True
    )

    assert [type(result) for result in results] == [type(None), TemporaryError, type(None)]
    assert len(await _rows(database)) == 2


async def test_whoever_went_away_holds_up_nobody(database, bob):
    group = GroupCommit(database)
    gone = asyncio.create_task(group.store(_row(bob, 1)))
    await asyncio.sleep(0)
    gone.cancel()

    await group.store(_row(bob, 2))

    assert len(await _rows(database)) == 2


async def test_endless_ids_fit_into_the_key(database, bob):
    group = GroupCommit(database)

    for number in range(2):
        await group.store(_row(bob, f"{number}" + "x" * 2000))

    assert len(await _rows(database)) == 2
