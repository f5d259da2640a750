"""Consent to quotes on the wire (FEP-044f): stamps, requests, and what posts say of them."""

from __future__ import annotations

import pytest

from core.errors import InvalidDocument
from federation.documents.activity import read_activity
from federation.documents.lenient import embed
from federation.documents.note import NoteDocument, read_note, write_note
from federation.documents.quote import read_stamp, with_fallback
from federation.documents.quote_authorization import (
    RequestDocument,
    StampDocument,
    read_authorization,
    read_quote_request,
    read_result,
    write_authorization,
    write_quote_request,
)
from outbox.accept import build_accept_quote
from outbox.quote_request import build_quote_request
from outbox.reject import build_reject_quote

ALICE, BOB = "https://a.example/users/alice", "https://b.example/users/bob"
QUOTED, QUOTING = f"{ALICE}/posts/1", f"{BOB}/posts/2"
STAMP = StampDocument(f"{ALICE}/authorizations/7", ALICE, QUOTING, QUOTED)
REQUEST = RequestDocument(f"{BOB}/activities/3", BOB, QUOTED, QUOTING)


def test_a_stamp_is_read_as_it_is_written():
    assert read_authorization(embed(write_authorization(STAMP))) == STAMP


def test_a_stamp_with_what_it_is_about_embedded_is_read():
    json = write_authorization(STAMP) | {"interactionTarget": {"id": QUOTED, "type": "Note"}}

    assert read_authorization(embed(json)) == STAMP


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "LikeAuthorization"},
        {"attributedTo": None},
        {"interactingObject": 7},
        {"interactionTarget": "nonsense"},
        {"id": None},
    ],
)
def test_what_is_no_stamp_is_refused(changes):
    with pytest.raises(InvalidDocument):
        read_authorization(embed(write_authorization(STAMP) | changes))


@pytest.mark.parametrize("quoting", [QUOTING, {"id": QUOTING, "type": "Note", "content": "x"}])
def test_a_request_is_read_as_it_is_written(quoting):
    written = build_quote_request(
        actor_uri=BOB, quoted_uri=QUOTED, author_uri=ALICE, quoting=quoting
    )

    request = read_quote_request(read_activity(embed(written)))

    assert request == RequestDocument(written["id"], BOB, QUOTED, QUOTING)
    assert written["to"] == [ALICE]
    # Asked twice, it is the same request.
    assert written["id"] == build_quote_request(
        actor_uri=BOB, quoted_uri=QUOTED, author_uri=ALICE, quoting=QUOTING
    )["id"]


@pytest.mark.parametrize("changes", [{"object": None}, {"instrument": None}, {"instrument": [7]}])
def test_a_request_without_its_two_posts_is_refused(changes):
    written = build_quote_request(
        actor_uri=BOB, quoted_uri=QUOTED, author_uri=ALICE, quoting=QUOTING
    )

    with pytest.raises(InvalidDocument):
        read_quote_request(read_activity(embed(written | changes)))


def test_answers_name_what_was_asked():
    accept = build_accept_quote(REQUEST, author_uri=ALICE, stamp_uri=STAMP.id)
    reject = build_reject_quote(REQUEST, author_uri=ALICE)

    for answer in (accept, reject):
        read = read_activity(embed(answer))
        assert (read.actor_id, read.object_id, read.to) == (ALICE, REQUEST.id, (BOB,))
        assert read_quote_request(read_activity(read.object)) == REQUEST
    assert read_result(read_activity(embed(accept))) == STAMP.id
    assert read_result(read_activity(embed(reject))) is None
    assert answer["object"] == write_quote_request(REQUEST)


@pytest.mark.parametrize("result", [7, "nonsense", [], {"type": "QuoteAuthorization"}])
def test_a_result_that_is_no_id_is_none(result):
    accept = build_accept_quote(REQUEST, author_uri=ALICE, stamp_uri=STAMP.id)

    assert read_result(read_activity(embed(accept | {"result": result}))) is None


def test_a_post_says_what_it_quotes_and_by_which_stamp():
    note = NoteDocument(
        QUOTING, BOB, "<p>x</p>", quote=QUOTED, quote_stamp=STAMP.id, can_quote=(BOB,)
    )

    written = write_note(note, tag_page={})

    assert {written[name] for name in ("quote", "quoteUri", "_misskey_quote")} == {QUOTED}
    read = read_note(embed(written))
    assert (read.quote, read.quote_stamp) == (QUOTED, STAMP.id)


@pytest.mark.parametrize("value", [None, 7, "", "nonsense", ["x"], {"type": "X"}])
def test_a_stamp_that_is_no_address_is_none(value):
    assert read_stamp({"quoteAuthorization": value}) is None


def test_the_line_for_who_knows_no_quotes_shows_the_address_as_it_is():
    line = with_fallback("<p>x</p>", 'https://a.example/?a=1&b="2"')

    assert line == (
        '<p class="quote-inline">RE: <a href="https://a.example/?a=1&amp;b=&quot;2&quot;">'
        "https://a.example/?a=1&amp;b=&quot;2&quot;</a></p><p>x</p>"
    )
