"""Talks with named people: who is in them, what was said last, whether it was read."""

from __future__ import annotations

import pytest
from sqlalchemy import event, update
from sqlmodel import col

from actors.blocks import save_block
from actors.models import Actor
from core.clock import now

STATUSES, TALKS = "/api/v1/statuses", "/api/v1/conversations"


async def write_to(program, text, **fields):
    return await program.say(text, visibility="direct", **fields)


def shown(talks):
    return [(one["last_status"]["id"], one["unread"]) for one in talks]


async def test_a_talk_is_in_the_list_of_all_who_take_part(alice, bruno, chloe):
    said = await write_to(alice, "@bruno un avis ?")

    (mine,), (theirs,) = await alice.get(TALKS), await bruno.get(TALKS)
    assert (mine["unread"], theirs["unread"]) == (False, True)
    assert [one["acct"] for one in mine["accounts"]] == ["bruno"]
    assert [one["acct"] for one in theirs["accounts"]] == ["alice"]
    assert mine["last_status"]["id"] == theirs["last_status"]["id"] == said["id"]
    assert await chloe.get(TALKS) == []

    answer = await write_to(bruno, "@alice oui", in_reply_to_id=said["id"])
    assert shown(await alice.get(TALKS)) == [(answer["id"], True)]
    assert shown(await bruno.get(TALKS)) == [(answer["id"], False)]


async def test_what_is_not_for_named_people_is_no_talk(alice, bruno):
    await bruno.say("@alice bonjour")
    await bruno.say("@alice bonjour", visibility="doctors")

    assert await alice.get(TALKS) == []


async def test_a_talk_is_read_and_unread(alice, bruno):
    await write_to(bruno, "@alice ?")
    (talk,) = await alice.get(TALKS)

    assert (await alice.post(f"{TALKS}/{talk['id']}/read"))["unread"] is False
    assert (await alice.get(TALKS))[0]["unread"] is False
    assert (await alice.post(f"{TALKS}/{talk['id']}/unread"))["unread"] is True
    assert (await alice.get(TALKS))[0]["unread"] is True


async def test_a_talk_steps_back_when_its_newest_post_is_deleted(alice, bruno):
    first = await write_to(bruno, "@alice un")
    second = await write_to(bruno, "@alice deux", in_reply_to_id=first["id"])
    assert [last for last, _ in shown(await alice.get(TALKS))] == [second["id"]]

    await bruno.delete(f"{STATUSES}/{second['id']}")
    assert [last for last, _ in shown(await alice.get(TALKS))] == [first["id"]]
    await bruno.delete(f"{STATUSES}/{first['id']}")

    assert await alice.get(TALKS) == await bruno.get(TALKS) == []


async def test_one_steps_back_to_what_one_took_part_in(alice, bruno, chloe):
    root = await write_to(alice, "@bruno à deux")
    three = await write_to(alice, "@bruno @chloe à trois", in_reply_to_id=root["id"])

    await alice.delete(f"{STATUSES}/{three['id']}")

    assert await chloe.get(TALKS) == []
    assert [last for last, _ in shown(await bruno.get(TALKS))] == [root["id"]]


async def test_a_talk_that_is_removed_comes_back_with_what_is_said_next(alice, bruno):
    first = await write_to(bruno, "@alice un")
    (talk,) = await alice.get(TALKS)

    assert await alice.delete(f"{TALKS}/{talk['id']}") == {}
    assert await alice.get(TALKS) == []
    assert len(await bruno.get(TALKS)) == 1
    assert (await alice.get(f"{STATUSES}/{first['id']}"))["id"] == first["id"]
    second = await write_to(bruno, "@alice deux", in_reply_to_id=first["id"])

    assert [last for last, _ in shown(await alice.get(TALKS))] == [second["id"]]


async def test_the_talks_of_others_are_not_there(alice, bruno, chloe):
    await write_to(alice, "@bruno ?")
    (talk,) = await alice.get(TALKS)

    for method, path in (("POST", "/read"), ("POST", "/unread"), ("DELETE", "")):
        for program in (bruno, chloe):
            reply = await program.ask(method, f"{TALKS}/{talk['id']}{path}")
            assert (reply.status, reply.json) == (404, {"error": "Record not found"})
    assert len(await alice.get(TALKS)) == 1


async def test_talks_are_paged_by_what_was_said_last(alice, bruno):
    said = [await write_to(bruno, f"@alice {number}") for number in range(4)]
    last = await write_to(bruno, "@alice encore", in_reply_to_id=said[0]["id"])
    order = [last["id"], said[3]["id"], said[2]["id"], said[1]["id"]]

    first = await alice.page(TALKS, limit=3)
    second = await alice.page(first.links["next"])
    back = await alice.page(second.links["prev"])

    assert [one for one, _ in shown(first.json)] == order[:3]
    assert [one for one, _ in shown(second.json)] == order[3:]
    assert [one for one, _ in shown(back.json)] == order[:3]


async def test_whom_one_blocks_does_not_bring_a_talk_back(house, alice, bruno, chloe):
    root = await write_to(bruno, "@alice @chloe à trois")
    async with house.database.transaction() as session:
        await save_block(session, alice.actor, chloe.actor, uri="http://a.localhost:8001/b")

    await write_to(chloe, "@bruno @alice moi", in_reply_to_id=root["id"])

    assert [last for last, _ in shown(await alice.get(TALKS))] == [root["id"]]


async def of_three(first, second, third):
    """Let two write to a third, the second of them last; return both posts."""
    root = await write_to(first, f"@{second.actor.username} @{third.actor.username} à trois")
    named = f"@{first.actor.username} @{third.actor.username} moi"
    return root, await write_to(second, named, in_reply_to_id=root["id"])


