"""Notices: what happened to somebody, once each, and only what they may still see."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import event, select

from actors.models import Actor
from core import clock
from notifications.models import Notification
from notifications.notify import notify_quote
from posts.models import Post
from workers.jobs import process_jobs
from writing import write

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


async def test_what_others_do_later_is_told_with_what_it_is_about(house, alice, bruno):
    await alice.post(f"/api/v1/accounts/{bruno.id}/follow", notify=True)
    said = await bruno.say("Bonjour")
    await alice.post(f"/api/v1/statuses/{said['id']}/reblog")
    await bruno.put(f"/api/v1/statuses/{said['id']}", status="Bonsoir")
    poll = {"options": ["oui", "non"], "expires_in": 3600}
    asked = await bruno.say("Qui vient ?", poll=poll)
    await alice.post(f"/api/v1/polls/{asked['poll']['id']}/votes", choices=[0])
    clock.shift(timedelta(hours=2))
    while await process_jobs(house.database, house.client):
        pass

    found = await alice.get(PATH)

    about = [(n["type"], n["status"]["id"], n["account"]["id"]) for n in found]
    assert about == [
        ("poll", asked["id"], bruno.id),
        ("status", asked["id"], bruno.id),
        ("update", said["id"], bruno.id),
        ("status", said["id"], bruno.id),
    ]
    assert found[0]["status"]["poll"]["expired"] is True
    assert "Bonsoir" in found[2]["status"]["content"]
    groups = (await alice.get("/api/v2/notifications"))["notification_groups"]
    assert [(g["type"], g["status_id"]) for g in groups] == [row[:2] for row in about]


async def test_a_quote_is_told_with_the_post_that_quotes(house, alice, bruno):
    said = await alice.say("Un avis")
    async with house.database.transaction() as session:
        quoted = await session.get_one(Post, int(said["id"]))
        actor = await session.get_one(Actor, bruno.actor.id)
        quoting = await write(session, actor, quote_uri=quoted.uri, quote_of_id=quoted.id)
        await notify_quote(session, quoting, actor.id, [quoted.author_id])

    (notice,) = await alice.get(PATH)

    assert (notice["type"], notice["status"]["id"]) == ("quote", str(quoting.id))
    assert await kinds(alice, **{"types[]": ["quote"]}) == ["quote"]


async def test_who_is_put_into_a_collection_is_shown_it(house, alice, bruno):
    made = await bruno.post("/api/v1/collections", name="Cardiologues", account_ids=[alice.id])

    (notice,) = await alice.get(PATH)

    assert notice["type"] == "added_to_collection"
    assert notice["collection"]["id"] == made["collection"]["id"]
    assert notice["collection"]["name"] == "Cardiologues"
    assert "status" not in notice


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


async def test_what_is_unread_is_counted_by_kind_person_and_limit(alice, bruno):
    await make_all(alice, bruno)
    path = f"{PATH}/unread_count"

    assert await alice.get(path, limit=3) == {"count": 3}
    assert await alice.get(path, **{"types[]": ["mention", "follow"]}) == {"count": 2}
    assert await alice.get(path, **{"exclude_types[]": ["mention"]}) == {"count": 3}
    assert await alice.get(path, account_id=alice.id) == {"count": 0}
    assert (await alice.ask("GET", f"{path}?account_id=x")).status == 422


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

    everybody = [await house.person(f"p{number}") for number in range(4)]
    for number in range(4):
        said = await alice.say(f"n° {number} #ecg")
        for person in everybody:
            await person.post(f"/api/v1/statuses/{said['id']}/favourite")
            await person.post(f"/api/v1/statuses/{said['id']}/reblog")
            await person.say(f"@alice n° {number} #ecg", in_reply_to_id=said["id"])

    one = await count_statements(1)
    assert await count_statements(40) == one
    assert one <= 20


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
