"""Who opens a thread of elsewhere has the rest of it fetched; strangers have no such wishes."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlmodel import col

from db.jobs import Job
from writing import write


@pytest.fixture
def strangers_see():
    return "posts"


async def _searches(house) -> list[dict]:
    async with house.database.read() as session:
        jobs = await session.scalars(select(Job).where(col(Job.kind) == "fetch thread"))
        return [job.payload for job in jobs]


async def test_a_thread_is_looked_for_when_somebody_here_opens_it(house, alice):
    bob = await house.remote()
    async with house.database.transaction() as session:
        root = await write(session, bob)
        answer = await write(session, bob, answers=root)
    path = f"/api/v1/statuses/{answer.id}/context"

    await house.stranger.get(path)
    assert await _searches(house) == []
    for _ in range(2):
        await alice.get(path)
    assert await _searches(house) == [{"post_id": answer.id, "root_id": root.id}]


async def test_a_thread_of_ours_is_whole(house, alice):
    said = await alice.say()

    await alice.get(f"/api/v1/statuses/{said['id']}/context")

    assert await _searches(house) == []
