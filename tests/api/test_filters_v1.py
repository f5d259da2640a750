"""Filters of the first version: the same rows, a keyword at a time."""

from __future__ import annotations

import pytest

V1, V2 = "/api/v1/filters", "/api/v2/filters"


async def test_one_of_the_first_version_is_one_of_the_second_with_a_keyword(alice):
    one = await alice.post(V1, phrase="grippe", context=["home", "thread"], irreversible=True)

    (whole,) = await alice.get(V2)

    assert (one["phrase"], one["whole_word"], one["irreversible"]) == ("grippe", False, True)
    assert (whole["title"], whole["filter_action"]) == ("grippe", "hide")
    assert whole["context"] == one["context"] == ["home", "thread"]
    assert [row["id"] for row in whole["keywords"]] == [one["id"]]
    assert await alice.get(V1) == [one]
    assert await alice.get(f"{V1}/{one['id']}") == one


async def test_it_is_changed_and_deleted_with_its_filter(alice):
    one = await alice.post(V1, phrase="grippe", context=["home"], expires_in=3600)
    path = f"{V1}/{one['id']}"

    changed = await alice.put(path, phrase="rhume", context=["public"], whole_word=True)

    assert (changed["phrase"], changed["context"]) == ("rhume", ["public"])
    assert (changed["whole_word"], changed["expires_at"]) == (True, one["expires_at"])
    assert await alice.delete(path) == {}
    assert await alice.get(V2) == []


async def test_of_several_keywords_one_is_changed_and_what_they_share_is_not(alice):
    keywords = [{"keyword": "grippe"}, {"keyword": "rhume"}]
    await alice.post(V2, title="t", context=["home"], keywords_attributes=keywords)
    first, second = await alice.get(V1)

    changed = await alice.put(f"{V1}/{first['id']}", phrase="Grippe", context=["home"])
    refused = await alice.ask(
        "PUT", f"{V1}/{first['id']}", json={"phrase": "x", "context": ["public"]}
    )
    await alice.delete(f"{V1}/{first['id']}")

    assert changed["phrase"] == "Grippe"
    assert refused.status == 422 and "more than one filter keyword" in refused.error
    assert await alice.get(V1) == [second]


async def test_those_of_others_are_not_there(alice, bruno):
    one = await bruno.post(V1, phrase="grippe", context=["home"])

    for method in ("GET", "PUT", "DELETE"):
        sent = {} if method == "GET" else {"json": {"phrase": "x", "context": ["home"]}}
        assert (await alice.ask(method, f"{V1}/{one['id']}", **sent)).status == 404
    assert await bruno.get(V1) == [one]


@pytest.mark.parametrize(
    "wrong", [{"phrase": ""}, {"phrase": " "}, {"context": []}, {"context": ["nowhere"]}], ids=str
)
async def test_what_can_be_none_is_refused(alice, wrong):
    reply = await alice.ask("POST", V1, json={"phrase": "x", "context": ["home"]} | wrong)

    assert reply.status == 422
    assert await alice.get(V1) == []
