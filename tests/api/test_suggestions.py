"""Whom one might follow, who knows whom, and what somebody shows or keeps in mind."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import event

from actors.models import Actor, Badge
from core.clock import now

V2, V1 = "/api/v2/suggestions", "/api/v1/suggestions"
FAMILIAR = "/api/v1/accounts/familiar_followers"
RELATIONSHIPS = "/api/v1/accounts/relationships"


def path(program, action):
    return f"/api/v1/accounts/{program.id}/{action}"


async def changed(house, program, **values):
    async with house.database.transaction() as session:
        actor = await session.get_one(Actor, program.actor.id)
        for name, value in values.items():
            setattr(actor, name, value)


async def badge(house, program, **values):
    async with house.database.transaction() as session:
        found = await session.get_one(Badge, program.actor.id)
        for name, value in values.items():
            setattr(found, name, value)


def reasons(found):
    return {row["account"]["username"]: row["consilium"]["reasons"] for row in found}


@pytest_asyncio.fixture
async def colleagues(house, alice):
    """Of alice's hospital and speciality, of one of them, of none; all want to be found."""
    people = {}
    for name, institution, speciality in (
        ("both", "CHU", "SM04"),
        ("near", "CHU", "SM99"),
        ("same", "Ailleurs", "SM04"),
        ("none", "Ailleurs", "SM99"),
    ):
        person = await house.person(name, doctor=True)
        await badge(house, person, institution=institution, specialities=[speciality])
        await changed(house, person, discoverable=True)
        people[name] = person
    return people


async def test_colleagues_are_suggested_the_nearest_first(alice, colleagues):
    found = await alice.get(V2)

    assert list(reasons(found).items()) == [
        ("both", ["institution", "speciality"]),
        ("near", ["institution"]),
        ("same", ["speciality"]),
    ]
    assert found[0]["sources"] == ["featured", "similar_to_recently_followed"]
    assert found[0]["source"] == "staff"
    assert [row["username"] for row in await alice.get(V1)] == ["both", "near", "same"]
    assert list(reasons(await alice.get(V2, limit=1))) == ["both"]


async def test_whom_those_one_follows_follow_is_suggested_unless_they_hide_it(
    house, alice, bruno, chloe, colleagues
):
    none = colleagues["none"]
    for middle in (bruno, chloe):
        await alice.post(path(middle, "follow"))
        await middle.post(path(none, "follow"))

    assert reasons(await alice.get(V2))["none"] == ["acquaintances"]
    for middle in (bruno, chloe):
        await changed(house, middle, hides_network=True)
    assert "none" not in reasons(await alice.get(V2))


@pytest.mark.parametrize("action", ["follow", "block", "mute"])
async def test_who_is_known_or_unwanted_is_not_suggested(alice, colleagues, action):
    await alice.post(path(colleagues["both"], action))

    assert "both" not in reasons(await alice.get(V2))


async def test_who_blocks_or_hides_or_is_asked_already_is_not_suggested(house, alice, colleagues):
    await colleagues["both"].post(path(alice, "block"))
    await changed(house, colleagues["near"], discoverable=False)
    await changed(house, colleagues["same"], approves_followers=True)
    await alice.post(path(colleagues["same"], "follow"))

    assert await alice.get(V2) == []


async def test_a_badge_that_lapsed_makes_no_colleague(house, alice, colleagues):
    await badge(house, colleagues["both"], valid_until=now() - timedelta(days=1))

    assert "both" not in reasons(await alice.get(V2))
    await badge(house, alice, valid_until=now() - timedelta(days=1))
    assert await alice.get(V2) == []


async def test_who_was_dismissed_is_not_suggested_again(alice, colleagues):
    assert await alice.delete(f"{V1}/{colleagues['both'].id}") == {}

    assert list(reasons(await alice.get(V2))) == ["near", "same"]
    assert (await alice.ask("DELETE", f"{V1}/115")).status == 404


async def test_suggestions_cost_the_same_for_any_number(house, alice, colleagues):
    async def count(**query):
        seen = []
        engine = house.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        return len(await alice.get(V2, **query)), len(seen)

    assert (await count(limit=1))[1] == (await count())[1]
    assert (await count())[0] == 3


async def test_familiar_followers_are_those_one_follows_who_follow_somebody(
    house, alice, bruno, chloe, colleagues
):
    target, other = colleagues["both"], colleagues["none"]
    hiding = colleagues["near"]
    await changed(house, hiding, hides_network=True)
    for middle in (bruno, hiding):
        await alice.post(path(middle, "follow"))
    for middle in (bruno, chloe, hiding):
        await middle.post(path(target, "follow"))
    asked = {"id[]": [target.id, other.id, "115"]}

    found = await alice.get(FAMILIAR, **asked)

    assert [(row["id"], [a["id"] for a in row["accounts"]]) for row in found] == [
        (target.id, [bruno.id]),
        (other.id, []),
    ]
    await changed(house, target, hides_network=True)
    assert [row["accounts"] for row in await alice.get(FAMILIAR, **asked)] == [[], []]


