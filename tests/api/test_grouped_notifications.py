"""Notices in groups: what belongs together is one, page by page, and only what may be seen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from actors.blocks import save_block
from core import clock
from notifications.models import Notification

PATH = "/api/v2/notifications"


async def groups(program, **query):
    return (await program.get(PATH, **query))["notification_groups"]


async def people(house, count):
    return [await house.person(f"p{number}") for number in range(count)]


async def like(program, said):
    await program.post(f"/api/v1/statuses/{said['id']}/favourite")


async def follow(program, other):
    await program.post(f"/api/v1/accounts/{other.id}/follow")


async def test_likes_and_boosts_of_a_post_and_follows_belong_together(house, alice, bruno, chloe):
    one, other = await alice.say("un"), await alice.say("deux")
    for program in (bruno, chloe):
        await follow(program, alice)
        await like(program, one)
        await program.post(f"/api/v1/statuses/{one['id']}/reblog")
    await like(bruno, other)
    mention = await bruno.say("@alice bonjour")

    found = await alice.get(PATH)

    shown = found["notification_groups"]
    assert [(g["type"], g["notifications_count"], g.get("status_id")) for g in shown] == [
        ("mention", 1, mention["id"]),
        ("favourite", 1, other["id"]),
        ("reblog", 2, one["id"]),
        ("favourite", 2, one["id"]),
        ("follow", 2, None),
    ]
    assert shown[3]["sample_account_ids"] == [chloe.id, bruno.id]
    assert {a["id"] for a in found["accounts"]} == {bruno.id, chloe.id}
    assert {s["id"] for s in found["statuses"]} == {one["id"], other["id"], mention["id"]}
    assert shown[0]["group_key"].startswith("ungrouped-")
    single = await alice.get("/api/v1/notifications")
    assert {n["group_key"] for n in single} == {g["group_key"] for g in shown}
    liked = [n["id"] for n in single if n["group_key"] == shown[3]["group_key"]]
    assert [shown[3]["page_max_id"], shown[3]["page_min_id"]] == liked
    assert str(shown[3]["most_recent_notification_id"]) == liked[0]
    assert shown[3]["latest_page_notification_at"] == single[1 + 1 + 1]["created_at"]


async def test_half_a_day_later_another_group_begins(house, alice):
    said = await alice.say()
    for program, hours in zip(await people(house, 4), (0, 6, 6, 1), strict=True):
        clock.shift(timedelta(hours=hours))
        await like(program, said)

    assert [g["notifications_count"] for g in await groups(alice)] == [2, 2]


async def test_only_the_kinds_that_a_program_groups_are_grouped(house, alice, bruno, chloe):
    said = await alice.say()
    for program in (bruno, chloe):
        await like(program, said)
        await follow(program, alice)

    only = await groups(alice, **{"grouped_types[]": ["follow", "mention"]})

    assert [(g["type"], g["notifications_count"]) for g in only] == [
        ("follow", 2),
        ("favourite", 1),
        ("favourite", 1),
    ]
    for chosen, kind in (("types[]", "follow"), ("exclude_types[]", "favourite")):
        assert [g["type"] for g in await groups(alice, **{chosen: "follow"})] == [kind]
    of_bruno = await groups(alice, account_id=bruno.id)
    assert [(g["type"], g["notifications_count"]) for g in of_bruno] == [
        ("follow", 1),
        ("favourite", 1),
    ]


async def make_five(house, alice):
    """Let three people like three posts in turn, and name alice twice; return the keys."""
    posts = [await alice.say(f"n° {number}") for number in range(3)]
    for program in await people(house, 3):
        for said in posts:
            await like(program, said)
        if program.actor.username != "p2":
            await program.say("@alice bonjour")
    return [group["group_key"] for group in await groups(alice)]


async def test_groups_are_paged_in_both_directions(house, alice):
    keys = await make_five(house, alice)
    assert len(keys) == 5

    first = await alice.page(PATH, limit=2)
    second = await alice.page(first.links["next"])
    back = await alice.page(second.links["prev"])
    seen, page = shown(first) + shown(second), second
    while "next" in page.links:
        page = await alice.page(page.links["next"])
        seen += shown(page)

    assert shown(first) == keys[:2]
    assert back.json == first.json
    # The older part of a group that was shown comes again: programs join them by their key.
    assert list(dict.fromkeys(seen)) == keys
    assert len(seen) > len(keys)


def shown(reply):
    return [group["group_key"] for group in reply.json["notification_groups"]]


async def test_a_page_says_which_part_of_a_group_is_on_it(house, alice):
    said = await alice.say()
    for program in await people(house, 3):
        await like(program, said)
    ids = [int(n["id"]) for n in await alice.get("/api/v1/notifications")]

    (newest,) = await groups(alice, min_id=ids[2])
    (older,) = await groups(alice, max_id=ids[0])
    (since,) = await groups(alice, since_id=ids[1])

    assert (newest["page_min_id"], newest["page_max_id"]) == (str(ids[1]), str(ids[0]))
    assert newest["notifications_count"] == 3
    assert (older["page_min_id"], older["page_max_id"]) == (str(ids[2]), str(ids[1]))
    assert older["notifications_count"] == 2
    assert (since["page_min_id"], since["page_max_id"]) == (str(ids[0]), str(ids[0]))


async def test_going_up_nothing_is_left_out(house, alice):
    keys = await make_five(house, alice)
    oldest = (await alice.get("/api/v1/notifications"))[-1]["id"]
    seen, path = [], f"{PATH}?min_id={int(oldest) - 1}&limit=2"

    for _ in range(8):
        page = await alice.page(path)
        if not page.json["notification_groups"]:
            break
        seen += [g["group_key"] for g in page.json["notification_groups"]]
        path = page.links["prev"]

    assert set(seen) == set(keys)


async def test_many_people_are_a_sample_of_eight(house, alice):
    said = await alice.say()
    for program in await people(house, 10):
        await like(program, said)

    found = await alice.get(PATH)

    (group,) = found["notification_groups"]
    assert group["notifications_count"] == 10
    assert len(group["sample_account_ids"]) == len(found["accounts"]) == 8
    assert found["accounts"][0]["username"] == "p9"


async def test_only_the_last_of_each_group_is_shown_in_full_if_wished(house, alice, bruno, chloe):
    said = await alice.say()
    for program in (bruno, chloe):
        await like(program, said)

    found = await alice.get(PATH, expand_accounts="partial_avatars")

    assert [a["id"] for a in found["accounts"]] == [chloe.id]
    (partial,) = found["partial_accounts"]
    assert partial["id"] == bruno.id
    assert set(partial) == {"id", "acct", "locked", "bot", "url", "avatar", "avatar_static"}
    assert "partial_accounts" not in await alice.get(PATH, expand_accounts="full")
    assert (await alice.ask("GET", f"{PATH}?expand_accounts=some")).status == 422


async def test_a_digest_counts_for_all_for_whom_it_stands(house, alice, bruno, chloe):
    said = await alice.say()
    for program in (bruno, chloe):
        await like(program, said)
        await program.say("@alice bonjour")
    async with house.database.transaction() as session:
        await session.execute(update(Notification).values(others=20))

    assert {g["type"]: g["notifications_count"] for g in await groups(alice)} == {
        "favourite": 42,
        "mention": 21,
    }


async def test_one_group_is_shown_with_its_people_and_dismissed(house, alice, bruno, chloe):
    said = await alice.say()
    for program in (bruno, chloe):
        await like(program, said)
    await bruno.say("@alice bonjour")
    mention, liked = await groups(alice)

    for group in (mention, liked):
        found = await alice.get(f"{PATH}/{group['group_key']}")
        (shown,) = found["notification_groups"]
        assert shown.items() <= group.items()
        assert "page_min_id" not in shown
        assert [s["id"] for s in found["statuses"]] == [group["status_id"]]
    who = f"{PATH}/{liked['group_key']}/accounts"
    assert [a["id"] for a in await alice.get(who)] == [chloe.id, bruno.id]
    first = await alice.page(who, limit=1)
    second = await alice.page(first.links["next"])
    back = await alice.page(second.links["prev"])
    assert [[a["id"] for a in p.json] for p in (first, second, back)] == [
        [chloe.id],
        [bruno.id],
        [chloe.id],
    ]
    assert [a["id"] for a in await alice.get(f"{PATH}/{mention['group_key']}/accounts")] == [
        bruno.id
    ]

    assert await alice.post(f"{PATH}/{liked['group_key']}/dismiss") == {}

    assert (await alice.ask("GET", f"{PATH}/{liked['group_key']}")).status == 404
    assert [g["type"] for g in await groups(alice)] == ["mention"]
    assert await alice.post(f"{PATH}/{mention['group_key']}/dismiss") == {}
    assert await groups(alice) == []


async def test_the_group_of_another_is_not_there(house, alice, bruno, chloe):
    said = await alice.say()
    await like(bruno, said)
    await bruno.say("@alice bonjour")

    for group in await groups(alice):
        path = f"{PATH}/{group['group_key']}"
        assert (await chloe.ask("GET", path)).status == 404
        assert (await chloe.ask("GET", f"{path}/accounts")).status == 404
        assert await chloe.post(f"{path}/dismiss") == {}

    assert len(await groups(alice)) == 2


@pytest.mark.parametrize(
    "key", ["ungrouped-", "ungrouped-x", "ungrouped-99999999999999999999", "%00", "x" * 3000]
)
async def test_a_key_that_is_none_is_not_there(alice, key):
    assert (await alice.ask("GET", f"{PATH}/{key}")).status == 404
    assert (await alice.ask("GET", f"{PATH}/{key}/accounts")).status == 404


async def test_groups_after_the_marker_are_unread(house, alice, bruno, chloe):
    said = await alice.say()
    for program in (bruno, chloe):
        await like(program, said)
        await program.say("@alice bonjour")
    assert await alice.get(f"{PATH}/unread_count") == {"count": 3}
    assert await alice.get(f"{PATH}/unread_count", limit=2) == {"count": 2}
    assert await alice.get(f"{PATH}/unread_count", **{"types[]": "mention"}) == {"count": 2}
    alone = {"grouped_types[]": "follow"}
    assert await alice.get(f"{PATH}/unread_count", **alone) == {"count": 4}

    seen = (await alice.get("/api/v1/notifications"))[1]["id"]
    await alice.post("/api/v1/markers", notifications={"last_read_id": seen})

    assert await alice.get(f"{PATH}/unread_count") == {"count": 1}


async def test_H06_who_may_not_be_seen_any_more_is_in_no_group(house, alice, bruno, chloe):
    said = await alice.say()
    for program in (bruno, chloe):
        await like(program, said)
        await follow(program, alice)
    (followed, liked) = await groups(alice)

    async with house.database.transaction() as session:
        # Only the row, as if its notices had stayed: they are asked at each reading.
        await save_block(session, alice.actor, chloe.actor, uri="http://x/block")

    found = await alice.get(PATH)
    assert [g["notifications_count"] for g in found["notification_groups"]] == [1, 1]
    assert {a["id"] for a in found["accounts"]} == {bruno.id}
    one = await alice.get(f"{PATH}/{liked['group_key']}")
    assert one["notification_groups"][0]["sample_account_ids"] == [bruno.id]
    assert [a["id"] for a in await alice.get(f"{PATH}/{followed['group_key']}/accounts")] == [
        bruno.id
    ]
    assert await alice.get(f"{PATH}/unread_count") == {"count": 2}

    async with house.database.transaction() as session:
        await save_block(session, bruno.actor, alice.actor, uri="http://x/block2")
    assert await groups(alice) == []
    assert (await alice.ask("GET", f"{PATH}/{liked['group_key']}")).status == 404
    assert await alice.get(f"{PATH}/unread_count") == {"count": 0}


async def test_H06_a_post_that_is_gone_takes_its_groups_with_it(house, alice, bruno):
    said = await bruno.say("@alice bonjour")
    own = await alice.say()
    await like(bruno, own)

    await bruno.delete(f"/api/v1/statuses/{said['id']}")
    await alice.delete(f"/api/v1/statuses/{own['id']}")

    assert await alice.get(PATH) == {"accounts": [], "statuses": [], "notification_groups": []}
    assert await alice.get(f"{PATH}/unread_count") == {"count": 0}


async def test_what_a_filter_hides_is_in_no_group(house, alice, bruno):
    await bruno.say("@alice de la grippe")
    await bruno.say("@alice du golf")
    words = [{"keyword": "golf", "whole_word": True}]
    hidden = {"title": "golf", "context": ["notifications"], "filter_action": "hide"}
    await alice.post("/api/v2/filters", keywords_attributes=words, **hidden)
    words = [{"keyword": "grippe", "whole_word": True}]
    folded = {"title": "grippe", "context": ["notifications"], "filter_action": "warn"}
    await alice.post("/api/v2/filters", keywords_attributes=words, **folded)

    found = await alice.get(PATH)

    (shown,) = found["statuses"]
    assert [g["status_id"] for g in found["notification_groups"]] == [shown["id"]]
    assert [m["filter"]["title"] for m in shown["filtered"]] == ["grippe"]
    (single,) = await alice.get("/api/v1/notifications")
    assert single["status"]["filtered"] == shown["filtered"]


async def test_a_page_costs_the_same_for_one_and_for_forty(house, database, alice):
    async def count_statements(limit):
        seen = []
        engine = database.engine.sync_engine

        def hear(*call):
            seen.append(call[2])

        event.listen(engine, "before_cursor_execute", hear)
        found = await alice.get(PATH, limit=limit)
        event.remove(engine, "before_cursor_execute", hear)
        assert len(found["notification_groups"]) == limit
        return len(seen)

    everybody = await people(house, 3)
    for number in range(20):
        said = await alice.say(f"n° {number} #ecg")
        for program in everybody[: 1 + number % 3]:
            await like(program, said)
            await program.post(f"/api/v1/statuses/{said['id']}/reblog")
    await like(everybody[0], said)
    async with database.read() as session:
        assert len(list(await session.scalars(select(Notification)))) > 60

    one = await count_statements(1)
    assert await count_statements(40) == one
    assert one <= 20
