"""Reading what others write; catalogue cases C01, C05–C07, C10, B43, B51, B52, B54."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import now
from core.errors import InvalidDocument
from federation.documents.lenient import (
    MAX_BODY_BYTES,
    bool_of,
    embed,
    find_id,
    id_of,
    ids_of,
    is_public,
    number_of,
    one_or_many,
    read_document,
    read_json,
    text_of,
    time_of,
    url_of,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body):
    try:
        assert isinstance(read_json(body), dict)
    except InvalidDocument:
        pass


@given(values)
def test_the_readers_of_values_never_fail(value):
    one_or_many(value), find_id(value), ids_of(value), url_of(value), bool_of(value)
    text_of(value, limit=5), number_of(value, low=0, high=9), time_of(value)


@pytest.mark.parametrize("body", [b"", b"not json", b'"text"', b"[]", b"1", b"null", b"{", b"{}x"])
def test_c01_what_is_no_json_object_is_refused(body):
    with pytest.raises(InvalidDocument):
        read_json(body)


def test_c03_a_body_over_one_mebibyte_is_refused():
    assert read_json(b'{"a": "' + b"x" * (MAX_BODY_BYTES - 9) + b'"}')
    with pytest.raises(InvalidDocument):
        read_json(b'{"a": "' + b"x" * (MAX_BODY_BYTES - 8) + b'"}')


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_c05_deep_nesting_is_refused_at_once(opening):
    started = time.perf_counter()

    with pytest.raises(InvalidDocument):
        read_json(b'{"x":' + opening * 100_000)

    assert time.perf_counter() - started < 0.5


def test_as_deep_as_may_be_is_read_and_one_more_is_not():
    def nested(depth: int) -> bytes:
        return b'{"x":' * depth + b"1" + b"}" * depth

    # Enough brackets beside it that they are counted one by one.
    assert read_json(nested(64)[:-1] + b',"y":[' + b"[]," * 10 + b"{}]}")
    with pytest.raises(InvalidDocument):
        read_json(nested(65))


def test_c05_wide_documents_hold_nobody_up():
    many = b"[" + b",".join([b"{}"] * 300_000) + b"]"
    body = b'{"a":' * 60 + many + b"}" * 60
    started = time.process_time()

    assert read_json(body)

    assert time.process_time() - started < 1.0


def test_brackets_in_texts_are_no_nesting():
    text = '["{\\"' * 500

    assert read_json(json.dumps({"content": text}).encode()) == {"content": text}


@pytest.mark.parametrize(
    "number",
    ["9" * 1_000_000, "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "9223372036854775808"],
)
def test_c06_numbers_without_end_are_refused(number):
    with pytest.raises(InvalidDocument):
        read_json(b'{"a": ' + number.encode() + b"}")


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\u0000"}',
        b'{"a": {"\\u0000": 1}}',
        b'{"a": "\x00"}',
        b'\xef\xbb\xbf\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
    ],
)
def test_c07_characters_that_hurt_are_refused(body):
    with pytest.raises(InvalidDocument):
        read_json(body)


def test_c07_a_byte_order_mark_is_passed_over_and_kept_in_the_source():
    document = read_document(b'\xef\xbb\xbf{"a": 1}')

    assert document.json == {"a": 1}
    assert document.source.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "body", [b'{"actor": "v", "actor": "e"}', b'{"object": {"id": 1, "id": 2}}']
)
def test_b52_a_property_named_twice_is_refused(body):
    with pytest.raises(InvalidDocument):
        read_json(body)


@pytest.mark.parametrize(
    "document",
    [
        {"@graph": []},
        {"object": {"@reverse": {}}},
        {"object": [{"@included": []}]},
        {"@nest": {}},
        {"@context": [{"actor": "https://evil.test/x"}]},
        {"@context": {"to": {"@id": "as:cc", "@type": "@id"}}},
        {"@context": {"to": ["as:to"], "cc": {"@id": [{}]}}},
        {"@context": ["https://www.w3.org/ns/activitystreams", {"@base": "https://v.test/"}]},
        {"@context": {"@vocab": "https://evil.test/"}},
        {"object": {"@context": {"attributedTo": "as:cc"}}},
    ],
)
def test_b51_a_context_that_turns_words_round_is_refused(document):
    with pytest.raises(InvalidDocument):
        read_json(json.dumps(document).encode())


@pytest.mark.parametrize(
    "context",
    [
        "https://www.w3.org/ns/activitystreams",
        ["https://evil.test/context"],
        [{"actor": {"@id": "as:actor", "@type": "@id"}, "id": "@id", "type": "@type"}],
        [{"@vocab": "_:"}, {"owner": {"@id": "sec:owner", "@type": "@id"}}],
        None,
        7,
    ],
)
def test_honest_contexts_are_read_and_none_is_fetched(context):
    assert read_json(json.dumps({"@context": context}).encode())


def test_b54_unknown_keys_are_no_harm():
    many = {f"key{number}": number for number in range(10_000)}

    assert read_json(json.dumps({"__proto__": 1, "constructor": 2, **many}).encode())


def test_a_document_keeps_its_source():
    body = b'{ "id" :"https://b.example/1",  "type":["Note","X"] }'

    document = read_document(body)

    assert document.source == body
    assert (document.id, document.type, document.types) == (
        "https://b.example/1", "Note", ("Note", "X")
    )  # fmt: skip


@pytest.mark.parametrize("json", [{}, {"id": 7, "type": {"a": 1}}, {"id": "", "type": None}])
def test_b43_ids_and_types_of_other_kinds_count_as_absent(json):
    document = embed(json)

    assert (document.id, document.type, document.types) == (None, "", ())


def test_an_embedded_object_is_a_document_of_its_own():
    document = embed({"object": [{"id": "https://b.example/2"}, "x"], "target": "y"})

    assert document.embedded("object").id == "https://b.example/2"
    assert json.loads(document.embedded("object").source) == {"id": "https://b.example/2"}
    assert document.embedded("target") is None
    assert document.embedded("absent") is None


def test_ids_come_as_one_or_many_ids_or_objects():
    assert ids_of("a") == ("a",)
    assert ids_of(["a", {"id": "b"}, {"href": "c"}, "a", 7, None, ""]) == ("a", "b", "c")
    assert ids_of(None) == ()
    assert id_of({"id": "a"}) == "a"
    for nothing in (None, {}, 7, [], "", {"id": 7}):
        with pytest.raises(InvalidDocument):
            id_of(nothing)


def test_c09_many_are_cut():
    assert len(one_or_many(list(range(5000)))) == 1000


def test_a_page_comes_before_other_links():
    links = [
        {"type": "Link", "mediaType": "video/mp4", "href": "https://b.example/film"},
        {"type": "Link", "mediaType": "text/html", "href": "https://b.example/page"},
    ]

    assert url_of(links) == "https://b.example/page"
    assert url_of("https://b.example/x") == "https://b.example/x"
    for hostile in ("javascript:alert(1)", "data:text/html,x", {"href": "file:///x"}, 7):
        assert url_of(hostile) is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-22T10:00:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:00.123+02:00", datetime(2026, 11, 22, 8, 0, 0, 123000, tzinfo=UTC)),
        ("2026-11-22T10:00:00", datetime(2026, 11, 22, 10, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_utc(value, moment):
    assert time_of(value) == moment


@pytest.mark.parametrize(
    "value",
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "-1", "yesterday", "", 7, None,
     "2026-12-31T23:59:60Z", "1" * 50],
)  # fmt: skip
def test_c10_a_time_that_cannot_be_is_none(value):
    assert time_of(value) is None
    assert time_of((now() + timedelta(days=4000)).isoformat()) is None


def test_numbers_are_clamped_and_truths_are_truths():
    assert [number_of(n, low=0, high=9) for n in (-1, 5, 2**70, 3.7)] == [0, 5, 9, 3]
    assert [number_of(n, low=0, high=9) for n in (True, "5", None, [1])] == [None] * 4
    assert [bool_of(v) for v in (True, "true", 1, None)] == [True, False, False, False]


def test_b44_everybody_has_three_spellings():
    full = "https://www.w3.org/ns/activitystreams#Public"
    assert all(is_public(name) for name in (full, "as:Public", "Public"))
    assert not any(is_public(name) for name in ("public", "https://b.example/#Public", ""))
