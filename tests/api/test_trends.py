"""Trends and hashtags over the API: entities, pages, what strangers get."""

from __future__ import annotations

import pytest

from core.clock import now
from posts.cards import key_of
from posts.models import LinkCard
from posts.trends import compute_trends

BASE = "/api/v1/trends"


async def talk(house, *programs):
    """Let each of them talk of three hashtags and two links, and like what the others say."""
    async with house.database.transaction() as session:
        for program in programs:
            actor = await session.merge(program.actor)
            actor.discoverable = actor.indexable = True
    said = []
    for program in programs:
        for page in ("a", "b"):
            text = f"#ecg #vaccin #sepsis https://journal.example/{page}"
            said.append(await program.say(text))
    for status in said:
        for program in programs:
            await program.post(f"/api/v1/statuses/{status['id']}/favourite")
    async with house.database.transaction() as session:
        for page in ("a", "b"):
            url = f"https://journal.example/{page}"
            row = LinkCard(key=key_of(url), url=url, title=f"Page {page}", fetched_at=now())
            await session.merge(row)
    await compute_trends(house.database)
    return said


@pytest.mark.parametrize(
    ("path", "key", "count"), [("tags", "name", 3), ("links", "url", 2), ("statuses", "id", 4)]
)
async def test_trends_are_paged_by_offset_in_both_directions(
    house, alice, bruno, path, key, count
):
    await talk(house, alice, bruno)
    whole = [one[key] for one in await alice.get(f"{BASE}/{path}")]
    assert len(whole) == count

    pages, link = [], f"{BASE}/{path}?limit=1"
    while link and len(pages) <= count:
        reply = await alice.page(link)
        pages += [one[key] for one in reply.json]
        last, link = reply, reply.links.get("next")

    assert pages == whole
    back = await alice.page(last.links["prev"])
    assert [one[key] for one in back.json] == whole[-1:]


async def test_a_trending_hashtag_tells_its_week_and_how_one_stands_to_it(house, alice, bruno):
    await talk(house, alice, bruno)
    await alice.post("/api/v1/tags/ecg/follow")

    first = next(tag for tag in await alice.get(f"{BASE}/tags") if tag["name"] == "ecg")
    shown = await alice.get("/api/v1/tags/ECG")

    assert first == shown
    assert (shown["following"], shown["featuring"], len(shown["history"])) == (True, False, 7)
    today = shown["history"][0]
    assert (today["uses"], today["accounts"]) == ("4", "2")
    assert int(today["day"]) % 86_400 == 0
    assert [tag["name"] for tag in await alice.get(BASE)] == ["ecg", "sepsis", "vaccin"]


async def test_a_link_tells_its_week_and_leads_to_the_posts_with_it(house, alice, bruno):
    said = await talk(house, alice, bruno)

    link = (await alice.get(f"{BASE}/links"))[0]
    first = await alice.page("/api/v1/timelines/link", url=link["url"], limit=1)
    second = await alice.page(first.links["next"])
    back = await alice.page(second.links["prev"])

    assert (link["title"], link["history"][0]["accounts"]) == ("Page a", "2")
    assert [s["id"] for s in first.json + second.json] == [said[2]["id"], said[0]["id"]]
    assert [s["id"] for s in back.json] == [said[2]["id"]]
    assert await alice.get("/api/v1/timelines/link", url="https://nowhere.example/") == []
    assert (await alice.ask("GET", "/api/v1/timelines/link")).status == 422


async def test_only_public_posts_of_people_to_be_discovered_are_listed_for_a_link(
    house, alice, bruno
):
    await talk(house, alice, bruno)
    url = "https://journal.example/a"
    await alice.say(url, visibility="unlisted")
    async with house.database.transaction() as session:
        (await session.merge(bruno.actor)).discoverable = False

    shown = await bruno.get("/api/v1/timelines/link", url=url)

    assert [status["account"]["id"] for status in shown] == [alice.id]


@pytest.mark.parametrize("strangers_see", ["posts"])
async def test_strangers_see_trends_where_they_see_posts(house, alice, bruno):
    await talk(house, alice, bruno)

    for path in ("tags", "statuses", "links"):
        assert await house.stranger.get(f"{BASE}/{path}"), path
    tag = await house.stranger.get("/api/v1/tags/ecg")
    assert "following" not in tag and tag["history"][0]["uses"] == "4"


@pytest.mark.parametrize("name", ["a%20b", "%23", "1", "x" * 200, "a%00"])
async def test_what_can_be_no_hashtag_is_not_found(alice, name):
    assert (await alice.ask("GET", f"/api/v1/tags/{name}")).status == 404


async def test_what_is_not_public_counts_in_no_history(house, alice):
    for visibility in ("doctors", "unlisted", "private", "direct"):
        await alice.say("#secret", visibility=visibility)

    shown = await alice.get("/api/v1/tags/secret")

    assert {(day["uses"], day["accounts"]) for day in shown["history"]} == {("0", "0")}


@pytest.mark.parametrize("query", ["limit=-1", "limit=x", "offset=-5", "offset=1e30", "limit=1e9"])
async def test_H09_odd_places_are_clamped(house, alice, query):
    for path in ("tags", "statuses", "links"):
        assert (await alice.ask("GET", f"{BASE}/{path}?{query}")).status == 200
