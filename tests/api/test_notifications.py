"""Notices: what happened to somebody, once each, and only what they may still see."""

from __future__ import annotations

from sqlalchemy import select

from notifications.models import Notification

PATH = "/api/v1/notifications"


async def kinds(program, **query):
    return [notice["type"] for notice in await program.get(PATH, **query)]


async def make_all(alice, bruno):
    """Let bruno do everything that alice is told of; return her post."""
    await bruno.post(f"/api/v1/accounts/{alice.id}/follow")
    said = await alice.say()
    await bruno.post(f"/api/v1/statuses/{said['id']}/favourite")
    await bruno.post(f"/api/v1/statuses/{said['id']}/reblog")
    await bruno.say("@alice bonjour", in_reply_to_id=said["id"])
    return said


async def test_each_thing_is_told_once_with_who_and_what(alice, bruno):
    said = await make_all(alice, bruno)

    found = await alice.get(PATH)

    assert [n["type"] for n in found] == ["mention", "reblog", "favourite", "follow"]
    assert {n["account"]["id"] for n in found} == {bruno.id}
    assert "status" not in found[3]
    assert found[1]["status"]["id"] == found[2]["status"]["id"] == said["id"]
    assert found[0]["status"]["in_reply_to_id"] == said["id"]


async def test_a_notice_says_how_many_more_it_stands_for(house, alice, bruno):
    await bruno.post(f"/api/v1/accounts/{alice.id}/follow")
    async with house.database.transaction() as session:
        (await session.scalars(select(Notification))).one().others = 41

    (notice,) = await alice.get(PATH)

    assert notice["consilium"] == {"others": 41}


async def test_kinds_are_chosen_and_left_out(alice, bruno):
    await make_all(alice, bruno)

    assert await kinds(alice, **{"types[]": ["mention", "follow"]}) == ["mention", "follow"]
    without = {"exclude_types[]": ["mention", "follow"]}
    assert await kinds(alice, **without) == ["reblog", "favourite"]
    assert await kinds(alice, **{"types[]": ["poll"]}) == []
    assert await kinds(alice, account_id=bruno.id) == ["mention", "reblog", "favourite", "follow"]
    assert await kinds(alice, account_id=alice.id) == []


async def test_notices_are_paged_in_both_directions(alice, bruno):
    await make_all(alice, bruno)

    first = await alice.page(PATH, limit=3)
    second = await alice.page(first.links["next"])
    back = await alice.page(second.links["prev"])

    assert len(first.json) == 3
    assert [n["type"] for n in second.json] == ["follow"]
    assert back.json == first.json


async def test_one_notice_is_shown_and_dismissed(alice, bruno):
    await make_all(alice, bruno)
    notice = (await alice.get(PATH))[0]

    assert await alice.get(f"{PATH}/{notice['id']}") == notice
    assert await alice.post(f"{PATH}/{notice['id']}/dismiss") == {}

    assert (await alice.ask("GET", f"{PATH}/{notice['id']}")).status == 404
    assert len(await alice.get(PATH)) == 3


async def test_the_notice_of_another_is_not_there(alice, bruno):
    await make_all(alice, bruno)
    notice = (await alice.get(PATH))[0]

    assert (await bruno.ask("GET", f"{PATH}/{notice['id']}")).status == 404
    assert (await bruno.ask("POST", f"{PATH}/{notice['id']}/dismiss")).status == 404
    assert len(await alice.get(PATH)) == 4


async def test_all_are_cleared(alice, bruno):
    await make_all(alice, bruno)

    assert await alice.post(f"{PATH}/clear") == {}

    assert await alice.get(PATH) == []


async def test_what_came_after_the_marker_is_unread(alice, bruno):
    await make_all(alice, bruno)
    found = await alice.get(PATH)
    assert await alice.get(f"{PATH}/unread_count") == {"count": 4}

    await alice.post("/api/v1/markers", notifications={"last_read_id": found[1]["id"]})

    assert await alice.get(f"{PATH}/unread_count") == {"count": 1}


async def test_H06_what_may_no_longer_be_seen_is_told_no_more(alice, bruno):
    await make_all(alice, bruno)

    await alice.post(f"/api/v1/accounts/{bruno.id}/block")

    assert await alice.get(PATH) == []
    assert await alice.get(f"{PATH}/unread_count") == {"count": 0}


async def test_a_locked_account_is_told_who_asks(house, alice):
    dora = await house.person("dora", locked=True)

    await alice.post(f"/api/v1/accounts/{dora.id}/follow")

    assert await kinds(dora) == ["follow_request"]
    await dora.post(f"/api/v1/follow_requests/{alice.id}/authorize")
    assert await kinds(dora) in (["follow"], [])
