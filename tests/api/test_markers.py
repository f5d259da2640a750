"""Reading positions, and preferences."""

from __future__ import annotations

import asyncio

import pytest

PATH = "/api/v1/markers"


async def test_a_place_is_kept_and_counted(alice, bruno):
    await alice.post(PATH, home={"last_read_id": "115"})

    moved = await alice.post(PATH, home={"last_read_id": "116"})

    assert (moved["home"]["last_read_id"], moved["home"]["version"]) == ("116", 2)
    timelines = {"timeline[]": ["home", "notifications"]}
    assert await alice.get(PATH, **timelines) == moved
    assert await bruno.get(PATH, **timelines) == {}


async def test_places_that_are_sent_at_once_are_all_counted_and_conflict_never(alice):
    places = [{"last_read_id": str(number)} for number in range(5)]

    replies = await asyncio.gather(
        *(alice.ask("POST", PATH, json={"home": place}) for place in places)
    )

    assert {reply.status for reply in replies} == {200}
    assert {reply.json["home"]["version"] for reply in replies} == {1, 2, 3, 4, 5}


async def test_a_form_names_places_too(alice):
    reply = await alice.ask("POST", PATH, form={"notifications[last_read_id]": "7"})

    assert reply.json["notifications"]["last_read_id"] == "7"


@pytest.mark.parametrize(
    "body", [{}, {"home": {"last_read_id": "x"}}, {"other": {"last_read_id": "1"}}]
)
async def test_a_place_that_is_none_is_refused(alice, body):
    assert (await alice.ask("POST", PATH, json=body)).status == 422
    assert await alice.get(PATH, **{"timeline[]": "home"}) == {}
