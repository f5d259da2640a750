"""Lists: made, filled, read, and nobody else's business."""

from __future__ import annotations

import pytest
from sqlalchemy import event

LISTS = "/api/v1/lists"


async def follow(follower, followee):
    await follower.post(f"/api/v1/accounts/{followee.id}/follow")


async def with_members(house, owner, *members, **fields):
    """Make a list of people whom the owner follows."""
    one = await owner.post(LISTS, **({"title": "Cardiologues"} | fields))
    for member in members:
        await follow(owner, member)
    await owner.post(f"{LISTS}/{one['id']}/accounts", account_ids=[m.id for m in members])
    return one


def ids(rows):
    return [row["id"] for row in rows]


async def test_a_list_is_made_shown_changed_and_deleted(alice):
    one = await alice.post(LISTS, title="Cardiologues")
    path = f"{LISTS}/{one['id']}"
    other = await alice.post(LISTS, title="b", replies_policy="none", exclusive=True)

    changed = await alice.put(path, title=" Rythmologues ", exclusive=True)
    policy = await alice.put(path, replies_policy="followed")

    assert one == {
        "id": one["id"],
        "title": "Cardiologues",
        "replies_policy": "list",
        "exclusive": False,
    }
    assert (other["replies_policy"], other["exclusive"]) == ("none", True)
    assert changed == one | {"title": "Rythmologues", "exclusive": True}
    assert policy == changed | {"replies_policy": "followed"}
    assert await alice.get(LISTS) == [policy, other]
    assert await alice.get(path) == policy
    assert await alice.delete(path) == {}
    assert await alice.get(LISTS) == [other]


@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"title": " "}, {"title": "x" * 257}, {"replies_policy": "all"}],
    ids=["empty", "blank", "long", "policy"],
)
async def test_what_can_be_no_list_is_refused(alice, wrong):
    one = await alice.post(LISTS, title="t")

    made = await alice.ask("POST", LISTS, json={"title": "x"} | wrong)
    changed = await alice.ask("PUT", f"{LISTS}/{one['id']}", json=wrong)

    assert (made.status, changed.status) == (422, 422)
    assert await alice.get(LISTS) == [one]


async def test_members_come_and_go(house, alice, bruno, chloe):
    one = await with_members(house, alice, bruno, chloe)
    path = f"{LISTS}/{one['id']}/accounts"

    listed = await alice.get(path)
    of_bruno = await alice.get(f"/api/v1/accounts/{bruno.id}/lists")
    await alice.ask("DELETE", path, json={"account_ids": [bruno.id]})

    assert set(ids(listed)) == {bruno.id, chloe.id}
    assert of_bruno == [one]
    assert ids(await alice.get(path)) == [chloe.id]
    assert await alice.get(f"/api/v1/accounts/{bruno.id}/lists") == []
    assert await bruno.get(f"/api/v1/accounts/{chloe.id}/lists") == []


async def test_members_are_paged_in_both_directions_and_all_come_without_limit(house, alice):
    members = [await house.person(f"member{n}") for n in range(5)]
    one = await with_members(house, alice)
    path = f"{LISTS}/{one['id']}/accounts"
    for member in members:
        await follow(alice, member)
        await alice.post(path, account_ids=[member.id])
    newest = [member.id for member in reversed(members)]

    first = await alice.page(path, limit=2)
    second = await alice.page(first.links["next"])
    last = await alice.page(second.links["next"])
    back = await alice.page(last.links["prev"])
    whole = await alice.page(path, limit=0)

    assert [ids(page.json) for page in (first, second, last)] == [
        newest[:2],
        newest[2:4],
        newest[4:],
    ]
    assert ids(back.json) == newest[2:4]
    assert "next" not in last.links
    assert (ids(whole.json), whole.links) == (newest, {})


async def test_H08_who_is_not_followed_comes_on_no_list_and_nobody_of_that_call(
    alice, bruno, chloe
):
    one = await alice.post(LISTS, title="t")
    path = f"{LISTS}/{one['id']}/accounts"
    await follow(alice, bruno)

    reply = await alice.ask("POST", path, json={"account_ids": [bruno.id, chloe.id]})

    assert (reply.status, reply.error) == (404, "Record not found")
    assert await alice.get(path) == []


