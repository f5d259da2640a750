"""Polls and votes on the wire: round trips, and how each server writes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.clock import now, wire_time
from federation.documents.lenient import embed, read_document
from federation.documents.note import NoteDocument, read_note, write_note
from federation.documents.question import (
    MAX_COUNT,
    MAX_OPTIONS,
    OptionDocument,
    PollDocument,
    VoteDocument,
    read_poll,
    read_vote,
    write_vote,
)

AUTHOR = "https://chu.example/users/a"
URI = f"{AUTHOR}/posts/115"
ENDS = datetime(2026, 11, 22, 10, tzinfo=UTC)
OPEN = PollDocument((OptionDocument("Oui", 3), OptionDocument("Non", 0)), False, ENDS, None, 3)
CLOSED = PollDocument((OptionDocument("A", 1), OptionDocument("B", 2)), True, ENDS, ENDS, 2)
HIDDEN = PollDocument((OptionDocument("A"), OptionDocument("B")), False, ENDS)


def _ask(**more):
    options = [{"type": "Note", "name": "yes"}, {"type": "Note", "name": "no"}]
    return {"oneOf": options, **more}


@pytest.mark.parametrize("poll", [OPEN, CLOSED, HIDDEN])
def test_a_poll_comes_back_as_it_was_written(poll):
    note = NoteDocument(URI, AUTHOR, "<p>?</p>", type="Question", can_quote=(), poll=poll)

    written = write_note(note, tag_page={})

    assert read_note(read_document(json.dumps(written).encode())) == note
    assert ("anyOf" in written, "oneOf" in written) == (poll.is_multiple, not poll.is_multiple)


def test_numbers_that_an_author_does_not_show_are_hidden():
    assert HIDDEN.hides_totals
    assert not OPEN.hides_totals


def test_pleroma_says_with_closed_when_an_open_poll_will_end():
    later = now() + timedelta(days=1)

    poll = read_poll(_ask(closed=wire_time(later)))

    assert poll.closed_at is None
    assert wire_time(poll.ends_at) == wire_time(later)


def test_a_poll_is_closed_at_a_time_or_at_once():
    assert read_poll(_ask(closed="2026-01-01T00:00:00Z")).closed_at.year == 2026
    assert read_poll(_ask(closed=True, endTime="2026-01-02T00:00:00Z")).closed_at.day == 2
    assert read_poll(_ask(closed=True)).closed_at is not None
    assert read_poll(_ask(closed=False)).closed_at is None


def test_misskey_counts_in_a_word_of_its_own():
    options = [{"type": "Note", "name": "a", "_misskey_votes": 4}, {"type": "Note", "name": "b"}]

    assert read_poll({"anyOf": options}).options == (OptionDocument("a", 4), OptionDocument("b"))


@pytest.mark.parametrize("number", [2**63 - 1, float(2**63)])
def test_B41_counts_beyond_measure_are_clamped(number):
    options = [{"name": "a", "replies": {"totalItems": number}}]

    poll = read_poll({"oneOf": options, "votersCount": number})

    assert (poll.voters_count, poll.options[0].votes) == (MAX_COUNT, MAX_COUNT)


@pytest.mark.parametrize(
    "json_object",
    [{}, {"oneOf": []}, {"oneOf": "yes"}, {"oneOf": [7, {"name": ""}, {}]}, {"anyOf": None}],
)
def test_what_has_no_options_asks_nothing(json_object):
    assert read_poll(json_object) is None


def test_a_single_option_and_too_many_are_read():
    many = [{"name": f"option {n}"} for n in range(900)]

    assert read_poll({"oneOf": {"name": "only"}}).options == (OptionDocument("only"),)
    assert len(read_poll({"oneOf": many}).options) == MAX_OPTIONS


def test_a_vote_comes_back_as_it_was_written():
    vote = VoteDocument(f"{AUTHOR}#votes/1", AUTHOR, "Oui", "https://b.example/1")

    written = write_vote(vote, to="https://b.example/users/b")

    assert read_vote(embed(written)) == vote
    assert (written["to"], written["cc"]) == (["https://b.example/users/b"], [])
    assert "content" not in written


@pytest.mark.parametrize(
    ("change", "is_vote"),
    [
        ({"content": ""}, True),  # Streams
        ({"content": None}, True),
        ({"content": "<p>x</p>"}, False),
        ({"contentMap": {"fr": "x"}}, False),
        ({"name": None}, False),
        ({"name": "  "}, False),
        ({"inReplyTo": None}, False),
        ({"inReplyTo": "tag:x"}, False),
        ({"type": "Article"}, False),
        ({"id": None}, False),
    ],
)
def test_a_vote_has_a_name_no_words_and_answers_something(change, is_vote):
    vote = write_vote(VoteDocument(URI, AUTHOR, "Oui", "https://b.example/1"), to=AUTHOR)

    assert (read_vote(embed(vote | change)) is not None) is is_vote
