"""Which hashtags are found by how they begin, however many there are, however they are spelled."""

from __future__ import annotations

from itertools import product

import pytest
import pytest_asyncio

from posts import tag_walk, tags
from posts.models import Visibility
from posts.tag_walk import _statement, walk_tags
from posts.tags import search_tags
from posts.visibility import ANONYMOUS, viewer_of
from writing import write

SPELLED = {
    "peri": ["pericarde", "péricardite", "périnatal"],
    "PÉRI": ["pericarde", "péricardite", "périnatal"],
    "#peric": ["pericarde", "péricardite"],
    "pericardit": ["péricardite"],
    "oe": ["oedème", "œsophage"],
    "œ": ["oedème", "œsophage"],
    "oesophage": ["œsophage"],
    "strass": ["straße"],
    "chulyon": ["chu_lyon"],
    "chu_ly": ["chu_lyon"],
    "心": ["心电图"],
    "кар": ["кардиология"],
    "covid1": ["covid19"],
    "pz": [],
    "périx": [],
    "%": [],
}


@pytest_asyncio.fixture
async def spelled(session, alice):
    """Hashtags in several spellings, with others around them."""
    for tag in sorted({tag for found in SPELLED.values() for tag in found}):
        await write(session, alice, tags=[tag])
    await write(session, alice, tags=["perfusion", "pouls", "o2", "zona", "chu"])


@pytest.fixture
def find(session):
    async def find(words: str, viewer=ANONYMOUS, limit: int = 40) -> list[str]:
        return await search_tags(session, viewer, words, limit)

    return find


async def test_a_hashtag_is_found_without_its_accents_and_with_others(find, spelled):
    assert {words: sorted(await find(words)) for words in SPELLED} == SPELLED


async def test_a_hashtag_of_long_ago_is_found_however_much_was_said_since(
    find, spelled, monkeypatch
):
    monkeypatch.setattr(tags, "OF_LATE", 1)

    assert {words: sorted(await find(words)) for words in SPELLED} == SPELLED


async def test_those_used_of_late_are_found_before_others_of_very_many(
    session, alice, find, monkeypatch
):
    monkeypatch.setattr(tag_walk, "MOST_TAGS", 3)
    monkeypatch.setattr(tags, "OF_LATE", 5)
    for number in range(10):
        await write(session, alice, tags=[f"valve{number}"])
    await write(session, alice, tags=["valve8"])

    # The first three of all, and those of the last five posts.
    expected = ["valve8", "valve0", "valve1", "valve2", "valve6", "valve7", "valve9"]
    assert await find("valve") == expected
    assert await find("valve3") == ["valve3"]


async def test_what_was_asked_for_comes_first_then_what_is_used_most(session, alice, find):
    for tag in ("ecg", "ecgeffort", "ecgeffort", "ecgholter"):
        await write(session, alice, tags=[tag])

    assert await find("ecg") == ["ecg", "ecgeffort", "ecgholter"]
    assert await find("ecgh", limit=1) == ["ecgholter"]


async def test_a_hashtag_is_found_by_an_older_post_where_the_newest_are_hidden(
    session, alice, dave, find, monkeypatch
):
    monkeypatch.setattr(tags, "OF_LATE", 1)
    for tag in ("valve", "valvemitrale"):
        await write(session, alice, tags=[tag])
        for _ in range(3):
            await write(session, alice, Visibility.MENTIONED, tags=[tag])
    await write(session, alice, Visibility.DOCTORS, tags=["valvesecrete"])

    assert await find("valv") == ["valve", "valvemitrale"]
    assert await find("valv", await viewer_of(session, dave.id)) == ["valve", "valvemitrale"]
    found = await find("valv", await viewer_of(session, alice.id))
    assert found == ["valve", "valvemitrale", "valvesecrete"]


async def test_no_step_of_the_walk_reads_all_there_is(session, database):
    if not database.is_sqlite:
        return
    walk = _statement().compile(session.get_bind())
    connection = await session.connection()

    rows = await connection.exec_driver_sql(
        f"EXPLAIN QUERY PLAN {walk}", tuple(0 for _ in walk.positiontup)
    )

    plan = [row[3] for row in rows if "post_tag" in row[3]]
    assert len(plan) == 5
    assert all(line.startswith("SEARCH") and "COVERING INDEX" in line for line in plan), plan


async def test_a_hostile_number_of_spellings_ends_somewhere(session, alice, find, monkeypatch):
    monkeypatch.setattr(tag_walk, "MOST_WAYS", 40)
    spellings = ["".join(letters) for letters in product("eéèê", repeat=4)]
    await write(session, alice, tags=[*spellings, "eeee"])

    assert await find("eeee", limit=1) == ["eeee"]
    assert len(await walk_tags(session, "eeee", "eeee")) <= 40
