"""Who is gone is hidden at once and removed in slices, each a transaction, wherever it was cut."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlmodel import col

from actors.follows import save_follow
from actors.models import Actor, Follow
from db.jobs import Job
from factories import make_local_actor, make_remote_actor
from posts import erasure
from posts.erasure import erase_actor, owe_erasure
from posts.likes import save_like
from posts.models import Like, Post
from posts.visibility import ANONYMOUS, find_visible_post
from workers.jobs import process_jobs
from writing import write

POSTS = 7


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(erasure, "A_SLICE", 2)
    monkeypatch.setattr(erasure, "SLICES_A_TURN", 2)


@pytest_asyncio.fixture
async def gone(database) -> Actor:
    """Somebody of elsewhere with posts, follows and likes, who has just been deleted."""
    async with database.transaction() as session:
        bob = await make_remote_actor(session)
        for number in range(3):
            reader = await make_local_actor(session, f"reader{number}")
            await save_follow(session, reader, bob, uri=f"{reader.uri}/f", accepted=True)
            await save_follow(session, bob, reader, uri=f"{bob.uri}/f{number}", accepted=True)
            liked = await write(session, reader)
            await save_like(session, bob, liked, f"{bob.uri}/l{number}")
        for _ in range(POSTS):
            await write(session, bob)
        await owe_erasure(session, bob)
        return bob


async def _left(database, gone) -> int:
    statement = select(func.count()).where(
        col(Post.author_id) == gone.id, col(Post.deleted_at).is_(None)
    )
    async with database.read() as session:
        return await session.scalar(statement)


async def _count(database, table) -> int:
    async with database.read() as session:
        return await session.scalar(select(func.count()).select_from(table))


async def _run(database) -> int:
    runs = 0
    while await process_jobs(database, None):
        runs += 1
    return runs


async def test_who_is_gone_is_hidden_before_anything_is_removed(database, gone):
    async with database.read() as session:
        post = await session.scalar(select(Post).where(col(Post.author_id) == gone.id))
        seen = await find_visible_post(session, ANONYMOUS, post.id)
        stored = await session.get(Actor, gone.id)

    assert await _left(database, gone) == POSTS
    assert seen is None
    assert stored.deleted_at is not None and stored.name == ""


async def test_everything_is_removed_in_turns(database, gone):
    runs = await _run(database)

    assert runs > 2
    assert await _left(database, gone) == 0
    assert (await _count(database, Follow), await _count(database, Like)) == (0, 0)
    assert await _count(database, Job) == 0
    async with database.read() as session:
        readers = await session.scalars(select(Actor).where(col(Actor.username) != gone.username))
        assert {(one.followers_count, one.following_count) for one in readers} == {(0, 0)}
        liked = await session.scalars(select(Post).where(col(Post.deleted_at).is_(None)))
        assert {post.likes_count for post in liked} == {0}


async def test_cut_off_it_goes_on_where_it_was(database, gone, monkeypatch):
    async with database.read() as session:
        payload = (await session.scalars(select(Job))).one().payload
    slices = erasure._erase_slice

    async def breaks(session, **options):
        monkeypatch.setattr(erasure, "_erase_slice", slices)
        await slices(session, **options)
        raise ZeroDivisionError

    monkeypatch.setattr(erasure, "_erase_slice", breaks)
    with pytest.raises(ZeroDivisionError):
        await erase_actor(database, None, payload)
    assert await _left(database, gone) == POSTS

    await erase_actor(database, None, payload)
    assert await _left(database, gone) == POSTS - 4
    await _run(database)
    assert await _left(database, gone) == 0


async def test_who_has_come_back_keeps_what_is_left(database, gone):
    async with database.transaction() as session:
        (await session.get_one(Actor, gone.id)).deleted_at = None

    await _run(database)

    assert await _left(database, gone) == POSTS


async def test_nobody_is_erased_of_whom_nothing_is_known(database):
    await erase_actor(database, None, {"actor_id": 1})
