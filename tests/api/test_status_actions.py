"""Approving of posts and passing them on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from users.limits import Limit

STATUSES = "/api/v1/statuses"


async def test_a_favourite_counts_once_and_is_taken_back(alice, bruno):
    said = await alice.say()
    path = f"{STATUSES}/{said['id']}"

    await bruno.post(f"{path}/favourite")
    liked = await bruno.post(f"{path}/favourite")
    assert (liked["favourited"], liked["favourites_count"]) == (True, 1)
    assert [account["id"] for account in await alice.get(f"{path}/favourited_by")] == [bruno.id]
    assert (await alice.get(path))["favourited"] is False

    taken_back = await bruno.post(f"{path}/unfavourite")
    assert (taken_back["favourited"], taken_back["favourites_count"]) == (False, 0)
    assert await alice.get(f"{path}/favourited_by") == []


async def test_favourites_are_listed_as_far_as_they_may_be_seen(alice, bruno):
    said = [await alice.say(visibility=audience) for audience in ("public", "doctors", "public")]
    for status in reversed(said):
        await bruno.post(f"{STATUSES}/{status['id']}/favourite")
    assert await alice.get("/api/v1/favourites") == []

    first = await bruno.page("/api/v1/favourites", limit=2)
    second = await bruno.page(first.links["next"])
    await alice.delete(f"{STATUSES}/{said[0]['id']}")

    assert [status["id"] for status in first.json + second.json] == [s["id"] for s in said]
    left = await bruno.get("/api/v1/favourites")
    assert [status["id"] for status in left] == [said[1]["id"], said[2]["id"]]


async def test_a_boost_holds_what_it_passes_on(alice, bruno):
    said = await alice.say("Bonjour", spoiler_text="ECG")
    path = f"{STATUSES}/{said['id']}"

    boost = await bruno.post(f"{path}/reblog")

    assert boost["account"]["id"] == bruno.id
    assert boost["reblog"]["id"] == said["id"]
    assert boost["reblog"]["account"]["id"] == alice.id
    assert boost["reblog"]["reblogs_count"] == 1
    assert (boost["content"], boost["spoiler_text"]) == (said["content"], "ECG")
    assert boost["reblogged"] is boost["reblog"]["reblogged"] is True
    assert [account["id"] for account in await alice.get(f"{path}/reblogged_by")] == [bruno.id]
    assert (await bruno.post(f"{path}/reblog"))["id"] == boost["id"]


async def test_a_boost_is_taken_back(alice, bruno):
    said = await alice.say()
    await bruno.post(f"{STATUSES}/{said['id']}/reblog")

    original = await bruno.post(f"{STATUSES}/{said['id']}/unreblog")

    assert original["id"] == said["id"]
    assert (original["reblogged"], original["reblogs_count"]) == (False, 0)


async def test_a_favourite_of_a_boost_is_one_of_what_it_passes_on(alice, bruno, chloe):
    boost = await bruno.post(f"{STATUSES}/{(await alice.say())['id']}/reblog")

    liked = await chloe.post(f"{STATUSES}/{boost['id']}/favourite")

    assert liked["id"] == boost["reblog"]["id"]


@pytest.mark.parametrize("visibility", ["direct", "local"])
async def test_H05_what_is_not_for_all_is_not_passed_on(alice, bruno, visibility):
    said = await alice.say("@bruno", visibility=visibility)

    reply = await bruno.ask("POST", f"{STATUSES}/{said['id']}/reblog")

    assert reply.status in {403, 422}
    assert (await alice.get(f"{STATUSES}/{said['id']}"))["reblogs_count"] == 0


async def test_a_doctor_passes_a_post_for_doctors_on_to_doctors(alice, bruno, chloe):
    said = await alice.say(visibility="doctors")

    boost = await bruno.post(f"{STATUSES}/{said['id']}/reblog", visibility="public")

    assert boost["consilium"]["audience"] == "doctors"
    assert (await chloe.ask("GET", f"{STATUSES}/{boost['id']}")).status == 404


async def test_a_boost_may_be_narrower(alice, bruno):
    said = await alice.say()

    boost = await bruno.post(f"{STATUSES}/{said['id']}/reblog", visibility="unlisted")

    assert boost["visibility"] == "unlisted"


async def test_lists_of_people_are_paged(house, alice):
    said = await alice.say()
    for number in range(3):
        fan = await house.person(f"fan{number}")
        await fan.post(f"{STATUSES}/{said['id']}/favourite")
        await fan.post(f"{STATUSES}/{said['id']}/reblog")

    for name in ("favourited_by", "reblogged_by"):
        first = await alice.page(f"{STATUSES}/{said['id']}/{name}", limit=2)
        second = await alice.page(first.links["next"])
        names = [account["username"] for page in (first, second) for account in page.json]
        assert names == ["fan2", "fan1", "fan0"]


async def test_deletions_are_counted(house, alice):
    said = await alice.say()
    program = house.limited(alice.bearer, deletions=Limit(2, timedelta(minutes=30)))
    path = f"{STATUSES}/{said['id']}/unreblog"

    statuses = [(await program.ask("POST", path)).status for _ in range(3)]

    assert statuses == [200, 200, 429]
