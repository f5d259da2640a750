"""Accounts: shown with their badge, found, listed, and how the caller stands to them."""

from __future__ import annotations

from datetime import timedelta

import pytest

import factories
from actors.models import Actor
from actors.queries import mark_deleted
from core import clock


async def test_an_account_shows_its_badge_first_and_as_a_role(alice, chloe):
    shown = await chloe.get(f"/api/v1/accounts/{alice.id}")

    first = shown["fields"][0]
    assert first["name"] == "Médecin vérifié"
    assert first["value"] == "Cardiologie et maladies vasculaires — CHU"
    assert first["verified_at"].endswith("Z")
    assert [role["name"] for role in shown["roles"]] == ["Médecin vérifié"]


async def test_who_has_no_badge_shows_none(alice, chloe):
    shown = await alice.get(f"/api/v1/accounts/{chloe.id}")

    assert (shown["fields"], shown["roles"]) == ([], [])


async def test_a_badge_that_lapsed_is_not_shown(database, house, alice):
    person = await house.person("doris")
    async with database.transaction() as session:
        await factories.give_badge(session, person.actor, days=-1)

    shown = await alice.get(f"/api/v1/accounts/{person.id}")

    assert (shown["fields"], shown["roles"]) == ([], [])


async def test_a_badge_says_whose_it_is_when_the_name_shown_is_another(alice):
    await alice.ask("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Zoé"})

    shown = await alice.get(f"/api/v1/accounts/{alice.id}")

    assert shown["fields"][0]["value"].endswith("vérifié sous le nom de Dr Alice")


async def test_a_badge_says_when_it_was_last_confirmed_if_that_is_long_ago(alice):
    clock.shift(timedelta(hours=13))

    shown = await alice.get(f"/api/v1/accounts/{alice.id}")

    assert "dernière confirmation le" in shown["fields"][0]["value"]


async def test_nobody_but_a_badge_has_a_verified_field(house, alice):
    fields = [{"name": "Site", "value": "https://example.org"}]
    await alice.ask(
        "PATCH", "/api/v1/accounts/update_credentials", json={"fields_attributes": fields}
    )

    shown = await alice.get(f"/api/v1/accounts/{alice.id}")

    assert [bool(field["verified_at"]) for field in shown["fields"]] == [True, False]
    assert "https://example.org" in shown["fields"][1]["value"]


async def test_pictures_of_other_hosts_are_shown_through_us(database, house, alice):
    bob = await house.remote()
    async with database.transaction() as session:
        (await session.get_one(Actor, bob.id)).avatar_url = "https://b.example/spy.png"

    shown = await alice.get(f"/api/v1/accounts/{bob.id}")

    assert shown["avatar"].startswith("http://a.localhost:8001/media/proxy/")
    assert "b.example" not in shown["avatar"] + shown["header"]
    assert shown["acct"] == "bob@b.localhost:8002"


async def test_several_accounts_come_in_the_order_asked(alice, bruno, chloe):
    ids = [chloe.id, alice.id, "999", bruno.id]

    found = await alice.get("/api/v1/accounts", **{"id[]": ids})

    assert [account["id"] for account in found] == [chloe.id, alice.id, bruno.id]


@pytest.mark.parametrize(
    "handle", ["bruno", "@bruno", "BRUNO", "bruno@a.localhost:8001", "@bruno@a.localhost:8001"]
)
async def test_a_handle_of_this_instance_may_name_it_or_not(alice, bruno, handle):
    assert (await alice.get("/api/v1/accounts/lookup", acct=handle))["id"] == bruno.id


async def test_a_known_handle_of_another_instance_is_looked_up(house, alice):
    bob = await house.remote()

    found = await alice.get("/api/v1/accounts/lookup", acct="bob@b.localhost:8002")

    assert found["id"] == str(bob.id)


