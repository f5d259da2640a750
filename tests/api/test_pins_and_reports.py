"""Pinned posts, emojis and reports, as a client program has them."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy import select

import factories
from moderation.models import Report

STATUSES = "/api/v1/statuses"


async def test_pinned_posts_come_first_on_the_profile(alice, bruno):
    first, second, private = [
        await alice.say(f"{n}", visibility=audience)
        for n, audience in enumerate(("public", "public", "doctors"))
    ]
    for said in (first, private, second):
        assert (await alice.post(f"{STATUSES}/{said['id']}/pin"))["pinned"] is True
    path = f"/api/v1/accounts/{alice.id}/statuses"

    pinned = await bruno.get(path, pinned="true")
    assert [status["id"] for status in pinned] == [second["id"], private["id"], first["id"]]
    assert (await alice.post(f"{STATUSES}/{second['id']}/unpin"))["pinned"] is False

    assert len(await bruno.get(path, pinned="true")) == 2
    assert (await alice.get(f"{STATUSES}/{first['id']}"))["pinned"] is True
    assert "pinned" not in await bruno.get(f"{STATUSES}/{first['id']}")


async def test_only_who_may_see_a_pinned_post_sees_it(alice, chloe):
    said = await alice.say(visibility="doctors")
    await alice.post(f"{STATUSES}/{said['id']}/pin")

    assert await chloe.get(f"/api/v1/accounts/{alice.id}/statuses", pinned="true") == []


async def test_nobody_pins_anothers_post(alice, bruno):
    said = await alice.say()

    assert (await bruno.ask("POST", f"{STATUSES}/{said['id']}/pin")).status == 422
    assert (await bruno.ask("POST", f"{STATUSES}/1/pin")).status == 404


def reactions(status):
    return status["consilium"]["reactions"]


async def test_emojis_are_given_shown_and_taken_back(alice, bruno, chloe):
    said = await alice.say()
    path = f"/api/consilium/v1/statuses/{said['id']}/reactions"

    for program in (bruno, chloe, bruno):
        await program.put(f"{path}/{quote('👍')}")
    shown = await bruno.put(f"{path}/{quote('🩺')}")

    given = [(each["name"], each["count"], each["me"]) for each in reactions(shown)]
    assert given == [("👍", 2, True), ("🩺", 1, True)]
    assert {each["url"] for each in reactions(shown)} == {None}
    boost = await chloe.post(f"{STATUSES}/{said['id']}/reblog")
    assert reactions(boost)[1] == {"name": "🩺", "count": 1, "me": False, "url": None}
    left = await bruno.delete(f"{path}/{quote('👍')}")
    assert reactions(left)[0] == {"name": "👍", "count": 1, "me": False, "url": None}
    assert left["favourites_count"] == 0
    told = await alice.get("/api/v1/notifications")
    assert [notice["type"] for notice in told] == ["reblog"]


async def test_what_is_no_emoji_is_refused_and_what_is_hidden_is_not_there(alice, bruno, chloe):
    said, hidden = await alice.say(), await alice.say(visibility="doctors")
    path = "/api/consilium/v1/statuses"

    assert (await bruno.ask("PUT", f"{path}/{said['id']}/reactions/ok")).status == 422
    reply = await chloe.ask("PUT", f"{path}/{hidden['id']}/reactions/{quote('👍')}")
    assert reply.status == 404


async def _reports(house) -> list[Report]:
    async with house.database.read() as session:
        return list(await session.scalars(select(Report)))


async def test_a_report_waits_for_the_moderators(house, alice, bruno):
    said = await alice.say()

    report = await bruno.post(
        "/api/v1/reports", account_id=alice.id, status_ids=[said["id"]], comment="Publicité",
        category="spam", forward=True,
    )  # fmt: skip

    assert (report["category"], report["status_ids"]) == ("spam", [said["id"]])
    assert report["target_account"]["id"] == alice.id
    assert (report["action_taken"], report["forwarded"]) == (False, False)
    (row,) = await _reports(house)
    assert (row.reporter_id, row.comment, row.host) == (bruno.actor.id, "Publicité", "")
    assert await alice.get("/api/v1/notifications") == []


@pytest.mark.parametrize("forward", [True, False])
async def test_a_report_is_forwarded_if_that_is_asked_for(house, bruno, forward):
    bob = await house.remote("bob")
    await house.trust(bob.host)
    async with house.database.transaction() as session:
        await factories.make_instance_actor(session)

    report = await bruno.post("/api/v1/reports", account_id=str(bob.id), forward=forward)

    assert report["forwarded"] is forward
    assert await house.owed() == ([("Flag", bob.shared_inbox)] if forward else [])


async def test_H28_reports_that_make_no_sense_are_refused(house, alice, bruno, chloe):
    mine, hidden = await bruno.say(), await alice.say(visibility="doctors")
    asked = [
        ({"account_id": "1"}, 404),
        ({}, 422),
        ({"account_id": alice.id, "comment": "x" * 1001}, 422),
        ({"account_id": alice.id, "category": "boring"}, 422),
        ({"account_id": alice.id, "status_ids": [mine["id"]]}, 404),
        ({"account_id": alice.id, "status_ids": [hidden["id"]]}, 404),
    ]

    for fields, status in asked:
        assert (await chloe.ask("POST", "/api/v1/reports", json=fields)).status == status

    assert await _reports(house) == []
