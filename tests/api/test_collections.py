"""Collections: people recommended under a name, who may take themselves out."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, update

from actors import collections
from actors.collections import MAX_COLLECTIONS, MAX_ITEMS
from actors.models import Actor
from core.clock import now

ALL = "/api/v1/collections"


async def make(owner, *members, **fields):
    fields = {"name": "Cardiologues", "account_ids": [one.id for one in members]} | fields
    return (await owner.post(ALL, **fields))["collection"]


async def names(viewer, path):
    return [one["name"] for one in (await viewer.get(path))["collections"]]


@pytest.fixture
def change(database):
    async def apply(actor, **values):
        async with database.transaction() as session:
            await session.execute(update(Actor).where(Actor.id == actor.id).values(**values))

    return apply


async def test_a_collection_is_made_with_people_in_it(alice, bruno, chloe):
    made = await make(
        alice, bruno, chloe, description="Utiles", language="fr", tag_name="#Cardio"
    )

    shown = await chloe.get(f"{ALL}/{made['id']}")

    assert shown["collection"] == made
    assert (made["name"], made["description"], made["language"]) == ("Cardiologues", "Utiles", "fr")
    assert made["tag"]["name"] == "cardio"
    assert (made["local"], made["discoverable"], made["item_count"]) == (True, True, 2)
    assert [item["account_id"] for item in made["items"]] == [bruno.id, chloe.id]
    assert {item["state"] for item in made["items"]} == {"accepted"}
    assert [one["id"] for one in shown["accounts"]] == [alice.id, bruno.id, chloe.id]


async def test_who_is_added_is_told(alice, bruno):
    await make(alice, bruno)

    notices = await bruno.get("/api/v1/notifications")

    assert [(one["type"], one["account"]["id"]) for one in notices] == [
        ("added_to_collection", alice.id)
    ]


async def test_a_collection_is_changed_and_deleted(alice, bruno):
    made = await make(alice, bruno)
    path = f"{ALL}/{made['id']}"

    reply = await alice.ask("PATCH", path, json={"name": "Rythmologues", "sensitive": True})

    changed = reply.json["collection"]
    assert (changed["name"], changed["sensitive"], changed["item_count"]) == (
        "Rythmologues", True, 1,
    )  # fmt: skip
    assert await alice.delete(path) == {}
    assert (await alice.ask("GET", path)).status == 404


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"name": ""}, "name", "ERR_BLANK"),
        ({"name": "x" * 41}, "name", "ERR_TOO_LONG"),
        ({"description": "x" * 101}, "description", "ERR_TOO_LONG"),
        ({"language": "français"}, "language", "ERR_INVALID"),
        ({"tag_name": "two words"}, "tag", "ERR_INVALID"),
    ],
)
async def test_what_is_wrong_is_said_by_field(alice, fields, field, code):
    made = await make(alice)
    for method, path in (("POST", ALL), ("PATCH", f"{ALL}/{made['id']}")):
        reply = await alice.ask(method, path, json={"name": "x"} | fields)

        assert reply.status == 422
        assert reply.error["details"][field][0]["error"] == code
        assert reply.error["error"].startswith("Validation failed: ")
    assert await names(alice, f"/api/v1/accounts/{alice.id}/collections") == ["Cardiologues"]


async def test_somebody_is_added_once_and_taken_out(alice, bruno):
    made = await make(alice)
    items = f"{ALL}/{made['id']}/items"

    first = (await alice.post(items, account_id=bruno.id))["collection_item"]
    again = (await alice.post(items, account_id=bruno.id))["collection_item"]

    assert first == again
    assert await alice.delete(f"{items}/{first['id']}") == {}
    assert (await alice.ask("DELETE", f"{items}/{first['id']}")).status == 404
    assert (await alice.get(f"{ALL}/{made['id']}"))["collection"]["items"] == []


async def test_who_takes_themself_out_stays_out(alice, bruno, chloe):
    made = await make(alice, bruno, chloe)
    item = made["items"][0]["id"]
    path = f"{ALL}/{made['id']}/items"
    assert (await chloe.ask("POST", f"{path}/{item}/revoke")).status == 403

    assert await bruno.post(f"{path}/{item}/revoke") == {}

    for viewer in (alice, bruno):
        shown = (await viewer.get(f"{ALL}/{made['id']}"))["collection"]
        assert [one["account_id"] for one in shown["items"]] == [chloe.id]
    assert (await alice.ask("POST", path, json={"account_id": bruno.id})).status == 422
    assert (await alice.ask("DELETE", f"{path}/{item}")).status == 404


@pytest.mark.parametrize("who", ["hidden", "suspended", "blocked", "blocking", "remote", "absent"])
async def test_who_may_not_be_added_is_refused_in_the_same_words(house, alice, bruno, change, who):
    made = await make(alice)
    target = bruno.id
    if who == "hidden":
        await change(bruno.actor, discoverable=False)
    elif who == "suspended":
        await change(bruno.actor, suspended_at=now())
    elif who == "blocked":
        await alice.post(f"/api/v1/accounts/{bruno.id}/block")
    elif who == "blocking":
        await bruno.post(f"/api/v1/accounts/{alice.id}/block")
    else:
        target = str((await house.remote("rose")).id) if who == "remote" else "115"

    replies = [
        await alice.ask("POST", f"{ALL}/{made['id']}/items", json={"account_id": target}),
        await alice.ask("POST", ALL, json={"name": "x", "account_ids": [target]}),
    ]

    words = "Validation failed: Account cannot be featured"
    assert [reply.status for reply in replies] == [422, 422]
    assert (replies[0].error, replies[1].error["error"]) == (words, words)
    assert await names(alice, f"/api/v1/accounts/{alice.id}/collections") == ["Cardiologues"]


async def test_a_block_takes_out_at_once_both_ways(alice, bruno, chloe):
    made = await make(alice, bruno, chloe)
    await bruno.post(f"/api/v1/accounts/{alice.id}/block")

    assert (await bruno.ask("GET", f"{ALL}/{made['id']}")).status == 404
    shown = (await chloe.get(f"{ALL}/{made['id']}"))["collection"]
    assert [item["account_id"] for item in shown["items"]] == [chloe.id]
    assert await names(chloe, f"/api/v1/accounts/{bruno.id}/in_collections") == []
    assert await names(bruno, f"/api/v1/accounts/{alice.id}/collections") == []


async def test_whom_the_reader_blocks_is_not_shown_to_them(alice, bruno, chloe):
    made = await make(alice, bruno, chloe)
    await chloe.post(f"/api/v1/accounts/{bruno.id}/block")

    shown = await chloe.get(f"{ALL}/{made['id']}")

    assert [item["account_id"] for item in shown["collection"]["items"]] == [chloe.id]
    assert shown["collection"]["item_count"] == 1


async def test_a_suspended_owner_has_no_collections(alice, bruno, change):
    made = await make(alice, bruno)
    await change(alice.actor, suspended_at=now())

    assert (await bruno.ask("GET", f"{ALL}/{made['id']}")).status == 404
    assert await names(bruno, f"/api/v1/accounts/{bruno.id}/in_collections") == []


async def test_what_is_not_to_be_discovered_is_listed_only_to_its_owner(alice, bruno):
    made = await make(alice, bruno, discoverable=False)

    assert await names(alice, f"/api/v1/accounts/{alice.id}/collections") == ["Cardiologues"]
    assert await names(bruno, f"/api/v1/accounts/{alice.id}/collections") == []
    assert await names(bruno, f"/api/v1/accounts/{bruno.id}/in_collections") == ["Cardiologues"]
    assert (await bruno.ask("GET", f"{ALL}/{made['id']}")).status == 200


async def test_lists_are_paged_both_ways(alice, bruno):
    for number in range(5):
        await make(alice, bruno, name=f"n{number}")
    for path in (
        f"/api/v1/accounts/{alice.id}/collections",
        f"/api/v1/accounts/{bruno.id}/in_collections",
    ):
        first = await bruno.page(path, limit=2)
        second = await bruno.page(first.links["next"])
        back = await bruno.page(second.links["prev"])

        assert [one["name"] for one in first.json["collections"]] == ["n4", "n3"]
        assert [one["name"] for one in second.json["collections"]] == ["n2", "n1"]
        assert back.json == first.json and "prev" not in first.links
        assert "next" not in (await bruno.page(path, limit=2, offset=4)).links


async def test_other_peoples_collections_are_not_changed(alice, bruno, chloe):
    made = await make(alice, chloe)
    path = f"{ALL}/{made['id']}"
    item = made["items"][0]["id"]

    replies = [
        await bruno.ask("PATCH", path, json={"name": "mine"}),
        await bruno.ask("DELETE", path),
        await bruno.ask("POST", f"{path}/items", json={"account_id": bruno.id}),
        await bruno.ask("DELETE", f"{path}/items/{item}"),
    ]

    assert [reply.status for reply in replies] == [403] * 4
    assert (await alice.get(path))["collection"] == made


async def test_an_item_of_another_collection_is_not_found(alice, bruno):
    one, two = await make(alice, bruno), await make(alice)
    item = one["items"][0]["id"]

    assert (await alice.ask("DELETE", f"{ALL}/{two['id']}/items/{item}")).status == 404
    assert (await bruno.ask("POST", f"{ALL}/{two['id']}/items/{item}/revoke")).status == 404


@pytest.mark.parametrize("number", ["115", "x", "9" * 30, "-1"])
async def test_what_is_not_there_is_not_found(alice, number):
    for method, path in (
        ("GET", f"{ALL}/{number}"),
        ("PATCH", f"{ALL}/{number}"),
        ("DELETE", f"{ALL}/{number}"),
        ("POST", f"{ALL}/{number}/items/1/revoke"),
        ("GET", f"/api/v1/accounts/{number}/collections"),
        ("GET", f"/api/v1/accounts/{number}/in_collections"),
    ):
        assert (await alice.ask(method, path)).status == 404


async def test_there_are_bounds(house, alice):
    people = [await house.person(f"p{number}") for number in range(MAX_ITEMS)]
    full = await make(alice, *people)

    one_more = await alice.ask(
        "POST", f"{ALL}/{full['id']}/items", json={"account_id": alice.id}
    )
    for _ in range(MAX_COLLECTIONS - 1):
        await make(alice)
    another = await alice.ask("POST", ALL, json={"name": "x"})
    without = await alice.ask("POST", f"{ALL}/{full['id']}/items", json={})

    assert full["item_count"] == MAX_ITEMS
    assert [one_more.status, another.status, without.status] == [422] * 3
    assert without.error == "`account_id` parameter is missing"


async def test_a_list_costs_the_same_for_one_and_for_many(alice, bruno, database):
    async def count(path):
        seen = []
        event.listen(database.engine.sync_engine, "before_cursor_execute", note := _noter(seen))
        await bruno.get(path)
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        return len(seen)

    await make(alice, bruno)
    path = f"/api/v1/accounts/{alice.id}/collections"
    for_one = await count(path)
    for _ in range(8):
        await make(alice, bruno)

    assert await count(path) == for_one >= 3


def _noter(seen):
    return lambda *call: seen.append(call[2])


async def test_a_collection_holds_no_more_when_many_are_added_at_once(house, alice, monkeypatch):
    monkeypatch.setattr(collections, "MAX_ITEMS", 2)
    made = await make(alice)
    people = [await house.person(f"p{number}") for number in range(6)]
    path = f"{ALL}/{made['id']}/items"

    replies = await asyncio.gather(
        *(alice.ask("POST", path, json={"account_id": person.id}) for person in people)
    )

    assert sorted(reply.status for reply in replies) == [200] * 2 + [422] * 4
