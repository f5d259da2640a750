"""The audit log's chain."""

from __future__ import annotations

import asyncio

from sqlalchemy import select, update
from sqlmodel import col

from moderation.audit import find_break, record
from moderation.models import AuditEntry


async def test_lines_are_chained(session):
    first = await record(session, actor="cli", action="peer.allow", subject="b.example")
    second = await record(session, actor="cli", action="peer.block", subject="b.example")

    assert second.previous_hash == first.hash
    assert await find_break(session) is None


async def test_a_changed_line_is_found(session):
    changed = await record(session, actor="cli", action="peer.allow", subject="b.example")
    await record(session, actor="cli", action="peer.block", subject="b.example")

    await session.execute(
        update(AuditEntry).where(col(AuditEntry.id) == changed.id).values(subject="c.example")
    )
    session.expire_all()

    assert (await find_break(session)).id == changed.id


async def test_concurrent_writers_keep_one_chain(database):
    async def write(number: int) -> None:
        async with database.transaction() as session:
            await record(session, actor="cli", action="test", subject=str(number))

    await asyncio.gather(*(write(number) for number in range(6)))

    async with database.read() as session:
        assert await find_break(session) is None
        assert len((await session.scalars(select(AuditEntry))).all()) == 6
