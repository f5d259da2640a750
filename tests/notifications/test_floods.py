"""A flood of one host is a digest: some notices, and how many more there were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from actors.models import Actor
from core import clock
from factories import make_local_actor, make_remote_actor
from notifications import floods
from notifications.models import Kind, Notification
from notifications.notify import notify_follow, notify_like, notify_update
from writing import boost, write

FEW = 3


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(floods, "NOTICES", dict.fromkeys(floods.NOTICES, FEW))


async def _people(session, count: int, host: str = "flood.example") -> list[Actor]:
    return [await make_remote_actor(session, f"p{n}", host=host) for n in range(count)]


async def _notices(session, owner: Actor, kind: Kind) -> list[Notification]:
    mine = select(Notification).where(
        col(Notification.owner_id) == owner.id, col(Notification.kind) == kind
    )
    fresh = mine.order_by(col(Notification.id)).execution_options(populate_existing=True)
    return list(await session.scalars(fresh))


async def test_c15_many_likes_of_one_host_are_some_notices_and_a_number(session, alice):
    post = await write(session, alice)

    told = [await notify_like(session, post, p.id) for p in await _people(session, 10)]

    notices = await _notices(session, alice, Kind.LIKE)
    assert told == [[alice.id]] * FEW + [[]] * 7
    assert [one.others for one in notices] == [0, 0, 7]


async def test_what_was_told_already_is_not_counted_again(session, alice):
    post = await write(session, alice)
    people = await _people(session, FEW)

    for _ in range(3):
        for one in people:
            await notify_like(session, post, one.id)

    assert [one.others for one in await _notices(session, alice, Kind.LIKE)] == [0, 0, 0]


async def test_other_hosts_other_kinds_and_other_people_are_told_as_ever(session, alice):
    here = await make_local_actor(session, "here")
    post, other = await write(session, alice), await write(session, here)
    flooding = await _people(session, FEW + 1)
    for one in flooding:
        await notify_like(session, post, one.id)
    (stranger,) = await _people(session, 1, host="calm.example")

    assert await notify_like(session, post, stranger.id) == [alice.id]
    assert await notify_follow(session, alice.id, flooding[-1].id) == [alice.id]
    assert await notify_like(session, other, flooding[-1].id) == [here.id]


async def test_our_own_people_are_no_flood(session, alice):
    posts = [await write(session, alice) for _ in range(2)]
    here = [await make_local_actor(session, f"here{n}") for n in range(FEW)]

    for post in posts:
        for one in here:
            await notify_like(session, post, one.id)

    assert len(await _notices(session, alice, Kind.LIKE)) == 6


async def test_an_hour_later_they_are_told_anew(session, alice):
    people = await _people(session, FEW + 2)
    for one in people[:-1]:
        await notify_follow(session, alice.id, one.id)

    clock.shift(floods.WITHIN + timedelta(seconds=1))

    assert await notify_follow(session, alice.id, people[-1].id) == [alice.id]
    assert [one.others for one in await _notices(session, alice, Kind.FOLLOW)] == [0, 0, 1, 0]


async def test_of_several_owners_only_the_flooded_get_the_digest(session, alice):
    one, two = [await make_local_actor(session, name) for name in ("one", "two")]
    (author,) = await _people(session, 1)
    floods.NOTICES[Kind.UPDATE] = 1
    first, second = await write(session, author), await write(session, author)
    await boost(session, one, first)
    for local in (one, two):
        await boost(session, local, second)
    await notify_update(session, first)

    assert await notify_update(session, second) == [two.id]
    assert [told.others for told in await _notices(session, one, Kind.UPDATE)] == [1]