async def test_H08_the_list_of_another_is_not_there(house, alice, bruno, chloe):
    one = await with_members(house, bruno, chloe)
    await follow(alice, chloe)
    body = {"json": {"title": "x", "account_ids": [chloe.id]}}
    asked = [
        ("GET", f"{LISTS}/{one['id']}", {}),
        ("PUT", f"{LISTS}/{one['id']}", body),
        ("DELETE", f"{LISTS}/{one['id']}", {}),
        ("GET", f"{LISTS}/{one['id']}/accounts", {}),
        ("POST", f"{LISTS}/{one['id']}/accounts", body),
        ("DELETE", f"{LISTS}/{one['id']}/accounts", body),
        ("GET", f"/api/v1/timelines/list/{one['id']}", {}),
    ]

    for method, path, sent in asked:
        for number in (one["id"], "9" * 30, "x"):
            address = path.replace(one["id"], number)
            reply = await alice.ask(method, address, **sent)
            assert (reply.status, reply.error) == (404, "Record not found"), (method, address)

    assert ids(await bruno.get(f"{LISTS}/{one['id']}/accounts")) == [chloe.id]


async def test_a_second_time_on_a_list_is_refused(house, alice, bruno):
    one = await with_members(house, alice, bruno)

    reply = await alice.ask(
        "POST", f"{LISTS}/{one['id']}/accounts", json={"account_ids": [bruno.id]}
    )

    assert (reply.status, reply.error) == (
        422,
        "Validation failed: Account has already been taken",
    )


@pytest.mark.parametrize("end", ["unfollow", "block"])
async def test_who_is_followed_no_more_is_off_the_list(house, alice, bruno, end):
    one = await with_members(house, alice, bruno)
    await bruno.say()

    await alice.post(f"/api/v1/accounts/{bruno.id}/{end}")

    assert await alice.get(f"{LISTS}/{one['id']}/accounts") == []
    assert await alice.get(f"/api/v1/timelines/list/{one['id']}") == []


async def test_a_list_is_read_page_by_page(house, alice, bruno, chloe):
    one = await with_members(house, alice, bruno)
    await follow(alice, chloe)
    said = [(await bruno.say(str(n)))["id"] for n in range(5)][::-1]
    await chloe.say()
    path = f"/api/v1/timelines/list/{one['id']}"

    first = await alice.page(path, limit=2)
    second = await alice.page(first.links["next"])
    last = await alice.page(second.links["next"])
    back = await alice.page(last.links["prev"])

    assert [ids(page.json) for page in (first, second, last)] == [said[:2], said[2:4], said[4:]]
    assert ids(back.json) == said[2:4]
    assert ids(await alice.get(path, since_id=said[2])) == said[:2]


async def test_an_exclusive_list_takes_its_members_out_of_home(house, alice, bruno):
    one = await with_members(house, alice, bruno, exclusive=True)
    said = await bruno.say()

    assert await alice.get("/api/v1/timelines/home") == []
    assert ids(await alice.get(f"/api/v1/timelines/list/{one['id']}")) == [said["id"]]


async def test_lists_and_what_they_show_cost_the_same_however_long(house, alice, bruno, chloe):
    one = await with_members(house, alice, bruno)
    paths = (LISTS, f"{LISTS}/{one['id']}/accounts", f"/api/v1/timelines/list/{one['id']}")

    async def count():
        seen = []
        engine = house.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        lengths, counts = [], []
        for path in paths:
            seen.clear()
            lengths.append(len(await alice.get(path)))
            counts.append(len(seen))
        return lengths, counts

    await bruno.say("@alice #un")
    short, before = await count()
    for number in range(5):
        await alice.post(LISTS, title=str(number))
        await bruno.say(f"@chloe {number} #t{number}")
    await follow(alice, chloe)
    await alice.post(paths[1], account_ids=[chloe.id])
    long, after = await count()

    assert (short, long) == ([1, 1, 1], [6, 2, 6])
    assert after == before
