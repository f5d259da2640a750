"""Hashtags that somebody follows, or shows on their profile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import clock

TAGS, FEATURED = "/api/v1/followed_tags", "/api/v1/featured_tags"


def names(rows):
    return [row["name"] for row in rows]


async def test_a_hashtag_is_followed_whatever_its_case_and_comes_home(alice, bruno):
    followed = await alice.post("/api/v1/tags/ECG/follow")
    said = await bruno.say("un #Ecg")

    home = await alice.get("/api/v1/timelines/home")
    ended = await alice.post("/api/v1/tags/ecg/unfollow")
    await bruno.say("un autre #ecg")

    assert (followed["name"], followed["following"]) == ("ecg", True)
    assert ended["following"] is False
    assert [status["id"] for status in home] == [said["id"]]
    later = await alice.get("/api/v1/timelines/home")
    assert [status["id"] for status in later] == [said["id"]]
    assert await alice.get(TAGS) == []


async def test_followed_hashtags_are_paged_in_both_directions(alice, bruno):
    for number in range(5):
        await alice.post(f"/api/v1/tags/t{number}/follow")
    await alice.post("/api/v1/tags/t0/follow")

    first = await alice.page(TAGS, limit=2)
    second = await alice.page(first.links["next"])
    last = await alice.page(second.links["next"])
    back = await alice.page(last.links["prev"])

    pages = [names(page.json) for page in (first, second, last, back)]
    assert pages == [["t4", "t3"], ["t2", "t1"], ["t0"], ["t2", "t1"]]
    assert await bruno.get(TAGS) == []


@pytest.mark.parametrize("name", ["2026", "a b", "x" * 300, "%00", "a%2Fb"], ids=str)
@pytest.mark.parametrize("action", ["follow", "unfollow", "feature", "unfeature"])
async def test_what_is_no_hashtag_is_not_found(alice, name, action):
    assert (await alice.ask("POST", f"/api/v1/tags/{name}/{action}")).status == 404
    assert await alice.get(TAGS) == []


async def test_a_featured_hashtag_tells_how_often_it_is_used(alice, bruno):
    await alice.say("#ECG un")
    await alice.say("#ecg deux")
    await alice.say("#ecg trois", visibility="private")
    await bruno.say("#ecg d’un autre")

    one = await alice.post(FEATURED, name="#ECG")
    unused = await alice.post(FEATURED, name="Echo")

    today = clock.now().date().isoformat()
    assert (one["name"], one["statuses_count"], one["last_status_at"]) == ("ECG", "2", today)
    assert (unused["statuses_count"], unused["last_status_at"]) == ("0", None)
    assert await alice.post(FEATURED, name="ecg") == one
    assert await alice.get(FEATURED) == [one, unused]
    assert await bruno.get(f"/api/v1/accounts/{alice.id}/featured_tags") == [one, unused]
    assert (await bruno.ask("DELETE", f"{FEATURED}/{one['id']}")).status == 404
    assert await alice.delete(f"{FEATURED}/{one['id']}") == {}
    assert await alice.get(FEATURED) == [unused]


async def test_what_was_used_lately_is_suggested_for_featuring(alice):
    await alice.say("#ecg #echo")
    await alice.say("#ecg #irm")
    featured = await alice.post("/api/v1/tags/irm/feature")

    assert featured["featuring"] is True
    assert names(await alice.get(f"{FEATURED}/suggestions")) == ["ecg", "echo"]
    assert (await alice.post("/api/v1/tags/irm/unfeature"))["featuring"] is False
    assert names(await alice.get(f"{FEATURED}/suggestions")) == ["ecg", "echo", "irm"]


@pytest.mark.parametrize("name", ["", "2026", "a b"], ids=["empty", "number", "two"])
async def test_what_is_no_hashtag_is_not_featured(alice, name):
    assert (await alice.ask("POST", FEATURED, json={"name": name})).status == 422


async def test_there_are_ten_featured_hashtags_and_no_more(alice):
    for number in range(10):
        await alice.post(FEATURED, name=f"t{number}")

    reply = await alice.ask("POST", FEATURED, json={"name": "more"})

    assert reply.status == 422
    assert len(await alice.get(FEATURED)) == 10


async def test_the_last_use_is_a_day(alice):
    await alice.say("#ecg")
    day = clock.now().date()
    clock.shift(timedelta(days=3))

    assert (await alice.post(FEATURED, name="ecg"))["last_status_at"] == day.isoformat()