async def block(program, other):
    await program.post(f"/api/v1/accounts/{other.id}/block")


async def test_a_talk_stays_with_its_newest_seen_post_when_its_last_writer_is_blocked(
    alice, bruno, chloe
):
    root, last = await of_three(bruno, chloe, alice)

    await block(alice, chloe)

    (talk,) = await alice.get(TALKS)
    assert talk["last_status"]["id"] == root["id"]
    assert shown(await bruno.get(TALKS)) == [(last["id"], True)]
    assert (await alice.post(f"{TALKS}/{talk['id']}/read"))["last_status"]["id"] == root["id"]
    assert shown(await alice.get(TALKS)) == [(root["id"], False)]
    assert await alice.delete(f"{TALKS}/{talk['id']}") == {}
    assert await alice.get(TALKS) == []


async def test_a_talk_stays_when_its_last_writer_blocks_one(alice, bruno, chloe):
    root, _ = await of_three(bruno, chloe, alice)

    await block(chloe, alice)

    assert [one for one, _ in shown(await alice.get(TALKS))] == [root["id"]]


async def test_a_talk_stays_when_its_last_writer_is_suspended(house, alice, bruno, chloe):
    root, _ = await of_three(bruno, chloe, alice)
    async with house.database.transaction() as session:
        theirs = update(Actor).where(col(Actor.id) == chloe.actor.id)
        await session.execute(theirs.values(suspended_at=now()))

    for program in (alice, bruno):
        assert [one for one, _ in shown(await program.get(TALKS))] == [root["id"]]


async def test_who_is_muted_is_still_read_in_a_talk(alice, bruno, chloe):
    _, last = await of_three(bruno, chloe, alice)

    await alice.post(f"/api/v1/accounts/{chloe.id}/mute")

    assert [one for one, _ in shown(await alice.get(TALKS))] == [last["id"]]


async def test_a_talk_of_which_nothing_is_seen_any_more_is_not_there(alice, bruno, chloe):
    await of_three(bruno, chloe, alice)
    (talk,) = await alice.get(TALKS)

    await block(alice, chloe)
    await block(alice, bruno)

    assert await alice.get(TALKS) == []
    reply = await alice.ask("POST", f"{TALKS}/{talk['id']}/read")
    assert reply.status == 404
    assert len(await bruno.get(TALKS)) == 1


async def test_a_talk_never_falls_back_to_what_one_took_no_part_in(alice, bruno, chloe):
    root = await write_to(bruno, "@alice à deux")
    await write_to(alice, "@bruno @chloe à trois", in_reply_to_id=root["id"])
    assert len(await chloe.get(TALKS)) == 1

    await block(chloe, alice)

    assert await chloe.get(TALKS) == []


async def test_a_talk_keeps_its_place_in_pages_whatever_of_it_is_seen(alice, bruno, chloe):
    first = await write_to(bruno, "@alice avant")
    root, last = await of_three(bruno, chloe, alice)
    between = await write_to(bruno, "@alice après")
    await write_to(chloe, "@bruno @alice encore", in_reply_to_id=last["id"])
    await block(alice, chloe)

    pages = [await alice.page(TALKS, limit=1)]
    for _ in range(2):
        pages.append(await alice.page(pages[-1].links["next"]))
    back = await alice.page(pages[2].links["prev"])

    seen = [[one for one, _ in shown(page.json)] for page in pages]
    assert seen == [[root["id"]], [between["id"]], [first["id"]]]
    assert [one for one, _ in shown(back.json)] == [between["id"]]


@pytest.mark.parametrize("visibility", ["direct", "doctors"])
async def test_H16_what_cannot_reach_whom_it_names_is_not_sent(house, alice, visibility):
    await house.remote("bob", host="c.localhost:8003")

    sent = {"status": "@bob@c.localhost:8003 ?", "visibility": visibility}
    reply = await alice.ask("POST", STATUSES, json=sent)

    assert reply.status == 422
    assert "@bob@c.localhost:8003" in reply.error
    assert await house.owed() == []
    assert await alice.get(TALKS) == []


async def test_a_list_of_talks_costs_a_fixed_number_of_queries(house, alice, bruno, chloe):
    counts = []
    engine = house.database.engine.sync_engine

    async def count() -> int:
        asked = []
        listen = event.listens_for(engine, "before_cursor_execute")
        listener = listen(lambda *args: asked.append(args[2]))
        await alice.get(TALKS, limit=40)
        event.remove(engine, "before_cursor_execute", listener)
        return len(asked)

    await write_to(bruno, "@alice 0")
    await count()
    counts.append(await count())
    for number in range(6):
        await write_to(bruno, f"@alice {number}")
        await of_three(bruno, chloe, alice)
    await block(alice, chloe)
    counts.append(await count())

    assert len(await alice.get(TALKS, limit=40)) == 13
    assert counts[0] == counts[1]


async def test_what_was_unread_and_is_deleted_is_unread_no_more(alice, bruno):
    first = await write_to(bruno, "@alice un")
    await alice.post(f"{TALKS}/{(await alice.get(TALKS))[0]['id']}/read")
    second = await write_to(bruno, "@alice deux", in_reply_to_id=first["id"])
    assert shown(await alice.get(TALKS)) == [(second["id"], True)]

    await bruno.delete(f"{STATUSES}/{second['id']}")

    assert shown(await alice.get(TALKS)) == [(first["id"], False)]


async def test_a_talk_with_oneself_names_oneself(alice):
    await write_to(alice, "à ne pas oublier")

    (talk,) = await alice.get(TALKS)

    assert [one["id"] for one in talk["accounts"]] == [alice.id]
