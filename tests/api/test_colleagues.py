"""Former colleagues, through the client API."""

from __future__ import annotations

import pytest_asyncio

from actors.models import Actor
from careers import step, tell_career

PATH = "/api/consilium/v1/colleagues"


async def tell(database, actor, *steps, **wishes):
    async with database.transaction() as session:
        row = await session.get_one(Actor, actor.id)
        await tell_career(session, row, *steps, **wishes)


@pytest_asyncio.fixture
async def bob(house, database):
    bob = await house.remote(doctor=True)
    await tell(database, bob, step("C.H.U. Lyon", 2012, None))
    return bob


async def test_each_comes_with_where_and_when(database, alice, bob):
    await tell(database, alice.actor, step(), step("CHU Lyon", 2016, None, kind="internship"))

    (found,) = await alice.get(PATH)

    assert found["account"]["acct"] == "bob@b.localhost:8002"
    assert found["account"]["roles"][0]["name"] == "Médecin vérifié"
    assert found["together"] == [{"place": "CHU de Lyon", "from": 2012, "to": None}]


async def test_nobody_comes_while_the_caller_does_not_look(database, alice, bob):
    await tell(database, alice.actor, seeks=False)

    assert await alice.get(PATH) == []


async def test_who_is_sent_away_comes_no_more(database, alice, bob):
    await tell(database, alice.actor)

    assert await alice.post(f"{PATH}/{bob.id}/dismiss") == {}

    assert await alice.get(PATH) == []
    missing = await alice.ask("POST", f"{PATH}/115/dismiss")
    assert (missing.status, missing.error) == (404, "Record not found")


async def test_pages_lead_on(house, database, alice):
    await tell(database, alice.actor)
    for number in range(3):
        await tell(database, await house.remote(f"d{number}", doctor=True))

    reply = await alice.page(PATH, limit=2)

    assert [one["account"]["username"] for one in reply.json] == ["d2", "d1"]
    assert "next" in reply.links


async def test_H01_a_token_for_accounts_alone_does_not_read_whom_one_knows(house, database, alice):
    program = await house.program(alice.person, "read:accounts")

    assert (await program.ask("GET", PATH)).status == 403
