"""Keys of posts that are written twice at the same moment."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest_asyncio
from sqlalchemy import select

from core.clock import now
from core.ids import new_id
from factories import make_local_actor, make_user
from posts.idempotency import claim_key, find_by_key, hand_on_key
from posts.models import IdempotencyKey, Post, ScheduledPost
from posts.params import PostParams
from posts.scheduled import drop
from waiting import until_it_waits
from writing import write


def later(user_id):
    params = PostParams("x").to_json()
    return ScheduledPost(user_id=user_id, due_at=now() + timedelta(hours=1), params=params)


@pytest_asyncio.fixture
async def dora(database):
    async with database.transaction() as session:
        return await make_local_actor(session, "dora")


@pytest_asyncio.fixture
async def kept(database, dora):
    """What dora is to write later, with the key `k`."""
    async with database.transaction() as session:
        user_id = (await make_user(session, dora)).id
        row = later(user_id)
        session.add(row)
        await session.flush()
        assert await claim_key(session, user_id, "k", row.id) is None
    return row


async def claimed(database, user_id):
    async with database.transaction() as session:
        return await claim_key(session, user_id, "k", new_id())


async def test_who_asks_while_it_is_being_written_is_given_the_post(database, dora, kept):
    async with database.transaction() as session:
        await drop(session, await session.get(ScheduledPost, kept.id))
        post = await write(session, dora)
        await hand_on_key(session, kept.user_id, from_id=kept.id, to_id=post.id)
        second = asyncio.create_task(claimed(database, kept.user_id))
        await until_it_waits(database, second)

    found = await second

    assert (type(found), found.id) == (Post, post.id)


async def test_who_asks_when_writing_failed_is_given_what_still_waits(database, dora, kept):
    async with database.transaction() as session:
        await drop(session, await session.get(ScheduledPost, kept.id))
        post = await write(session, dora)
        await hand_on_key(session, kept.user_id, from_id=kept.id, to_id=post.id)
        second = asyncio.create_task(claimed(database, kept.user_id))
        await until_it_waits(database, second)
        await session.rollback()

    found = await second

    assert (type(found), found.id) == (ScheduledPost, kept.id)


async def test_of_two_who_take_the_key_of_what_was_dropped_one_has_it(database, kept):
    async with database.transaction() as session:
        await drop(session, await session.get(ScheduledPost, kept.id))

    async with database.transaction() as session:
        await session.execute(select(IdempotencyKey).with_for_update())
        second = asyncio.create_task(claimed(database, kept.user_id))
        await until_it_waits(database, second)
        first = later(kept.user_id)
        session.add(first)
        assert await claim_key(session, kept.user_id, "k", first.id) is None

    assert (await second).id == first.id


async def test_a_key_is_handed_on_for_one_person_only(database, dora, kept):
    async with database.transaction() as session:
        other_id = kept.user_id + 1
        assert await claim_key(session, other_id, "k", kept.id) is None
        post = await write(session, dora)

        await hand_on_key(session, kept.user_id, from_id=kept.id, to_id=post.id)

        assert (await find_by_key(session, kept.user_id, "k")).id == post.id
        assert (await find_by_key(session, other_id, "k")).id == kept.id
        assert await find_by_key(session, kept.user_id, "l") is None
