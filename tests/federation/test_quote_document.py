"""Quotes on the wire: four spellings, and the shapes that their values come in."""

from __future__ import annotations

import pytest

from federation.documents.quote import read_can_quote, read_quote
from federation.vocabulary import AS_PUBLIC

URI = "https://b.example/users/b/posts/1"
QUOTED = "https://c.example/posts/2"
LINK = {"type": "Link", "href": QUOTED, "name": "RE: it"}
MISSKEY = "https://misskey-hub.net/ns#_misskey_quote"


@pytest.mark.parametrize(
    "json",
    [
        {"quote": QUOTED},
        {"quoteUrl": QUOTED},
        {"quoteUri": QUOTED},
        {"_misskey_quote": QUOTED},
        {"tag": [LINK | {"rel": MISSKEY}]},
        {"tag": LINK | {"rel": ["alternate", "https://w3id.org/fep/044f#quote"]}},
        {"quote": {"id": QUOTED, "type": "Note"}},
        {"quote": [QUOTED, "https://c.example/3"]},
        {"quote": {"type": "Tombstone", "id": QUOTED}},
        {"quote": None, "quoteUrl": "", "quoteUri": QUOTED},
        {"quote": "https://C.example:443/posts/2"},
    ],
)
def test_a_quote_is_read_in_each_spelling_and_shape(json):
    assert read_quote(json, URI) == QUOTED


@pytest.mark.parametrize(
    "json",
    [
        {},
        {"quote": "<p>She was the first.</p>"},
        {"quote": {"type": "Tombstone"}},
        {"quoteUrl": "javascript:alert(1)"},
        {"tag": [LINK, LINK | {"rel": "alternate"}, "x", {"type": "Link", "rel": MISSKEY}]},
    ],
)
def test_what_names_nothing_quotes_nothing(json):
    assert read_quote(json, URI) is None


def test_bookwyrm_writes_the_words_of_a_book_to_quote():
    book = "https://books.example/user/b/quotation/7"

    assert read_quote({"quote": "https://isbn.example/words"}, book) is None
    assert read_quote({"quoteUrl": QUOTED}, book) == QUOTED


def test_D31_a_post_that_quotes_itself_quotes_nothing():
    assert read_quote({"quote": URI}, URI) is None


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (None, None),
        ({}, None),
        ({"canReply": {}}, None),
        ({"canQuote": {}}, ()),
        ({"canQuote": {"automaticApproval": AS_PUBLIC}}, (AS_PUBLIC,)),
        ({"canQuote": {"automaticApproval": ["https://b.example/f"]}}, ("https://b.example/f",)),
        ({"canQuote": {"always": [AS_PUBLIC], "approvalRequired": []}}, (AS_PUBLIC,)),
        ({"canQuote": {"manualApproval": [AS_PUBLIC]}}, ()),
        ("nobody", None),
    ],
)
def test_who_may_quote_is_read_as_far_as_it_is_said(policy, expected):
    assert read_can_quote({"interactionPolicy": policy}) == expected
