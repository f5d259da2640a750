"""People are found by name and handle, whole or begun, accents or none; doctors first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from actors.follows import save_follow
from actors.queries import mark_deleted
from actors.search import index_actors, search_actors
from core import clock
from core.clock import now
from db.search import SEARCH_TABLES
from factories import give_badge, make_local_actor, make_remote_actor


async def named(session, username, name, **options):
    actor = await make_remote_actor(session, username, **options)
    actor.name = name
    await session.flush()
    return actor


async def found(session, words, **options):
    return [one.username for one in await search_actors(session, words, limit=20, **options)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Bénédicte Durand", "Bénédicte Durand"),
        ("Bénédicte Durand", "benedicte"),
        ("Bénédicte Durand", "durand bene"),
        ("Bénédicte Durand", "Dr DURAND"),
        ("Pr Benoît Lœwenthal", "loewen"),
        ("Pr Benoit Loewenthal", "Lœwenthal"),
        ("Charles de La Tour", "tour"),
        ("Charles de La Tour", "de la tour"),
        ("Charles de La Tour", "latour"),
        ("Charles de La Tour", "delatour"),
        ("Charles Latour", "la tour"),
        ("Lucie d'Artagnan", "artagnan"),
        ("Lucie d’Artagnan", "dartagnan"),
        ("Anne-Marie Le Bris", "annemarie"),
        ("Anne-Marie Le Bris", "anne-marie"),
        ("Anne-Marie Le Bris", "marie le b"),
        ("Łukasz Đorđević", "lukasz dordevic"),
        ("李 小龍", "小龍"),
        ("🩺 Nadia", "nadia"),
    ],
)
async def test_a_name_is_found(session, name, words):
    await named(session, "x", name)

    assert await found(session, words) == ["x"]


@pytest.mark.parametrize(
    "words", ["", " ", "@", "@@", "%", "_", "nadi\x00", "enedicte", "durand martin", '"', "NOT"]
)
async def test_what_nobody_is_called_finds_nobody(session, words):
    await named(session, "x", "Bénédicte Durand")

    assert await found(session, words) == []


@pytest.mark.parametrize(
    "words", ["bob.d", "@bob.durand", "bob.durand@b.local", "@Bob.Durand@b.localhost:8002", "dur"]
)
async def test_a_handle_is_found_whole_or_begun(session, words):
    await named(session, "Bob.Durand", "")

    assert await found(session, words) == ["Bob.Durand"]


@pytest.mark.parametrize("words", ["@durand", "@bob.durand@c", "bob@b.localhost:8002", "b.local"])
async def test_a_handle_is_not_found_by_what_it_is_not(session, words):
    await named(session, "bob.durand", "")

    assert await found(session, words) == []


async def test_doctors_come_first_then_those_one_follows_then_those_who_live_here(session):
    me = await make_local_actor(session, "me")
    await named(session, "martin.a", "", host="far.localhost")
    followed = await named(session, "martin.b", "")
    doctor = await named(session, "martin.z", "", doctor=True)
    lapsed = await named(session, "martin.y", "")
    await give_badge(session, lapsed, days=-1)
    await make_local_actor(session, "martin.x")
    await save_follow(session, me, followed, uri=f"{me.uri}#f", accepted=True)

    order = await found(session, "martin", viewer_id=me.id)

    assert order == ["martin.z", "martin.b", "martin.x", "martin.a", "martin.y"]
    assert await found(session, "martin", viewer_id=me.id, only_followed=True) == ["martin.b"]
    assert await found(session, "martin", only_followed=True) == []
    doctor.followers_count, followed.followers_count = 1, 1_000_000
    assert await found(session, "martin", viewer_id=me.id) == order


async def test_a_doctor_is_first_among_more_than_are_considered(session, monkeypatch):
    monkeypatch.setattr("actors.search.CONSIDERED", 2)
    await named(session, "martin.first", "", doctor=True)
    for number in range(4):
        await named(session, f"martin{number}", "")

    assert (await found(session, "martin"))[0] == "martin.first"


async def test_a_new_name_takes_the_place_of_the_old_one(session):
    bob = await named(session, "bob", "Durand")

    bob.name = "Lefèvre"
    await session.flush()

    assert await found(session, "lefevre") == ["bob"]
    assert await found(session, "durand") == []


@pytest.mark.parametrize("how", ["deleted", "suspended"])
async def test_who_is_gone_is_not_found(session, how):
    bob = await named(session, "bob", "Durand")

    if how == "deleted":
        await mark_deleted(session, bob)
    else:
        bob.suspended_at = now()
        await session.flush()

    assert await found(session, "durand") == []
    assert await found(session, "@bob") == []


async def test_those_who_were_there_before_are_indexed_by_a_job(database, monkeypatch):
    monkeypatch.setattr("actors.search.A_SLICE", 2)
    async with database.transaction() as session:
        for number in range(5):
            await named(session, f"bob{number}", "Durand")
            clock.shift(timedelta(milliseconds=2))
        for name in SEARCH_TABLES:
            await session.execute(text(f"DELETE FROM {name}"))  # noqa: S608
        assert await found(session, "durand") == []

    await index_actors(database, None, {"before": None})

    async with database.read() as session:
        assert await found(session, "durand") == [f"bob{number}" for number in range(5)]