async def test_H27_who_hides_whom_they_know_shows_neither_them_nor_how_many(
    house, alice, bruno
):
    await bruno.post(path(alice, "follow"))
    await changed(house, alice, hides_network=True)
    alice.actor.hides_network = True

    shown = await bruno.get(f"/api/v1/accounts/{alice.id}")
    listed = await bruno.page(path(alice, "followers"))

    assert (shown["followers_count"], shown["following_count"]) == (0, 0)
    assert (listed.json, listed.links) == ([], {})
    assert [row["id"] for row in await alice.get(path(alice, "followers"))] == [bruno.id]
    assert (await alice.get("/api/v1/accounts/verify_credentials"))["followers_count"] == 1


async def test_a_note_is_for_its_writer_alone(alice, bruno):
    noted = await alice.post(path(bruno, "note"), comment="rencontré à Lyon")

    assert noted["note"] == "rencontré à Lyon"
    back = await bruno.get(RELATIONSHIPS, **{"id[]": alice.id})
    assert back[0]["note"] == ""
    assert (await alice.post(path(bruno, "note"), comment="autre"))["note"] == "autre"
    long = await alice.ask("POST", path(bruno, "note"), json={"comment": "x" * 2001})
    assert long.status == 422
    assert (await alice.post(path(bruno, "note"), comment=""))["note"] == ""


async def test_whom_one_follows_one_may_show(house, alice, bruno, chloe):
    await alice.post(path(bruno, "follow"))
    refused = await alice.ask("POST", path(chloe, "endorse"))

    shown = await alice.post(path(bruno, "endorse"))
    again = await alice.post(path(bruno, "pin"))

    assert refused.status == 422
    assert shown["endorsed"] is again["endorsed"] is True
    for listed in (
        await alice.get("/api/v1/endorsements"),
        await chloe.get(path(alice, "endorsements")),
    ):
        assert [row["id"] for row in listed] == [bruno.id]
    assert (await alice.post(path(bruno, "unendorse")))["endorsed"] is False
    assert (await alice.post(path(bruno, "unpin")))["endorsed"] is False
    assert await chloe.get(path(alice, "endorsements")) == []


async def test_endorsements_are_paged_in_both_directions_and_end_with_the_follow(house, alice):
    shown = [await house.person(f"p{number}") for number in range(3)]
    for person in shown:
        await alice.post(path(person, "follow"))
        await alice.post(path(person, "endorse"))

    first = await alice.page("/api/v1/endorsements", limit=2)
    second = await alice.page(first.links["next"])
    back = await alice.page(second.links["prev"])

    pages = [[row["username"] for row in page.json] for page in (first, second, back)]
    assert pages == [["p2", "p1"], ["p0"], ["p2", "p1"]]
    await alice.post(path(shown[0], "unfollow"))
    assert [row["username"] for row in await alice.get("/api/v1/endorsements")] == ["p2", "p1"]


async def test_a_follow_keeps_the_wishes_that_a_repeated_call_does_not_name(alice, bruno):
    first = await alice.post(
        path(bruno, "follow"), reblogs=False, notify=True, languages=["fr", "de"]
    )

    kept = await alice.post(path(bruno, "follow"))
    free = await alice.post(path(bruno, "follow"), languages=None)
    boosts = await alice.post(path(bruno, "follow"), reblogs=True, languages=[])

    wishes = ("showing_reblogs", "notifying", "languages")
    assert [first[key] for key in wishes] == [False, True, ["fr", "de"]]
    assert [kept[key] for key in wishes] == [False, True, ["fr", "de"]]
    assert [free[key] for key in wishes] == [False, True, None]
    assert [boosts[key] for key in wishes] == [True, True, None]
    wrong = await alice.ask("POST", path(bruno, "follow"), json={"languages": ["français"]})
    assert wrong.status == 422


async def test_a_relationship_says_all_there_is(alice, bruno):
    await alice.post(path(bruno, "follow"))
    await alice.post(path(bruno, "mute"), duration=60)

    (found,) = await alice.get(RELATIONSHIPS, **{"id[]": bruno.id})

    assert found["muting_expires_at"]
    assert set(found) == {
        "id", "following", "requested", "showing_reblogs", "notifying", "languages",
        "followed_by", "requested_by", "blocking", "blocked_by", "muting",
        "muting_notifications", "muting_expires_at", "domain_blocking", "endorsed", "note",
    }  # fmt: skip


async def test_relationships_cost_the_same_for_any_number(house, alice, bruno, chloe, colleagues):
    async def count(*people):
        seen = []
        engine = house.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        found = await alice.get(RELATIONSHIPS, **{"id[]": [person.id for person in people]})
        return len(found), len(seen)

    one, short = await count(bruno)
    many, long = await count(bruno, chloe, *colleagues.values())
    assert (one, many) == (1, 6)
    assert long == short
