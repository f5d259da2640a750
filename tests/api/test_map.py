"""Contacts and lists on the map, through the client API."""

from __future__ import annotations

from actors.models import Actor
from mapping import DOCTORS, NOBODY, make_contacts

MAP = "/api/consilium/v1/map"


async def contacts(house, me, *towns, audience=DOCTORS):
    async with house.database.transaction() as session:
        actor = await session.get_one(Actor, me.actor.id)
        return await make_contacts(session, actor, towns, audience=audience)


async def test_contacts_are_counted_by_town_department_and_country(house, alice):
    first, second, third = await contacts(house, alice, "Lyon", "Lyon", ("Genève", "CH"))

    found = await alice.get(MAP, of="contacts")

    assert (found["total"], found["not_on_the_map"]) == (3, 0)
    assert found["departments"] == [{"code": "69", "name": "Rhône", "count": 2}]
    assert [(one["code"], one["count"]) for one in found["countries"]] == [("FR", 2), ("CH", 1)]
    lyon, geneva = found["towns"]
    assert set(lyon["account_ids"]) == {str(first.id), str(second.id)}
    assert (lyon["code"], lyon["latitude"], lyon["longitude"]) == ("69123", 45.7491, 4.8479)
    assert geneva["account_ids"] == [str(third.id)]


async def test_a_place_that_is_not_for_the_caller_is_only_counted(house, alice):
    await contacts(house, alice, "Lyon", audience=NOBODY)

    found = await alice.get(MAP)

    assert (found["total"], found["not_on_the_map"], found["towns"]) == (1, 1, [])


async def test_a_list_of_ones_own_has_a_map_and_nobody_elses(house, alice, bruno):
    mine = await alice.post("/api/v1/lists", title="Cardio")

    assert (await alice.get(MAP, of=f"list:{mine['id']}"))["total"] == 0
    reply = await bruno.ask("GET", f"{MAP}?of=list:{mine['id']}")
    assert (reply.status, reply.error) == (404, "Record not found")


async def test_there_is_no_map_without_a_token_or_of_something_else(house, alice):
    assert (await house.stranger.ask("GET", MAP)).status == 401
    assert (await alice.ask("GET", f"{MAP}?of=everybody")).status == 404


async def test_a_token_for_follows_alone_is_not_enough(house, alice):
    program = await house.program(alice.person, "read:follows")

    assert (await program.ask("GET", MAP)).status == 403
