"""Flags, emojis and wrapped activities, as the servers write them."""

from __future__ import annotations

import orjson
import pytest

from federation.documents.activity import read_wrapped
from federation.documents.flag import MAX_COMMENT, MAX_OBJECTS, read_flag
from federation.documents.lenient import read_document
from federation.documents.reaction import ReactionDocument, read_reaction


def _read(**values):
    return read_document(orjson.dumps({"type": "Flag", **values}))


def test_a_flag_names_actors_and_posts_in_its_order():
    flag = _read(object=["https://a.example/u", {"id": "https://a.example/p"}], content="x")

    assert read_flag(flag).object_ids == ("https://a.example/u", "https://a.example/p")


def test_addresses_in_a_flags_text_come_after():
    text = "Note: https://a.example/p/1\n(https://a.example/p/2), <https://a.example/u>."

    assert read_flag(_read(object="https://a.example/u", content=text)).object_ids == (
        "https://a.example/u", "https://a.example/p/1", "https://a.example/p/2"
    )  # fmt: skip


@pytest.mark.parametrize("object", [None, [], 7, [None, 7, {}], {"type": "Note"}])
def test_a_flag_of_nothing_names_nothing(object):
    assert read_flag(_read(object=object)).object_ids == ()


def test_a_flag_is_cut_at_its_limits():
    many = [f"https://a.example/{number}" for number in range(MAX_OBJECTS + 10)]

    flag = read_flag(_read(object=many, content="x" * (MAX_COMMENT + 1)))

    assert (len(flag.object_ids), len(flag.comment)) == (MAX_OBJECTS, MAX_COMMENT)


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"content": "👍"}, "👍"),
        ({"content": " 👍\n"}, "👍"),
        ({"_misskey_reaction": "👍"}, "👍"),
        ({"content": ":cat@b.example:"}, ":cat:"),
        ({"content": ":cat:"}, ":cat:"),
        ({"content": "cat"}, None),
        ({"content": ["👍"]}, "👍"),
        ({"content": {"en": "👍"}}, None),
        ({"content": ":a b:"}, None),
        ({}, None),
    ],
)
def test_an_emoji_in_all_spellings(said, read):
    found = read_reaction(_read(**said))

    assert found == (ReactionDocument(read) if read else None)


@pytest.mark.parametrize("name", [":cat:", "cat"])
def test_a_custom_emojis_picture_is_found_with_and_without_colons(name):
    tag = {"type": "Emoji", "id": None, "name": name, "icon": {"url": "https://b.example/c.png"}}

    found = read_reaction(_read(content=":cat:", tag=tag))

    assert found == ReactionDocument(":cat:", "https://b.example/c.png")


def test_what_is_wrapped_is_read_as_far_as_it_can_be():
    like = {"type": "Like", "actor": "https://b.example/u", "object": "https://a.example/p"}
    wrapped = [like, "https://b.example/p", {"type": "Note", "actor": "https://b.example/u"},
               {"type": "Like"}, 7, {**like, "type": "Dislike"}]  # fmt: skip

    found = read_wrapped(_read(object=wrapped), limit=50)

    assert [activity.type for activity in found] == ["Like", "Dislike"]
    assert read_wrapped(_read(object=wrapped), limit=1)[0].object_id == "https://a.example/p"
    assert read_wrapped(_read(object=like), limit=50)[0].actor_id == "https://b.example/u"
