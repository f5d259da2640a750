"""The page of former colleagues: who is proposed, what is missing, sending away and stopping."""

from __future__ import annotations

import pytest
import pytest_asyncio

import factories
from actors.follows import find_follow
from actors.models import Actor
from careers import step, tell_career
from doctors.models import FieldAudience
from doctors.practice import read_settings

PATH = "/colleagues"


@pytest.fixture
def tell(database):
    """Let somebody tell their career."""

    async def say(actor, *steps, **wishes):
        async with database.transaction() as session:
            row = await session.get_one(Actor, actor.id)
            await tell_career(session, row, *steps, **wishes)

    return say


@pytest_asyncio.fixture
async def bob(database):
    """A doctor of elsewhere who was there, too."""
    async with database.transaction() as session:
        actor = await factories.make_remote_actor(session, "bob", doctor=True)
        await tell_career(session, actor, step("C.H.U. Lyon <b>", 2012, None))
        return actor


async def seeks(database, actor):
    async with database.read() as session:
        return (await read_settings(session, actor.id)).seeks_colleagues


async def test_H20_the_page_is_for_its_member_alone(stranger, doctor, bob):
    assert (await stranger.get(PATH)).location.startswith("/auth/sign-in")
    assert (await stranger.post(f"{PATH}/look", {})).location.startswith("/auth/sign-in")
    for act in ("look", "stop", f"{bob.id}/dismiss"):
        assert (await doctor.post(f"{PATH}/{act}", {"csrf_token": "x" * 112})).status == 403


async def test_each_is_shown_with_where_and_when_and_can_be_followed(
    doctor, database, alice, bob, tell
):
    await tell(alice, step("CHU de Lyon <b>"))

    page = await doctor.get(PATH)

    assert "Dr Bob" in page.text and "CHU de Lyon &lt;b&gt; , 2012–2015" in page.text
    await doctor.act(f"/people/{bob.id}/follow", page)
    async with database.read() as session:
        assert await find_follow(session, alice.id, bob.id) is not None
    assert "Dr Bob" not in (await doctor.get(PATH)).text


async def test_a_place_where_both_still_are_is_told_as_such(doctor, alice, bob, tell):
    await tell(alice, step("CHU de Lyon <b>", 2010, None))

    assert "since 2012" in (await doctor.get(PATH)).text


async def test_who_is_sent_away_comes_no_more(doctor, alice, bob, tell):
    await tell(alice, step("CHU de Lyon <b>"))
    page = await doctor.get(PATH)

    answer = await doctor.act(f"{PATH}/{bob.id}/dismiss", page)

    assert answer.location == PATH
    assert "Dr Bob" not in (await doctor.get(PATH)).text
    for nobody in ("115", "nobody"):
        form = page.forms["#act"]
        assert (await doctor.post(f"{PATH}/{nobody}/dismiss", form)).status == 404


async def test_one_begins_and_stops_to_look(doctor, database, alice, bob, tell):
    await tell(alice, step("CHU de Lyon <b>"), seeks=False)
    page = await doctor.get(PATH)
    assert "Dr Bob" not in page.text and "proposed to both if both wish" in page.text

    assert (await doctor.act(f"{PATH}/look", page)).location == PATH
    found = await doctor.get(PATH)
    assert "Dr Bob" in found.text and await seeks(database, alice)

    await doctor.act(f"{PATH}/stop", found)
    assert not await seeks(database, alice)
    assert "Dr Bob" not in (await doctor.get(PATH)).text


async def test_what_is_missing_is_said(reader, doctor, alice, tell):
    assert "people with a badge" in (await reader.get(PATH)).text
    await doctor.act(f"{PATH}/look", await doctor.get(PATH))
    assert "Write my career" in (await doctor.get(PATH)).text
    await tell(alice, audience=FieldAudience.NOBODY)
    assert "for nobody to read" in (await doctor.get(PATH)).text
    await tell(alice, audience=FieldAudience.CONTACTS)
    assert "only people who follow you" in (await doctor.get(PATH)).text
    await tell(alice)
    assert "Nobody yet" in (await doctor.get(PATH)).text


async def test_many_are_shown_page_by_page(doctor, database, alice, tell):
    await tell(alice)
    async with database.transaction() as session:
        for number in range(41):
            actor = await factories.make_remote_actor(session, f"d{number}", doctor=True)
            await tell_career(session, actor)

    first = await doctor.get(PATH)

    assert "Dr D40" in first.text and "Dr D0 " not in first.text
    (older,) = [link for link in _links(first) if "max_id" in link]
    assert "Dr D0 " in (await doctor.get(older)).text


def _links(page):
    return [link.split('"')[0].replace("&amp;", "&") for link in page.html.split('href="')[1:]]


async def test_the_page_is_found_from_ones_own_and_from_the_directory(doctor):
    for path in ("/me", "/directory"):
        assert PATH in _links(await doctor.get(path))
