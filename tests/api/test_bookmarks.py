"""Bookmarks, and threads of which one hears no more."""

from __future__ import annotations

import pytest

from actors.blocks import save_block

STATUSES, BOOKMARKS = "/api/v1/statuses", "/api/v1/bookmarks"


async def test_a_post_is_kept_until_it_is_not(alice, bruno):
    said = await bruno.say()

    for _ in range(2):
        kept = await alice.post(f"{STATUSES}/{said['id']}/bookmark")
    assert kept["bookmarked"] is True
    assert [one["id"] for one in await alice.get(BOOKMARKS)] == [said["id"]]
    assert (await bruno.get(f"{STATUSES}/{said['id']}"))["bookmarked"] is False
    assert await bruno.get("/api/v1/notifications") == []

    let_go = await alice.post(f"{STATUSES}/{said['id']}/unbookmark")
    assert let_go["bookmarked"] is False
    assert await alice.get(BOOKMARKS) == []


async def test_what_is_kept_of_a_boost_is_what_it_passes_on(alice, bruno):
    said = await bruno.say()
    boost = await bruno.post(f"{STATUSES}/{said['id']}/reblog")

    kept = await alice.post(f"{STATUSES}/{boost['id']}/bookmark")

    assert kept["id"] == said["id"]
    assert (await alice.get(f"{STATUSES}/{boost['id']}"))["bookmarked"] is True


async def test_bookmarks_are_paged_by_when_they_were_made(alice, bruno):
    said = [(await bruno.say(str(number)))["id"] for number in range(5)]
    # Not in the order of the posts.
    order = [said[2], said[0], said[4], said[1], said[3]]
    for one in order:
        await alice.post(f"{STATUSES}/{one}/bookmark")

    first = await alice.page(BOOKMARKS, limit=2)
    second = await alice.page(first.links["next"])
    third = await alice.page(second.links["next"])
    back = await alice.page(second.links["prev"])

    pages = [[one["id"] for one in page.json] for page in (first, second, third)]
    assert pages == [[said[3], said[1]], [said[4], said[0]], [said[2]]]
    assert [one["id"] for one in back.json] == pages[0]
    assert "next" not in third.links


async def test_what_one_may_see_no_more_is_not_among_the_bookmarks(house, alice, bruno, chloe):
    gone, hidden = await bruno.say(), await chloe.say()
    for one in (gone, hidden):
        await alice.post(f"{STATUSES}/{one['id']}/bookmark")

    await bruno.delete(f"{STATUSES}/{gone['id']}")
    async with house.database.transaction() as session:
        await save_block(session, chloe.actor, alice.actor, uri="http://a.localhost:8001/b")

    assert await alice.get(BOOKMARKS) == []


@pytest.mark.parametrize("name", ["bookmark", "unbookmark", "mute", "unmute"])
@pytest.mark.parametrize("visibility", ["private", "direct", "doctors"])
async def test_H05_what_one_may_not_see_is_not_kept(bruno, chloe, name, visibility):
    said = await bruno.say(visibility=visibility)

    reply = await chloe.ask("POST", f"{STATUSES}/{said['id']}/{name}")

    assert (reply.status, reply.json) == (404, {"error": "Record not found"})


async def test_a_muted_thread_is_silent_for_who_muted_it(alice, bruno, chloe):
    root = await alice.say("Qui vient ?")
    answer = await bruno.say("@alice moi", in_reply_to_id=root["id"])
    assert len(await alice.get("/api/v1/notifications")) == 1

    muted = await alice.post(f"{STATUSES}/{answer['id']}/mute")
    await chloe.say("@alice @bruno moi aussi", in_reply_to_id=answer["id"])

    assert muted["muted"] is True
    assert (await alice.get(f"{STATUSES}/{root['id']}"))["muted"] is True
    assert (await bruno.get(f"{STATUSES}/{root['id']}"))["muted"] is False
    assert len(await alice.get("/api/v1/notifications")) == 1
    assert len(await bruno.get("/api/v1/notifications")) == 1

    shown = await alice.post(f"{STATUSES}/{root['id']}/unmute")
    await chloe.say("@alice encore", in_reply_to_id=answer["id"])
    assert shown["muted"] is False
    assert len(await alice.get("/api/v1/notifications")) == 2
