"""Filters of the second version: made, changed, and applied wherever statuses are read."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import event

from core import clock

FILTERS = "/api/v2/filters"
HOME = "/api/v1/timelines/home"


async def made(program, *words, context=("home",), **fields):
    keywords = [{"keyword": word, "whole_word": True} for word in words]
    sent = {"title": "a filter", "context": list(context), "keywords_attributes": keywords}
    return await program.post(FILTERS, **(sent | fields))


def ids(statuses):
    return [status["id"] for status in statuses]


def words(status):
    return [match["keyword_matches"] for match in status["filtered"]]


async def follow(follower, followee):
    await follower.post(f"/api/v1/accounts/{followee.id}/follow")


async def test_a_filter_is_made_listed_changed_and_deleted(alice):
    one = await made(alice, "grippe", "rhume", filter_action="hide", expires_in=3600)
    path = f"{FILTERS}/{one['id']}"

    changed = await alice.put(path, title="other", context=["thread", "account"])

    assert (one["filter_action"], one["context"]) == ("hide", ["home"])
    assert [row["keyword"] for row in one["keywords"]] == ["grippe", "rhume"]
    kept = ("filter_action", "expires_at", "keywords", "statuses")
    assert [changed[key] for key in kept] == [one[key] for key in kept]
    assert (changed["title"], changed["context"]) == ("other", ["thread", "account"])
    assert await alice.get(path) == changed
    assert await alice.get(FILTERS) == [changed]
    assert await alice.delete(path) == {}
    assert (await alice.ask("GET", path)).status == 404
    assert await alice.get(FILTERS) == []


@pytest.mark.parametrize("never", ["", 0, None], ids=["empty", "zero", "null"])
async def test_a_filter_may_lose_its_end(alice, never):
    one = await made(alice, "grippe", expires_in=3600)

    changed = await alice.put(f"{FILTERS}/{one['id']}", expires_in=never)

    assert one["expires_at"] and changed["expires_at"] is None


async def test_keywords_come_as_forms_write_them(alice):
    form = [
        ("title", "t"),
        ("context[]", "home"),
        ("context[]", "public"),
        ("keywords_attributes[][keyword]", "un"),
        ("keywords_attributes[][whole_word]", "false"),
        ("keywords_attributes[][keyword]", "deux"),
        ("keywords_attributes[][keyword]", "trois"),
        ("keywords_attributes[][whole_word]", "false"),
    ]
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = await alice.ask("POST", FILTERS, data=urlencode(form), headers=headers)
    first, second, third = reply.json["keywords"]
    changes = {
        "keywords_attributes[0][id]": first["id"],
        "keywords_attributes[0][_destroy]": "1",
        "keywords_attributes[10][id]": second["id"],
        "keywords_attributes[10][keyword]": "DEUX",
        "keywords_attributes[2][keyword]": "quatre",
    }

    changed = await alice.ask("PUT", f"{FILTERS}/{reply.json['id']}", form=changes)

    assert reply.json["context"] == ["home", "public"]
    said = [(row["keyword"], row["whole_word"]) for row in reply.json["keywords"]]
    assert said == [("un", False), ("deux", True), ("trois", False)]
    assert [row["keyword"] for row in changed.json["keywords"]] == ["DEUX", "trois", "quatre"]
    assert changed.json["keywords"][0]["id"] == second["id"]


async def test_keywords_have_an_address_of_their_own(alice):
    one = await made(alice, "grippe")
    path = f"{FILTERS}/{one['id']}/keywords"

    added = await alice.post(path, keyword="toux", whole_word=False)
    own = f"{FILTERS}/keywords/{added['id']}"
    changed = await alice.put(own, keyword="la toux")

    assert (changed["keyword"], changed["whole_word"]) == ("la toux", False)
    assert await alice.get(own) == changed
    assert [row["keyword"] for row in await alice.get(path)] == ["grippe", "la toux"]
    await alice.delete(own)
    assert [row["keyword"] for row in await alice.get(path)] == ["grippe"]


async def test_a_filter_names_statuses(alice, bruno):
    said, one = await bruno.say(), await made(alice)
    path = f"{FILTERS}/{one['id']}/statuses"

    added = await alice.post(path, status_id=said["id"])
    own = f"{FILTERS}/statuses/{added['id']}"

    assert added["status_id"] == said["id"]
    assert await alice.get(own) == added
    assert await alice.get(path) == [added]
    (match,) = (await alice.get(f"/api/v1/statuses/{said['id']}"))["filtered"]
    assert (match["status_matches"], match["keyword_matches"]) == ([said["id"]], None)
    assert await alice.delete(own) == added
    assert (await alice.get(f"/api/v1/statuses/{said['id']}"))["filtered"] == []


async def test_H02_a_status_that_one_may_not_see_cannot_be_named(alice, bruno):
    hidden, one = await bruno.say(visibility="direct"), await made(alice)

    reply = await alice.ask(
        "POST", f"{FILTERS}/{one['id']}/statuses", json={"status_id": hidden["id"]}
    )

    assert (reply.status, reply.error) == (404, "Record not found")


async def test_the_filters_of_others_are_not_there(alice, bruno):
    said = await bruno.say()
    one = await made(bruno, "grippe")
    status = await bruno.post(f"{FILTERS}/{one['id']}/statuses", status_id=said["id"])
    keyword = one["keywords"][0]["id"]
    asked = [
        *((method, f"/{one['id']}") for method in ("GET", "PUT", "DELETE")),
        *((method, f"/keywords/{keyword}") for method in ("GET", "PUT", "DELETE")),
        *((method, f"/statuses/{status['id']}") for method in ("GET", "DELETE")),
        *((method, f"/{one['id']}/keywords") for method in ("GET", "POST")),
        *((method, f"/{one['id']}/statuses") for method in ("GET", "POST")),
    ]

    sent = {"title": "x", "context": ["home"], "keyword": "x", "status_id": said["id"]}
    replies = [await alice.ask(m, FILTERS + p, **_body(m, sent)) for m, p in asked]

    assert {reply.status for reply in replies} == {404}
    (unchanged,) = await bruno.get(FILTERS)
    assert unchanged["title"] == "a filter"
    assert len(unchanged["keywords"]) == len(unchanged["statuses"]) == 1


def _body(method, sent):
    return {} if method == "GET" else {"json": sent}


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 257},
        {"context": []},
        {"context": ["home", "elsewhere"]},
        {"filter_action": "explode"},
        {"expires_in": "soon"},
        {"expires_in": -1},
        {"keywords_attributes": [{"keyword": ""}]},
        {"keywords_attributes": [{"keyword": "x" * 513}]},
        {"keywords_attributes": [{"id": "x", "keyword": "y"}]},
    ],
    ids=lambda wrong: "-".join(f"{key}={value}" for key, value in wrong.items())[:40],
)
async def test_what_can_be_no_filter_is_refused(alice, wrong):
    sent = {"title": "t", "context": ["home"]} | wrong

    reply = await alice.ask("POST", FILTERS, json=sent)

    assert reply.status == 422
    assert await alice.get(FILTERS) == []


async def test_what_matches_is_reported_in_every_context(alice, bruno):
    await follow(alice, bruno)
    await made(alice, "grippe", context=["notifications"])
    said = await bruno.say("@alice la Grippe #sante")

    places = {
        "home": await alice.get(HOME),
        "public": await alice.get("/api/v1/timelines/public"),
        "tag": await alice.get("/api/v1/timelines/tag/sante"),
        "account": await alice.get(f"/api/v1/accounts/{bruno.id}/statuses"),
        "notices": [notice["status"] for notice in await alice.get("/api/v1/notifications")],
        "itself": [await alice.get(f"/api/v1/statuses/{said['id']}")],
    }

    assert {place: [words(s) for s in found] for place, found in places.items()} == {
        place: [[["grippe"]]] for place in places
    }


@pytest.mark.parametrize(
    ("context", "hidden_in"),
    [
        ("home", {"home", "list"}),
        ("public", {"public", "tag"}),
        ("account", {"account"}),
        ("notifications", {"notices"}),
        ("thread", {"thread"}),
    ],
)
async def test_hidden_is_what_matches_where_the_filter_holds(alice, bruno, context, hidden_in):
    await follow(alice, bruno)
    one = await alice.post("/api/v1/lists", title="l")
    await alice.post(f"/api/v1/lists/{one['id']}/accounts", account_ids=[bruno.id])
    await made(alice, "grippe", context=[context], filter_action="hide")
    root = await alice.say()
    await bruno.say("@alice la grippe #sante", in_reply_to_id=root["id"])
    await bruno.say("la grippe #sante")

    def is_hidden(found):
        return all("grippe" not in status["content"] for status in found)

    places = {
        "home": await alice.get(HOME),
        "list": await alice.get(f"/api/v1/timelines/list/{one['id']}"),
        "public": await alice.get("/api/v1/timelines/public"),
        "tag": await alice.get("/api/v1/timelines/tag/sante"),
        "account": await alice.get(f"/api/v1/accounts/{bruno.id}/statuses"),
        "notices": [n["status"] for n in await alice.get("/api/v1/notifications")],
        "thread": (await alice.get(f"/api/v1/statuses/{root['id']}/context"))["descendants"],
    }
    assert {place for place, found in places.items() if is_hidden(found)} == hidden_in


async def test_pages_go_on_past_what_is_hidden(alice, bruno):
    await follow(alice, bruno)
    await made(alice, "grippe", filter_action="hide")
    said = [await bruno.say(text) for text in ("un", "grippe", "la grippe", "deux")]

    first = await alice.page(HOME, limit=2)
    second = await alice.page(first.links["next"])

    assert ids(first.json) == [said[3]["id"]]
    assert ids(second.json) == [said[0]["id"]]


async def test_a_boost_matches_by_what_it_passes_on_and_own_posts_never_do(alice, bruno, chloe):
    await follow(alice, bruno)
    await made(alice, "grippe")
    own, said = await alice.say("ma grippe"), await chloe.say("sa grippe")
    await bruno.post(f"/api/v1/statuses/{said['id']}/reblog")
    await bruno.post(f"/api/v1/statuses/{own['id']}/reblog")

    of_own, passed_on, mine = await alice.get(HOME)

    assert words(passed_on) == words(passed_on["reblog"]) == [["grippe"]]
    assert words(mine) == words(of_own) == []


async def test_warnings_and_answers_of_polls_are_read_too(alice, bruno):
    await made(alice, "grippe", "vaccin")
    await bruno.say("…", spoiler_text="La grippe")
    await bruno.say("Lequel ?", poll={"options": ["un vaccin", "rien"], "expires_in": 3600})

    asked, warned = await alice.get("/api/v1/timelines/public")

    assert words(warned) == [["grippe"]]
    assert words(asked) == [["vaccin"]]


async def test_markup_hides_no_word_and_is_none(alice, bruno):
    await made(alice, "span", "grippe aviaire")
    await bruno.say("la grippe aviaire https://grippe.example/span-x")
    await bruno.say("grippe\naviaire")

    found = await alice.get("/api/v1/timelines/public")

    assert [words(status) for status in found] == [[], [["span", "grippe aviaire"]]]


async def test_a_filter_holds_until_its_end(alice, bruno):
    await made(alice, "grippe", expires_in=60)
    said = await bruno.say("la grippe")

    assert words(await alice.get(f"/api/v1/statuses/{said['id']}")) == [["grippe"]]
    clock.shift(timedelta(seconds=61))
    assert words(await alice.get(f"/api/v1/statuses/{said['id']}")) == []


async def test_a_change_is_told_after_the_commit(house, alice):
    with house.database.bus.subscribe() as heard:
        await made(alice, "grippe")

        told = await heard.next()

    assert (told.kind, told.actor_id) == ("filters", alice.actor.id)


async def test_the_list_costs_the_same_however_long(house, alice):
    async def count():
        seen = []
        engine = house.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        found = await alice.get(FILTERS)
        return len(found), len(seen)

    await made(alice, "a")
    one, short = await count()
    for number in range(5):
        await made(alice, f"mot{number}", "autre")
    several, long = await count()

    assert (one, several) == (1, 6)
    assert long == short
