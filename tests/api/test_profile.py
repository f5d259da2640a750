"""Changing one's own account, and preferences."""

from __future__ import annotations

import pytest

from users.models import User

PATH = "/api/v1/accounts/update_credentials"


async def change(program, **fields):
    reply = await program.ask("PATCH", PATH, json=fields)
    assert reply.status == 200, reply.json
    return reply.json


async def test_a_profile_is_changed_and_keeps_its_sources(alice):
    text = "Rythmologie <b>interventionnelle</b> #ecg"

    own = await change(
        alice,
        display_name=" Dr Alice Dupont ",
        note=text,
        locked=False,
        discoverable="false",
        fields_attributes=[{"name": "Langues", "value": "fr, en"}],
    )

    assert own["display_name"] == "Dr Alice Dupont"
    assert own["source"]["note"] == text
    assert "&lt;b&gt;" in own["note"]
    assert 'href="http://a.localhost:8001/tags/ecg"' in own["note"]
    assert (own["locked"], own["discoverable"]) == (False, False)
    assert own["source"]["fields"] == [{"name": "Langues", "value": "fr, en", "verified_at": None}]
    assert await alice.get("/api/v1/accounts/verify_credentials") == own


async def test_a_link_to_ones_own_page_verifies_nothing(alice):
    line = {"name": "Site", "value": "https://alice.example/"}

    own = await change(alice, fields_attributes=[line])

    site = own["fields"][-1]
    assert 'rel="me nofollow noopener noreferrer"' in site["value"]
    assert (site["name"], site["verified_at"]) == ("Site", None)
    assert own["source"]["fields"] == [line | {"verified_at": None}]


async def test_a_form_with_indices_is_read_as_well(alice):
    form = {
        "fields_attributes[0][name]": "A",
        "fields_attributes[0][value]": "1",
        "fields_attributes[1][name]": "B",
        "fields_attributes[1][value]": "2",
    }

    reply = await alice.ask("PATCH", PATH, form=form)

    assert [field["name"] for field in reply.json["source"]["fields"]] == ["A", "B"]


async def test_fields_can_be_emptied(alice):
    await change(alice, fields_attributes=[{"name": "A", "value": "1"}])

    own = await change(alice, fields_attributes=[{"name": "", "value": ""}])

    assert own["source"]["fields"] == []


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"display_name": " "}, "Display name can't be blank"),
        ({"display_name": "a" * 101}, "Display name is too long"),
        ({"note": "a" * 501}, "Note is too long"),
        ({"fields_attributes": [{"name": str(n), "value": "a"} for n in range(5)]}, "Fields"),
        ({"fields_attributes": [{"name": "", "value": "a"}]}, "Field name can't be blank"),
        ({"fields_attributes": [{"name": "a", "value": "a" * 256}]}, "Field value is too long"),
        ({"fields_attributes": [{"name": "MEDECIN  verifié", "value": "a"}]}, "Field name"),
        ({"source": {"language": "klingon?"}}, "Default language is not valid"),
        ({"source": {"privacy": "everybody"}}, "Visibility is not included"),
        ({"source": {"quote_policy": "friends"}}, "Quote policy is not included"),
    ],
)
async def test_a_bad_change_is_refused_and_changes_nothing(alice, fields, text):
    before = await alice.get("/api/v1/accounts/verify_credentials")

    reply = await alice.ask("PATCH", PATH, json=fields | {"locked": not before["locked"]})

    assert reply.status == 422
    assert text in reply.error
    assert await alice.get("/api/v1/accounts/verify_credentials") == before


async def test_H13_what_is_not_offered_cannot_be_set(alice):
    before = await alice.get("/api/v1/accounts/verify_credentials")

    own = await change(
        alice,
        role="admin",
        username="eve",
        uri="http://evil.example",
        created_at="2001-01-01",
        followers_count=1000,
        bot=True,
        roles=[{"id": "3"}],
        **{"source[role]": "admin"},
    )

    assert own == before


@pytest.mark.parametrize(
    ("word", "shown", "audience"),
    [
        ("public", "public", "public"),
        ("unlisted", "unlisted", "unlisted"),
        ("private", "private", "doctors"),
        ("direct", "direct", "mentioned"),
        ("local", "private", "local"),
    ],
)
async def test_the_default_audience_is_used_when_a_client_names_none(alice, word, shown, audience):
    own = await change(alice, source={"privacy": word})

    said = await alice.post("/api/v1/statuses", status="Bonjour")

    assert own["source"]["privacy"] == shown
    assert said["consilium"]["audience"] == audience


async def test_preferences_follow_the_defaults(alice):
    await change(alice, source={"privacy": "unlisted", "sensitive": True, "language": "de"})

    found = await alice.get("/api/v1/preferences")

    assert found["posting:default:visibility"] == "unlisted"
    assert found["posting:default:sensitive"] is True
    assert found["posting:default:language"] == "de"


@pytest.mark.parametrize("word", ["public", "followers", "nobody"])
async def test_who_may_quote_is_a_default_too(alice, word):
    assert (await alice.get("/api/v1/preferences"))["posting:default:quote_policy"] == "followers"

    own = await change(alice, source={"quote_policy": word})

    assert own["source"]["quote_policy"] == word
    assert (await alice.get("/api/v1/preferences"))["posting:default:quote_policy"] == word


async def test_how_somebody_reads_is_told_to_their_programs(house, database, alice):
    async with database.transaction() as session:
        user = await session.get_one(User, alice.person.user.id)
        user.preferences = {"expand_media": "hide_all", "expand_warnings": True, "autoplay": True}

    found = await alice.get("/api/v1/preferences")

    assert [found[f"reading:{name}"] for name in ("expand:media", "expand:spoilers")] == [
        "hide_all", True,
    ]  # fmt: skip
    assert found["reading:autoplay:gifs"] is True


async def test_H27_whom_one_knows_is_hidden_from_others_and_not_from_oneself(house, alice, bruno):
    await house.follows(bruno.actor, alice.actor)
    await change(alice, hide_collections=True)
    paths = [f"/api/v1/accounts/{alice.id}/{which}" for which in ("followers", "following")]

    for path in paths:
        page = await bruno.page(path)
        assert (page.json, page.links) == ([], {})
    assert (await bruno.get(f"/api/v1/accounts/{alice.id}"))["followers_count"] == 0
    assert [one["id"] for one in await alice.get(paths[0])] == [bruno.id]
    own = await alice.get("/api/v1/accounts/verify_credentials")
    assert own["source"]["hide_collections"] is True


async def test_who_is_no_doctor_posts_to_followers_by_default(chloe):
    assert (await chloe.get("/api/v1/preferences"))["posting:default:visibility"] == "private"
    said = await chloe.post("/api/v1/statuses", status="Bonjour")
    assert said["consilium"]["audience"] == "followers"


async def test_a_change_is_told_to_followers_elsewhere(house, alice):
    bob = await house.remote()
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)

    await change(alice, note="Nouveau")

    assert await house.owed() == [("Update", bob.shared_inbox)]


async def test_a_change_that_nobody_sees_is_told_to_nobody(house, alice):
    bob = await house.remote()
    await house.follows(bob, alice.actor)
    await house.trust(bob.host)

    await change(alice, source={"privacy": "public"})

    assert await house.owed() == []
