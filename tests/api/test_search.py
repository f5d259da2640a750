"""Search: people by name and handle, anything by its address; never what is hidden."""

from __future__ import annotations

import pytest

PATH = "/api/v2/search"
BASE = "http://a.localhost:8001"


async def found(program, q, kind, **query):
    answer = await program.get(PATH, q=q, **query)
    return [thing.get("id") for thing in answer[kind]]


async def test_people_are_found_by_handle_and_name(house, alice, bruno):
    bob = await house.remote()

    assert await found(alice, "bruno", "accounts") == [bruno.id]
    assert await found(alice, "@bob@b.localhost:8002", "accounts", resolve="true") == [str(bob.id)]
    assert await found(alice, "Dr Bob", "accounts") == [str(bob.id)]


async def test_a_page_or_an_id_of_ours_is_what_it_names(alice, bruno):
    said = await bruno.say()

    for address in (said["url"], said["uri"]):
        assert await found(alice, address, "statuses") == [said["id"]]
    for address in (f"{BASE}/@bruno", f"{BASE}/users/bruno"):
        assert await found(alice, address, "accounts") == [bruno.id]


async def test_a_known_actor_of_another_host_is_found_by_its_id(house, alice):
    bob = await house.remote()

    assert await found(alice, bob.uri, "accounts", resolve="true") == [str(bob.id)]


async def test_H04_the_address_of_what_is_hidden_finds_nothing(alice, bruno, chloe):
    said = await alice.say("Secret", visibility="doctors")

    for address in (said["url"], said["uri"]):
        assert await found(bruno, address, "statuses", resolve="true") == [said["id"]]
        assert await found(chloe, address, "statuses", resolve="true") == []
    assert await found(chloe, "Secret", "statuses") == []


@pytest.mark.parametrize(
    "words",
    [
        "nobody@nowhere.example",
        "https://nowhere.example/@nobody",
        "http://127.0.0.1:1/users/x",
        "https://",
        "http://[::1",
        f"{BASE}/@nobody",
        f"{BASE}/nothing",
    ],
)
async def test_what_cannot_be_found_is_nothing(alice, words):
    answer = await alice.get(PATH, q=words, resolve="true")

    assert answer == {"accounts": [], "statuses": [], "hashtags": []}


async def test_a_hashtag_is_found_by_its_name(alice):
    await alice.say("#ECG")

    assert await found(alice, "#ecg", "hashtags") == ["ecg"]
    assert await found(alice, "#autre", "hashtags") == []


async def test_one_kind_may_be_asked_for(alice, bruno):
    await alice.say("#bruno")

    answer = await alice.get(PATH, q="bruno", type="hashtags")

    assert (answer["accounts"], len(answer["hashtags"])) == ([], 1)


async def test_people_are_paged_by_offset(house, alice):
    for number in range(3):
        await house.person(f"martin{number}")

    first = await found(alice, "martin", "accounts", limit=2)
    second = await found(alice, "martin", "accounts", limit=2, offset=2)

    assert (len(first), len(second)) == (2, 1)


@pytest.mark.parametrize("strangers_see", ["posts"])
async def test_strangers_neither_resolve_nor_page(house, alice, strangers_see):
    assert await found(house.stranger, "alice", "accounts") == [alice.id]

    for query in ({"resolve": "true"}, {"offset": "1"}):
        reply = await house.stranger.ask("GET", PATH, query_string={"q": "alice"} | query)
        assert reply.status == 401


async def test_a_hashtag_is_shown(alice):
    shown = await alice.get("/api/v1/tags/ECG")

    assert (shown["name"], shown["url"], shown["following"]) == ("ecg", f"{BASE}/tags/ecg", False)