async def test_who_was_deleted_is_not_there(database, alice, bruno):
    async with database.transaction() as session:
        await mark_deleted(session, await session.get_one(Actor, bruno.actor.id))

    for path in (f"/api/v1/accounts/{bruno.id}", f"/api/v1/accounts/{bruno.id}/statuses"):
        assert (await alice.ask("GET", path)).status == 404
    assert await alice.get("/api/v1/accounts", **{"id[]": bruno.id}) == []


async def test_H29_who_is_suspended_is_an_empty_shell(database, alice, bruno):
    async with database.transaction() as session:
        actor = await session.get_one(Actor, bruno.actor.id)
        actor.suspended_at, actor.summary = clock.now(), "<p>text</p>"

    shown = await alice.get(f"/api/v1/accounts/{bruno.id}")

    assert shown["suspended"] is True
    assert (shown["display_name"], shown["note"], shown["fields"]) == ("", "", [])


async def test_accounts_are_searched_by_handle_and_name(alice, bruno, chloe):
    async def found(words):
        accounts = await alice.get("/api/v1/accounts/search", q=words)
        return [account["username"] for account in accounts]

    assert await found("bru") == ["bruno"]
    assert await found("Dr Chl") == ["chloe"]
    assert await found("%") == []


async def test_relationships_come_for_those_who_exist(alice, bruno):
    found = await alice.get("/api/v1/accounts/relationships", **{"id[]": [bruno.id, "999"]})

    assert [relationship["id"] for relationship in found] == [bruno.id]


async def test_followers_and_following_are_paged_in_both_directions(house, alice):
    fans = [await house.person(f"fan{number}") for number in range(5)]
    for fan in fans:
        await fan.post(f"/api/v1/accounts/{alice.id}/follow")
    path = f"/api/v1/accounts/{alice.id}/followers"

    first = await alice.page(path, limit=2)
    second = await alice.page(first.links["next"])
    third = await alice.page(second.links["next"])
    back = await alice.page(third.links["prev"])

    names = [[account["username"] for account in page.json] for page in (first, second, third)]
    assert names == [["fan4", "fan3"], ["fan2", "fan1"], ["fan0"]]
    assert "next" not in third.links
    assert [account["username"] for account in back.json] == ["fan2", "fan1"]
    following = await alice.get(f"/api/v1/accounts/{fans[0].id}/following")
    assert [account["id"] for account in following] == [alice.id]


async def test_an_account_s_posts_are_filtered_as_asked(alice, bruno):
    plain = await alice.say("plain #ecg")
    reply = await alice.say("reply", in_reply_to_id=(await bruno.say())["id"])
    boost = await alice.post(f"/api/v1/statuses/{(await bruno.say())['id']}/reblog")
    path = f"/api/v1/accounts/{alice.id}/statuses"

    async def found(**query):
        return [status["id"] for status in await bruno.get(path, **query)]

    assert await found() == [boost["id"], reply["id"], plain["id"]]
    assert await found(exclude_replies="true") == [boost["id"], plain["id"]]
    assert await found(exclude_reblogs="true") == [reply["id"], plain["id"]]
    assert await found(tagged="ECG") == [plain["id"]]
    assert await found(only_media="true") == []
    assert await found(pinned="true") == []


async def test_an_account_s_posts_for_doctors_are_for_doctors(alice, bruno, chloe):
    question = await alice.say(visibility="private")
    path = f"/api/v1/accounts/{alice.id}/statuses"

    assert [status["id"] for status in await bruno.get(path)] == [question["id"]]
    assert await chloe.get(path) == []


async def test_the_own_account_has_sources_and_counts_requests(house, bruno):
    alba = await house.person("alba", doctor=True, locked=True)
    await bruno.post(f"/api/v1/accounts/{alba.id}/follow")

    own = await alba.get("/api/v1/accounts/verify_credentials")

    assert own["source"]["follow_requests_count"] == 1
    assert own["source"]["privacy"] == "private"
    assert own["locked"] is True
    assert own["role"]["permissions"] == "0"
