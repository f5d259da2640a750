"""The policy and what waits under it: who asks, letting them in, sending them away."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy import event

POLICY = "/api/v2/notifications/policy"
PATH = "/api/v1/notifications/requests"
NOTICES = "/api/v1/notifications"
DEFAULTS = {
    "for_not_following": "accept",
    "for_not_followers": "accept",
    "for_new_accounts": "accept",
    "for_private_mentions": "filter",
    "for_limited_accounts": "filter",
}


def summary(requests, notices):
    return {
        "summary": {
            "pending_requests_count": requests,
            "pending_notifications_count": notices,
        }
    }


async def write_to(alice, program, text="bonjour"):
    return await program.say(f"@alice {text}", visibility="direct")


@pytest_asyncio.fixture
async def dora(house):
    """Somebody else who is no doctor."""
    return await house.person("dora")


async def test_a_policy_is_shown_and_changed(alice, bruno):
    assert await alice.get(POLICY) == DEFAULTS | summary(0, 0)

    changed = await alice.ask("PATCH", POLICY, json={"for_not_following": "drop"})

    assert changed.json == DEFAULTS | {"for_not_following": "drop"} | summary(0, 0)
    form = {"for_private_mentions": "accept"}
    assert (await alice.ask("PATCH", POLICY, form=form)).json["for_not_following"] == "drop"
    assert (await alice.get(POLICY))["for_private_mentions"] == "accept"
    assert await bruno.get(POLICY) == DEFAULTS | summary(0, 0)


@pytest.mark.parametrize(
    "value", ["maybe", "", True, 7, ["accept"], {"a": "accept"}], ids=lambda value: str(value)
)
async def test_a_rule_that_is_none_changes_nothing(alice, value):
    sent = {"for_not_following": "drop", "for_new_accounts": value}

    reply = await alice.ask("PATCH", POLICY, json=sent)

    # What is no text at all is not read as this field.
    assert reply.status == (200 if isinstance(value, list | dict) else 422)
    told = await alice.get(POLICY)
    assert told["for_new_accounts"] == "accept"
    assert told["for_not_following"] == ("drop" if reply.status == 200 else "accept")


async def test_who_writes_privately_asks_first(alice, chloe, dora):
    await write_to(alice, chloe)
    await write_to(alice, dora)
    last = await write_to(alice, chloe, "encore")

    asking = await alice.get(PATH)

    assert [one["account"]["id"] for one in asking] == [dora.id, chloe.id]
    assert [one["notifications_count"] for one in asking] == ["1", "2"]
    assert asking[1]["last_status"]["id"] == last["id"]
    assert asking[1]["updated_at"] >= asking[1]["created_at"]
    assert await alice.get(NOTICES) == []
    assert await alice.get(f"{NOTICES}/unread_count") == {"count": 0}
    assert (await alice.get("/api/v2/notifications"))["notification_groups"] == []
    assert await alice.get(POLICY) == DEFAULTS | summary(2, 3)
    assert await chloe.get(PATH) == []


async def test_what_waits_can_be_looked_at(alice, chloe, bruno):
    await write_to(alice, chloe)
    await bruno.say("@alice bonjour")

    everything = await alice.get(NOTICES, include_filtered="true")
    of_chloe = await alice.get(NOTICES, account_id=chloe.id)

    assert [n["account"]["id"] for n in everything] == [bruno.id, chloe.id]
    assert [n["account"]["id"] for n in of_chloe] == [chloe.id]
    assert await alice.get(f"{NOTICES}/{of_chloe[0]['id']}") == of_chloe[0]
    grouped = await alice.get("/api/v2/notifications", include_filtered="true")
    assert len(grouped["notification_groups"]) == 2


async def test_who_is_let_in_is_in_the_list_now_and_later(house, alice, chloe, dora):
    await write_to(alice, chloe)
    await write_to(alice, dora)
    (asking,) = [r for r in await alice.get(PATH) if r["account"]["id"] == chloe.id]

    with house.database.bus.subscribe() as heard:
        assert await alice.post(f"{PATH}/{asking['id']}/accept") == {}
        async with asyncio.timeout(5):
            told = await heard.next()

    assert (told.kind, told.actor_id) == ("notifications_merged", alice.actor.id)
    assert [n["account"]["id"] for n in await alice.get(NOTICES)] == [chloe.id]
    assert [r["account"]["id"] for r in await alice.get(PATH)] == [dora.id]
    await write_to(alice, chloe)
    assert len(await alice.get(NOTICES)) == 2
    assert (await alice.ask("POST", f"{PATH}/{asking['id']}/accept")).status == 404


async def test_who_is_sent_away_may_ask_again(alice, chloe):
    await write_to(alice, chloe)
    (asking,) = await alice.get(PATH)

    assert await alice.post(f"{PATH}/{asking['id']}/dismiss") == {}

    assert await alice.get(PATH) == []
    assert await alice.get(NOTICES, include_filtered="true") == []
    assert await alice.get(POLICY) == DEFAULTS | summary(0, 0)
    await write_to(alice, chloe)
    (again,) = await alice.get(PATH)
    assert (again["notifications_count"], again["id"] != asking["id"]) == ("1", True)


async def test_several_are_let_in_or_sent_away_at_once(alice, chloe, dora):
    for program in (chloe, dora):
        await write_to(alice, program)
    ids = [one["id"] for one in await alice.get(PATH)]

    assert await alice.post(f"{PATH}/accept", id=ids) == {}

    assert len(await alice.get(NOTICES)) == 2
    assert await alice.get(PATH) == []


async def test_several_are_sent_away_by_a_form(house, alice, chloe, dora):
    for program in (chloe, dora):
        await write_to(alice, program)
    ids = [one["id"] for one in await alice.get(PATH)]

    reply = await alice.ask(
        "POST",
        f"{PATH}/dismiss",
        data="&".join(f"id[]={id}" for id in ids),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert reply.status == 200
    assert await alice.get(NOTICES, include_filtered="true") == []


async def test_all_or_none_and_only_ones_own(alice, bruno, chloe):
    await write_to(alice, chloe)
    (asking,) = await alice.get(PATH)

    for verb in ("accept", "dismiss"):
        assert (await bruno.ask("POST", f"{PATH}/{asking['id']}/{verb}")).status == 404
        some = {"id": [asking["id"], "115"]}
        assert (await alice.ask("POST", f"{PATH}/{verb}", json=some)).status == 404
        assert (await bruno.ask("POST", f"{PATH}/{verb}", json={"id": asking["id"]})).status == 404
        assert (await alice.ask("POST", f"{PATH}/{verb}", json={"id": "x"})).status == 422
        assert (await alice.ask("POST", f"{PATH}/{verb}", json={})).status == 422
        assert (await alice.ask("POST", f"{PATH}/x/{verb}")).status == 404

    assert await alice.get(PATH) == [asking]


async def test_H06_who_may_not_be_seen_any_more_asks_nothing(alice, chloe, dora):
    said = await write_to(alice, chloe)
    await write_to(alice, dora)

    await chloe.delete(f"/api/v1/statuses/{said['id']}")
    await alice.post(f"/api/v1/accounts/{dora.id}/block")

    assert await alice.get(PATH) == []
    assert await alice.get(POLICY) == DEFAULTS | summary(0, 0)


async def test_who_was_let_in_and_then_blocked_asks_again(alice, chloe):
    await write_to(alice, chloe)
    (asking,) = await alice.get(PATH)
    await alice.post(f"{PATH}/{asking['id']}/accept")
    await alice.post(f"/api/v1/accounts/{chloe.id}/block")
    await alice.post(f"/api/v1/accounts/{chloe.id}/unblock")

    await write_to(alice, chloe)

    assert [one["account"]["id"] for one in await alice.get(PATH)] == [chloe.id]


async def test_what_is_cleared_asks_no_more(alice, chloe):
    await write_to(alice, chloe)

    await alice.post(f"{NOTICES}/clear")

    assert await alice.get(PATH) == []
    await write_to(alice, chloe)
    assert [one["notifications_count"] for one in await alice.get(PATH)] == ["1"]


async def test_requests_are_paged_in_both_directions(house, alice):
    for number in range(3):
        await write_to(alice, await house.person(f"p{number}"))

    first = await alice.page(PATH, limit=2)
    second = await alice.page(first.links["next"])
    back = await alice.page(second.links["prev"])

    names = [[r["account"]["username"] for r in page.json] for page in (first, second, back)]
    assert names == [["p2", "p1"], ["p0"], ["p2", "p1"]]


async def test_a_page_costs_the_same_for_one_and_for_forty(house, database, alice):
    async def count_statements(limit):
        seen = []
        engine = database.engine.sync_engine

        def hear(*call):
            seen.append(call[2])

        event.listen(engine, "before_cursor_execute", hear)
        assert len(await alice.get(PATH, limit=limit)) == limit
        event.remove(engine, "before_cursor_execute", hear)
        return len(seen)

    for number in range(40):
        await write_to(alice, await house.person(f"p{number}"), f"n° {number} #ecg")

    one = await count_statements(1)
    assert await count_statements(40) == one
    assert one <= 20
