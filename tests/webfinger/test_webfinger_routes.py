"""WebFinger, host-meta and NodeInfo as strangers ask for them (E01, E02, E08, E12)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from quart import Quart

from federation.uris import LocalUris
from webfinger.routes import webfinger_routes

URIS = LocalUris("https://social.chu.example", "chu.example")
ALICE = URIS.actor("alice")


@pytest.fixture
def door():
    people = {"alice": ALICE, "social.chu.example": URIS.instance_actor}

    async def find(username):
        name = username.lower()
        return (name, people[name]) if name in people else None

    app = Quart("webfinger")
    app.register_blueprint(webfinger_routes(find, URIS))
    return app.test_client()


async def _ask(door, *resources):
    query = "&".join(f"resource={quote(resource)}" for resource in resources)
    answer = await door.get(f"/.well-known/webfinger?{query}")
    return answer, await answer.get_json(force=True)


@pytest.mark.parametrize(
    "resource",
    [
        "acct:alice@chu.example",
        "acct:Alice@CHU.example",
        "acct:alice@social.chu.example",
        "alice@chu.example",
        ALICE,
        f"{URIS.base_url}/@alice",
    ],
)
async def test_e08_one_person_is_found_under_every_spelling(door, resource):
    answer, found = await _ask(door, resource)

    assert answer.status_code == 200
    assert answer.content_type == "application/jrd+json"
    assert found["subject"] == "acct:alice@chu.example"
    assert {"rel": "self", "type": "application/activity+json", "href": ALICE} in found["links"]


@pytest.mark.parametrize(
    "resource", [URIS.base_url, f"{URIS.base_url}/", URIS.instance_actor,
                 "acct:social.chu.example@chu.example"]
)  # fmt: skip
async def test_the_instance_itself_is_found(door, resource):
    _, found = await _ask(door, resource)

    assert found["subject"] == "acct:social.chu.example@chu.example"
    assert found["links"][0]["href"] == URIS.instance_actor


@pytest.mark.parametrize("resources", [(), ("",), (ALICE, ALICE), ("x" * 10_240,)])
async def test_e01_one_resource_is_asked_for(door, resources):
    answer, _ = await _ask(door, *resources)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "resource",
    [
        "acct:nobody@chu.example",
        "acct:alice@elsewhere.example",
        "acct:alice",
        "alice",
        f"{ALICE}/posts/1",
        "https://elsewhere.example/users/alice",
        "mailto:alice@chu.example",
        "acct:a b@chu.example",
    ],
)
async def test_e02_everything_else_is_the_same_404(door, resource):
    answer, found = await _ask(door, resource)

    assert (answer.status_code, found) == (404, {"error": "not found"})


async def test_host_meta_names_webfinger(door):
    answer = await door.get("/.well-known/host-meta")

    assert answer.content_type.startswith("application/xrd+xml")
    body = await answer.get_data(as_text=True)
    assert 'template="https://social.chu.example/.well-known/webfinger?resource={uri}"' in body


async def test_nodeinfo_and_the_instance_actor_are_linked(door):
    links = (await (await door.get("/.well-known/nodeinfo")).get_json())["links"]

    assert links[-1]["rel"] == "https://www.w3.org/ns/activitystreams#Application"
    assert links[-1]["href"] == URIS.instance_actor
    for link in links[:-1]:
        path = link["href"].removeprefix(URIS.base_url)
        assert (await (await door.get(path)).get_json())["software"]["name"] == "consilium"
    assert (await door.get("/nodeinfo/9.9")).status_code == 404


async def test_what_software_this_is_is_told_to_servers_not_to_scripts_of_other_sites(door):
    for version in ("2.0", "2.1"):
        answer = await door.get(f"/nodeinfo/{version}", headers={"Origin": "https://phanpy.example"})

        assert (await answer.get_json())["software"]["name"] == "consilium"
        assert "access-control-allow-origin" not in answer.headers


INDEX = "/.well-known/nodeinfo"


async def test_e12_everybody_may_read_them_from_a_browser(door):
    for path in ("/.well-known/webfinger?resource=x", "/.well-known/host-meta", INDEX):
        headers = (await door.get(path)).headers

        assert headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in headers


@pytest.mark.parametrize("is_open", [True, False])
async def test_nodeinfo_says_whether_strangers_may_ask_for_an_account(is_open):
    async def nobody(_username):
        return None

    app = Quart("webfinger")
    app.register_blueprint(webfinger_routes(nobody, URIS, open_registrations=is_open))

    answer = await app.test_client().get("/nodeinfo/2.1")

    assert (await answer.get_json())["openRegistrations"] is is_open
