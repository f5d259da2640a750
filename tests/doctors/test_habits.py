"""How soon somebody answers: from what others may read, in words, and never as a ranking."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select

from core import clock
from core.clock import now
from doctors.habits import bound_h, habit_of, median_hours, read_habits
from doctors.models import UNKNOWN_HABIT, DirectoryEntry
from factories import make_local_actor
from finding import make_doctor
from posts.models import Mention, Post, Visibility

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def people(database):
    async with database.transaction() as session:
        return await make_doctor(session, "amal"), await make_local_actor(session, "asker")


@pytest.fixture
def answered(database, people):
    """Let the asker mention amal, and amal answer after some hours (None: never)."""
    amal, asker = people

    async def make(*hours, visibility=Visibility.PUBLIC, ago=timedelta(days=10), silent=False):
        async with database.transaction() as session:
            for each in hours:
                at = now() - ago
                post = Post(uri="", author_id=asker.id, visibility=visibility, created_at=at)
                post.uri, post.thread_id = f"{asker.uri}/posts/{post.id}", post.id
                session.add(post)
                await session.flush()
                session.add(Mention(post_id=post.id, actor_id=amal.id, silent=silent))
                if each is not None:
                    session.add(_answer(amal, post, at + each * HOUR))
                await session.flush()

    return make


def _answer(amal, post, at):
    answer = Post(
        uri="", author_id=amal.id, visibility=post.visibility, created_at=at,
        in_reply_to_id=post.id, thread_id=post.thread_id,
    )  # fmt: skip
    answer.uri = f"{amal.uri}/posts/{answer.id}"
    return answer


async def habit(database, people):
    await read_habits(database)
    async with database.read() as session:
        entry = await session.get_one(DirectoryEntry, people[0].id)
    return entry.answers_within_h, entry.habit


async def test_the_median_of_what_was_answered_counts(database, people, answered):
    await answered(1, 5, 100, None, None)

    assert await habit(database, people) == (5, 1)


@pytest.mark.parametrize(
    ("hours", "bound"), [(None, None), (1, 4), (4, 4), (5, 24), (168, 168), (169, None)]
)
def test_what_is_told_of_it_is_a_bound_and_nothing_beyond_a_week(hours, bound):
    assert bound_h(hours) == bound


async def test_of_fewer_than_three_answers_nothing_is_said(database, people, answered):
    await answered(1, 1, None, None)

    assert await habit(database, people) == (None, UNKNOWN_HABIT)


@pytest.mark.parametrize(
    "how",
    [
        {"visibility": Visibility.MENTIONED},
        {"visibility": Visibility.FOLLOWERS},
        {"visibility": Visibility.LOCAL},
        {"ago": timedelta(days=181)},
        {"silent": True},
    ],
    ids=["mentioned", "followers", "local", "long ago", "silent"],
)
async def test_what_is_private_or_long_ago_does_not_count(database, people, answered, how):
    await answered(1, 1, 1, **how)

    assert await habit(database, people) == (None, UNKNOWN_HABIT)


async def test_the_first_answer_in_the_thread_counts_once(database, people, answered):
    await answered(2, 2, 2)
    async with database.transaction() as session:
        for post in [p for p in await _posts(session) if p.in_reply_to_id is None]:
            session.add(_answer(people[0], post, now()))

    assert await habit(database, people) == (2, 0)


async def test_each_is_read_once_a_day(database, people, answered):
    assert await read_habits(database) == 1
    assert await read_habits(database) == 0
    await answered(1, 1, 1)

    clock.shift(timedelta(days=1, minutes=1))

    assert await habit(database, people) == (1, 0)


async def test_all_are_read_in_batches(database, monkeypatch):
    monkeypatch.setattr("doctors.habits.A_BATCH", 2)
    async with database.transaction() as session:
        for number in range(5):
            await make_doctor(session, f"doctor{number}")

    assert await read_habits(database) == 5


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(1, 0), (4, 0), (5, 1), (24, 1), (72, 2), (168, 3), (169, UNKNOWN_HABIT),
     (None, UNKNOWN_HABIT)],
)  # fmt: skip
def test_a_week_at_most_is_told_in_four_classes(hours, expected):
    assert habit_of(hours) == expected


def test_minutes_are_an_hour():
    assert median_hours([timedelta(minutes=1)] * 3) == 1


async def _posts(session):
    return (await session.scalars(select(Post))).all()
