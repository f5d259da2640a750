"""Timelines: who reads what, page by page, with a fixed number of queries."""

from __future__ import annotations

import pytest
from sqlalchemy import event

HOME, PUBLIC = "/api/v1/timelines/home", "/api/v1/timelines/public"
DOCTORS = "/api/consilium/v1/timelines/doctors"


async def follow(follower, followee):
    await follower.post(f"/api/v1/accounts/{followee.id}/follow")


def ids(statuses):
    return [status["id"] for status in statuses]


async def test_home_has_the_own_posts_and_those_of_whom_one_follows(alice, bruno, chloe):
    await follow(alice, bruno)
    mine, theirs = await alice.say(), await bruno.say()
    await chloe.say()

    assert ids(await alice.get(HOME)) == [theirs["id"], mine["id"]]


async def test_home_shows_boosts_with_what_they_pass_on(alice, bruno, chloe):
    await follow(alice, bruno)
    boost = await bruno.post(f"/api/v1/statuses/{(await chloe.say())['id']}/reblog")

    shown = await alice.get(HOME)

    assert ids(shown) == [boost["id"]]
    assert shown[0]["reblog"]["account"]["id"] == chloe.id


async def test_the_doctors_timeline_is_for_doctors(alice, bruno, chloe):
    question = await alice.say(visibility="doctors")
    await alice.say()

    assert ids(await bruno.get(DOCTORS)) == [question["id"]]
    assert await chloe.get(DOCTORS) == []


async def test_public_timelines_are_local_or_not(alice):
    said = await alice.say()
    await alice.say(visibility="unlisted")
    await alice.say(visibility="doctors")

    assert ids(await alice.get(PUBLIC)) == [said["id"]]
    assert ids(await alice.get(PUBLIC, local="true")) == [said["id"]]
    assert await alice.get(PUBLIC, remote="true") == []


async def test_a_hashtag_s_timeline_is_narrowed_and_widened_by_others(alice):
    both, one, other = [
        (await alice.say(text))["id"] for text in ("#ecg #holter", "un #ecg", "un #holter")
    ]
    path = "/api/v1/timelines/tag/ecg"

    async def shown(where=path, **query):
        return [status["id"] for status in await alice.get(where, **query)]

    assert await shown() == [one, both]
    assert await shown(**{"any[]": "holter"}) == [other, one, both]
    assert await shown(**{"all[]": "#Holter"}) == [both]
    assert await shown(**{"none[]": "holter"}) == [one]
    assert await shown(only_media="true") == await shown(remote="true") == []
    # A library writes the documentation's colon, as Mastodon lets it.
    assert await shown("/api/v1/timelines/tag/:ecg") == [one, both]


async def test_a_hashtag_has_a_timeline_whatever_its_case(alice):
    said = await alice.say("#ECG du jour")

    assert ids(await alice.get("/api/v1/timelines/tag/ecg")) == [said["id"]]
    assert ids(await alice.get("/api/v1/timelines/tag/Ecg", local="true")) == [said["id"]]
    assert await alice.get("/api/v1/timelines/tag/autre") == []


@pytest.mark.parametrize("path", [HOME, PUBLIC, DOCTORS, "/api/v1/timelines/tag/t"])
async def test_a_timeline_is_paged_in_both_directions(alice, bruno, path):
    await follow(alice, bruno)
    audience = "doctors" if path == DOCTORS else "public"
    said = [(await bruno.say(f"{n} #t", visibility=audience))["id"] for n in range(5)][::-1]

    first = await alice.page(path, limit=2)
    second = await alice.page(first.links["next"])
    last = await alice.page(second.links["next"])
    back = await alice.page(last.links["prev"])
    newer = await alice.get(path, since_id=said[3])

    assert [ids(page.json) for page in (first, second, last)] == [said[:2], said[2:4], said[4:]]
    assert "next" not in last.links
    assert ids(back.json) == said[2:4]
    assert ids(newer) == said[:3]
    assert first.links["next"].startswith(f"{path}?")


async def test_an_empty_page_has_no_links(alice):
    assert (await alice.page(HOME)).links == {}


async def test_a_timeline_costs_the_same_however_long(house, database, alice, bruno):
    await follow(alice, bruno)

    async def count_statements(limit):
        seen = []
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        shown = await alice.get(HOME, limit=limit)
        assert len(shown) == limit
        return len(seen)

    for number in range(3):
        said = await bruno.say(f"@alice {number} #ecg")
        await bruno.say(in_reply_to_id=said["id"])
        await bruno.post(f"/api/v1/statuses/{(await house_say(house, number))['id']}/reblog")
    short = await count_statements(3)
    assert await count_statements(9) == short
    assert short <= 14


async def house_say(house, number):
    stranger = await house.person(f"stranger{number}")
    return await stranger.say(f"#tag{number}")


@pytest.mark.parametrize("strangers_see", ["posts"])
class TestWithPublicPosts:
    async def test_strangers_read_what_is_public(self, house, alice, strangers_see):
        said = await alice.say()
        hidden = await alice.say(visibility="doctors")

        assert ids(await house.stranger.get(PUBLIC)) == [said["id"]]
        shown = await house.stranger.get(f"/api/v1/statuses/{said['id']}")
        assert "favourited" not in shown
        assert (await house.stranger.ask("GET", f"/api/v1/statuses/{hidden['id']}")).status == 404
        listed = await house.stranger.get(f"/api/v1/accounts/{alice.id}/statuses")
        assert ids(listed) == [said["id"]]

    async def test_a_program_of_its_own_reads_as_a_stranger(self, house, alice, strangers_see):
        said = await alice.say()
        program = await house.program(None, "read")

        assert ids(await program.get(PUBLIC)) == [said["id"]]


@pytest.mark.parametrize("strangers_see", ["profiles"])
async def test_with_public_profiles_strangers_read_accounts_only(house, alice, strangers_see):
    await house.stranger.get(f"/api/v1/accounts/{alice.id}")

    for path in (PUBLIC, f"/api/v1/accounts/{alice.id}/statuses"):
        assert (await house.stranger.ask("GET", path)).status == 401
