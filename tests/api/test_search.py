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


async def test_words_find_the_text_of_posts_page_by_page(alice, bruno):
    said = [(await alice.say(f"La valve aortique {n}", visibility="doctors"))["id"] for n in "abc"]
    await alice.say("Tout autre chose")

    newest = said[::-1]
    assert await found(bruno, "valves", "statuses") == newest
    assert await found(bruno, "valves", "statuses", limit=2, offset=1) == newest[1:]
    assert await found(bruno, "valves", "statuses", max_id=newest[0], limit=1) == newest[1:2]
    assert await found(bruno, "valves", "statuses", min_id=newest[2], limit=1) == newest[1:2]
    assert await found(bruno, '"valve aortique b"', "statuses") == [said[1]]
    assert await found(bruno, "valve from:me", "statuses") == []
    assert await found(bruno, "valve", "statuses", account_id=bruno.id) == []
    assert await found(bruno, "valve", "statuses", account_id=alice.id) == newest
    assert await found(bruno, "valve", "statuses", following="true") == []


async def test_the_first_version_names_hashtags_only(house, alice):
    await alice.say("#valve en titane")

    answer = await alice.get("/api/v1/search", q="valve")

    assert answer["hashtags"] == ["valve"]
    assert len(answer["statuses"]) == 1
    assert (await house.stranger.ask("GET", "/api/v1/search?q=valve")).status == 401


async def test_hashtags_are_found_by_how_they_begin_and_only_where_one_may_see_a_post(
    alice, bruno, chloe
):
    for text in ("#cardiologie", "#cardiologie", "#Cardiomyopathie", "#pericarde"):
        await alice.say(text)
    await alice.say("#cardioversion", visibility="doctors")
    await alice.say("#cardiosecret", visibility="direct")

    assert await found(chloe, "cardio", "hashtags") == ["cardiologie", "cardiomyopathie"]
    assert await found(bruno, "#CARDIO", "hashtags", limit=2) == ["cardiologie", "cardiomyopathie"]
    assert await found(bruno, "#cardio", "hashtags", limit=2, offset=2) == ["cardioversion"]
    assert await found(alice, "cardiosecret", "hashtags") == []
    assert await found(alice, "péri", "hashtags") == ["pericarde"]
    for nothing in ("a b", "@cardio", "#", "cardio/"):
        assert await found(alice, nothing, "hashtags") == [], nothing


@pytest.mark.parametrize("strangers_see", ["posts"])
async def test_strangers_search_no_text(house, alice):
    await alice.say("La valve")

    assert await found(house.stranger, "valve", "statuses") == []


async def test_H04_words_and_addresses_of_private_posts_find_nothing_for_others(
    alice, bruno, chloe
):
    for visibility in ("followers", "direct", "doctors"):
        said = await alice.say(f"Secretissime {visibility}", visibility=visibility)
        for words in ("secretissime", '"Secretissime"', visibility, said["url"], said["uri"]):
            assert await found(chloe, words, "statuses", resolve="true") == [], words
        assert await found(alice, "secretissime", "statuses", limit=1) == [said["id"]]
    assert len(await found(bruno, "secretissime", "statuses")) == 1


@pytest.mark.parametrize(
    "query", ["account_id=x", "max_id=-1", "min_id=1e30", "max_id=99999999999999999999"]
)
async def test_H09_what_is_no_id_is_refused(alice, query):
    assert (await alice.ask("GET", f"{PATH}?q=a&{query}")).status == 422


async def test_nothing_to_search_for_is_refused(alice):
    for path in (PATH, "/api/v1/search", "/api/v1/accounts/search"):
        assert (await alice.ask("GET", path)).status == 422


async def test_accounts_are_searched_among_those_one_follows_and_by_page(house, alice, bruno):
    others = [await house.person(f"martin{number}") for number in range(3)]
    await house.follows(alice.actor, others[2].actor)

    async def people(**query):
        shown = await alice.get("/api/v1/accounts/search", q="martin", **query)
        return [account["username"] for account in shown]

    assert await people() == ["martin2", "martin0", "martin1"]
    assert await people(following="true") == ["martin2"]
    assert await people(limit=1, offset=1) == ["martin0"]
    assert await people(following="true", resolve="true") == ["martin2"]
