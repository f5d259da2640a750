"""What a client learns before anybody has signed in."""

from __future__ import annotations

import re

import pytest

import factories
import mastodon_schema
from api.entities.instance import API_VERSION
from api.routes import TABLES
from catalogues import ARABIC, compile_catalogue, speaking_from
from core.settings import Signup, Switch
from moderation.models import PeerClass

ENDPOINTS = mastodon_schema.DESCRIPTION.with_name("endpoints.tsv")


async def test_both_versions_of_the_instance_say_the_same(house):
    second = await house.stranger.get("/api/v2/instance")
    first = await house.stranger.get("/api/v1/instance")

    assert second["domain"] == first["uri"] == "a.localhost:8001"
    limits = second["configuration"]["statuses"]
    assert limits["max_characters"] == first["configuration"]["statuses"]["max_characters"] == 5000
    assert second["registrations"]["enabled"] is first["registrations"] is False
    assert second["version"] == first["version"]


@pytest.mark.parametrize(
    ("signup", "is_open", "on_approval", "has_message"),
    [
        (Signup.CLOSED, False, True, True),
        (Signup.INVITATION, False, True, True),
        (Signup.APPROVAL, True, True, False),
        (Signup.OPEN, True, False, False),
    ],
)
async def test_an_app_is_told_how_people_come_in(house, signup, is_open, on_approval, has_message):
    program = house.with_settings(signup=signup)

    second = (await program.get("/api/v2/instance"))["registrations"]
    first = await program.get("/api/v1/instance")

    assert (second["enabled"], second["approval_required"]) == (is_open, on_approval)
    assert (first["registrations"], first["approval_required"]) == (is_open, on_approval)
    assert second["reason_required"] is (signup is Signup.APPROVAL)
    assert (second["message"] is not None) is has_message
    page = "http://a.localhost:8001/auth/sign-up" if is_open else None
    assert second["url"] == page


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


@pytest.mark.parametrize(("switch", "listed"), [("on", ["good.example"]), ("off", [])])
async def test_peers_are_listed_if_the_institution_publishes_them(
    house, database, alice, switch, listed
):
    async with database.transaction() as session:
        await factories.make_peer(session, "good.example")
        await factories.make_peer(session, "bad.example", peer_class=PeerClass.BLOCKED)
    program = house.with_settings(publish_peers=Switch(switch))
    program.bearer = alice.bearer

    assert await program.get("/api/v1/instance/peers") == listed
    assert (await house.stranger.ask("GET", "/api/v1/instance/peers")).status == 401


async def test_clients_are_told_what_they_may_use(house):
    told = await house.stranger.get("/api/v2/instance")

    # Phanpy and Ice Cubes compare the number in front, Elk, Tusky and Ice Cubes `api_versions`.
    assert told["version"] == "4.6.0 (compatible; Consilium 0.1.0)"
    assert told["api_versions"] == {"mastodon": API_VERSION}


@pytest.mark.skipif(not ENDPOINTS.exists(), reason="the list is not beside the checkout")
async def test_everything_that_the_api_version_promises_is_there():
    promised = set()
    for line in ENDPOINTS.read_text().splitlines()[1:]:
        method, path, _, since, _, _, admin, *_ = line.split("\t")
        version = re.search(r"api_versions\.mastodon>=(\d+)", since)
        if version and int(version[1]) <= API_VERSION and admin == "n":
            promised.add((method, re.sub(r":\w+", "?", path)))
    served = {
        (route.method, re.sub(r"<[^>]+>", "?", route.path))
        for routes in TABLES.values()
        for route in routes
    }

    assert len(promised) >= 20
    assert promised - served == set()


async def test_the_limits_are_those_that_are_kept(house):
    told = (await house.stranger.get("/api/v2/instance"))["configuration"]

    files = told["media_attachments"]
    assert "image/png" in files["supported_mime_types"]
    assert files["image_size_limit"] == 16 * 1024 * 1024
    assert min(files[name] for name in files if name.endswith("_limit")) > 0
    assert told["statuses"]["max_media_attachments"] == 8
    assert told["accounts"]["max_pinned_statuses"] == 5
    assert told["polls"]["max_options"] >= 4
    assert told["urls"]["streaming"] == "ws://a.localhost:8001"


async def test_the_rules_are_the_lines_of_a_file(house, tmp_path):
    assert await house.stranger.get("/api/v1/instance/rules") == []
    (tmp_path / "rules.txt").write_text("Be kind | Always.\n\n  No patient data  \n", "utf-8")

    listed = await house.stranger.get("/api/v1/instance/rules")

    assert [(rule["id"], rule["text"], rule["hint"]) for rule in listed] == [
        ("1", "Be kind", "Always."),
        ("3", "No patient data", ""),
    ]
    for version in ("v1", "v2"):
        assert (await house.stranger.get(f"/api/{version}/instance"))["rules"] == listed


async def test_whom_to_ask_is_told(house, alice):
    program = house.with_settings(contact_email="it@chu.example", contact_account="Alice")

    second = await program.get("/api/v2/instance")
    first = await program.get("/api/v1/instance")

    assert second["contact"]["email"] == first["email"] == "it@chu.example"
    assert second["contact"]["account"]["id"] == first["contact_account"]["id"] == alice.id
    nobody = house.with_settings(contact_account="nobody")
    assert (await nobody.get("/api/v2/instance"))["contact"]["account"] is None


async def test_custom_emojis_are_none(house):
    assert await house.stranger.get("/api/v1/custom_emojis") == []


async def test_what_does_not_exist_yet_is_an_empty_list(alice):
    for path in (
        "/api/v1/filters",
        "/api/v2/filters",
        "/api/v1/lists",
        "/api/v1/bookmarks",
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


async def test_the_languages_are_those_that_have_a_catalogue(house, tmp_path):
    compile_catalogue(tmp_path, "ar", ARABIC.encode())

    with speaking_from(tmp_path):
        listed = await house.stranger.get("/api/v1/instance/languages")
        instances = [await house.stranger.get(f"/api/{v}/instance") for v in ("v1", "v2")]

    assert listed == [{"code": "ar", "name": "العربية"}, {"code": "en", "name": "English"}]
    assert [instance["languages"] for instance in instances] == [["ar", "en"]] * 2
