"""What a client learns before anybody has signed in."""

from __future__ import annotations

import pytest

import factories
from moderation.models import PeerClass


async def test_both_versions_of_the_instance_say_the_same(house):
    second = await house.stranger.get("/api/v2/instance")
    first = await house.stranger.get("/api/v1/instance")

    assert second["domain"] == first["uri"] == "a.localhost:8001"
    limits = second["configuration"]["statuses"]
    assert limits["max_characters"] == first["configuration"]["statuses"]["max_characters"] == 5000
    assert second["registrations"]["enabled"] is first["registrations"] is False
    assert second["api_versions"] == {"mastodon": 1}


async def test_a_profile_may_be_as_long_as_the_instance_says(alice):
    limits = (await alice.get("/api/v2/instance"))["configuration"]["accounts"]
    change = "/api/v1/accounts/update_credentials"

    for field, most in (("display_name", "max_display_name_length"), ("note", "max_note_length")):
        longest = "a" * limits[most]
        assert (await alice.ask("PATCH", change, json={field: longest})).status == 200
        assert (await alice.ask("PATCH", change, json={field: longest + "a"})).status == 422


async def test_a_closed_instance_says_that_its_timelines_need_a_sign_in(house):
    configuration = (await house.stranger.get("/api/v2/instance"))["configuration"]

    assert configuration["timelines_access"]["live_feeds"]["local"] == "authenticated"
    assert configuration["limited_federation"] is True


@pytest.mark.parametrize(
    "path",
    ["rules", "activity", "extended_description", "languages", "translation_languages"],
)
async def test_the_rest_of_the_instance_is_public(house, path):
    await house.stranger.get(f"/api/v1/instance/{path}")


async def test_only_peers_that_are_talked_to_are_listed(house, database, alice):
    async with database.transaction() as session:
        await factories.make_peer(session, "good.example")
        await factories.make_peer(session, "bad.example", peer_class=PeerClass.BLOCKED)

    assert await alice.get("/api/v1/instance/peers") == ["good.example"]


async def test_custom_emojis_are_none(house):
    assert await house.stranger.get("/api/v1/custom_emojis") == []


async def test_what_does_not_exist_yet_is_an_empty_list(alice):
    for path in (
        "/api/v1/filters",
        "/api/v2/filters",
        "/api/v1/lists",
        "/api/v1/bookmarks",
        "/api/v1/announcements",
        "/api/v1/followed_tags",
        "/api/v1/featured_tags",
        "/api/v1/scheduled_statuses",
        "/api/v1/domain_blocks",
        "/api/v1/endorsements",
        "/api/v2/suggestions",
        "/api/v1/trends/tags",
        "/api/v1/trends/statuses",
        "/api/v1/trends/links",
    ):
        assert await alice.get(path) == []


async def test_one_of_what_does_not_exist_is_not_found(alice):
    for path in ("/api/v1/lists/1", "/api/v2/filters/1", "/api/v1/filters/1"):
        assert (await alice.ask("GET", path)).status == 404
