"""JRDs: round trip and lenient reading (E06, E07)."""

from __future__ import annotations

import pytest

from webfinger.document import WebfingerDocument, read_webfinger, write_webfinger

ACTOR = "https://b.example/users/bob"
SUBSCRIBE = "https://b.example/go?uri={uri}"
AS2 = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'


def test_what_we_write_we_read():
    page = "https://b.example/@bob"
    written = write_webfinger(
        WebfingerDocument(
            "acct:bob@b.example", ACTOR, page, subscribe=SUBSCRIBE, aliases=(ACTOR, page)
        )
    )

    read = read_webfinger(written)

    assert (read.subject, read.actor_uri) == ("acct:bob@b.example", ACTOR)
    assert read.subscribe_address("@a@b.example") == "https://b.example/go?uri=%40a%40b.example"
    assert written["aliases"] == [ACTOR, page]
    assert {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": page} in (
        written["links"]
    )


@pytest.mark.parametrize(
    "links",
    [
        [{"rel": "self", "type": AS2, "href": ACTOR}],
        {"rel": "self", "type": "application/activity+json", "href": ACTOR},
        [7, None, {"rel": "self"}, {"rel": "self", "type": "text/html", "href": "https://x.test"},
         {"rel": "self", "type": AS2, "href": ACTOR},
         {"rel": "self", "type": "application/activity+json", "href": "https://x.test"}],
    ],
)  # fmt: skip
def test_e07_the_first_activitypub_self_link_counts(links):
    assert read_webfinger({"subject": "acct:bob@b.example", "links": links}).actor_uri == ACTOR


@pytest.mark.parametrize(
    "json",
    [
        {},
        {"subject": 7, "links": "x"},
        {"links": [{"rel": "self", "type": AS2, "href": 7}]},
        {"links": [{"rel": "self", "type": "application/ld+json", "href": ACTOR}]},
        {"links": [{"rel": "other", "type": AS2, "href": ACTOR}]},
    ],
)
def test_without_such_a_link_there_is_no_actor(json):
    read = read_webfinger(json)

    assert (read.subject, read.actor_uri) == ("", None)


def test_e06_of_ten_thousand_links_only_the_first_are_looked_at():
    links = [{"rel": "x"}] * 10_000 + [{"rel": "self", "type": AS2, "href": ACTOR}]

    assert read_webfinger({"subject": "acct:b@b", "links": links}).actor_uri is None


@pytest.mark.parametrize("template", [None, 7, "javascript:{uri}", "https://b.example/", "{uri}"])
def test_a_page_to_follow_from_is_an_address_with_a_place_for_whom(template):
    link = {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": template}

    assert read_webfinger({"links": [link]}).subscribe_address("@a@b.example") is None
