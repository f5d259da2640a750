"""Activities and collections on the wire; B04, B07, B08, B43."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from core.errors import InvalidDocument
from federation.documents.activity import read_activity, write_activity
from federation.documents.collection import (
    read_collection,
    read_part,
    write_collection,
    write_page,
)
from federation.documents.lenient import embed, read_document
from federation.vocabulary import AS_PUBLIC

ALICE = "https://a.example/users/alice"


def _read(json_object):
    return read_activity(read_document(json.dumps(json_object).encode()))


def test_an_activity_comes_back_as_it_was_written():
    published = datetime(2026, 11, 22, tzinfo=UTC)
    written = write_activity(
        id=f"{ALICE}/activities/1",
        type="Announce",
        actor=ALICE,
        object="https://b.example/posts/1",
        to=[AS_PUBLIC],
        cc=[f"{ALICE}/followers"],
        published=published,
    )

    activity = _read(written)

    assert (activity.id, activity.type, activity.actor_id) == (written["id"], "Announce", ALICE)
    assert (activity.object_id, activity.object) == ("https://b.example/posts/1", None)
    assert (activity.to, activity.cc) == ((AS_PUBLIC,), (f"{ALICE}/followers",))
    assert activity.published == published
    assert isinstance(written["@context"], list)


def test_an_embedded_object_has_its_bytes_and_its_id():
    activity = _read({"type": "Create", "actor": ALICE, "object": {"id": "https://a.example/1"}})

    assert activity.object.id == activity.object_id == "https://a.example/1"
    assert activity.id is None


def test_b07_of_an_embedded_actor_only_the_id_counts():
    actor = {"id": ALICE, "type": "Person", "publicKey": {"id": "x", "publicKeyPem": "evil"}}

    assert _read({"type": "Like", "actor": actor, "object": "x"}).actor_id == ALICE


@pytest.mark.parametrize(
    "json_object",
    [
        {"actor": ALICE},
        {"type": "Like"},
        {"type": "Like", "actor": []},
        {"type": "Like", "actor": [ALICE, "https://v.test/users/victim"]},
        {"type": "Like", "actor": 7},
        {"type": "Like", "actor": "acct:alice@a.example"},
        {"type": {"x": 1}, "actor": ALICE},
        {"type": "Create", "actor": ALICE, "id": ""},
        {"type": "Create", "actor": ALICE, "id": ["https://a.example/1"]},
        {"type": "Create", "actor": ALICE, "id": "activities/1"},
        {"type": "Create", "actor": ALICE, "id": 7},
    ],
)
def test_b04_b08_b43_what_is_no_activity_is_refused(json_object):
    with pytest.raises(InvalidDocument):
        _read(json_object)


def test_unknown_types_and_objects_are_read_to_be_ignored_later():
    activity = _read({"type": ["EmojiReact", "Like"], "actor": ALICE, "object": "as:Public"})

    assert (activity.type, activity.object_id) == ("EmojiReact", "as:Public")


def test_ids_are_in_normal_form():
    activity = _read({"type": "Like", "id": "https://A.example:443/1", "actor": ALICE.upper()[:8]
                      + ALICE[8:], "object": "https://B.example/%31"})  # fmt: skip

    assert (activity.id, activity.actor_id, activity.object_id) == (
        "https://a.example/1", ALICE, "https://b.example/1"
    )  # fmt: skip


def test_a_collection_and_its_page_come_back():
    uri = f"{ALICE}/followers"
    head = read_collection(embed(write_collection(uri, total=3, first=f"{uri}?page=true")))
    page = read_collection(
        embed(write_page(f"{uri}?page=true", part_of=uri, items=["x", "y"], next_page="z"))
    )

    assert (head.id, head.total, head.first, head.items) == (uri, 3, f"{uri}?page=true", ())
    assert (page.items, page.next) == (("x", "y"), "z")
    assert "totalItems" not in write_collection(uri)


def test_a_thread_comes_back_with_its_owner():
    uri = "https://a.example/contexts/115"
    written = write_collection(uri, first=f"{uri}?page=true", attributed_to=ALICE)

    assert written["attributedTo"] == ALICE
    read = read_collection(embed(written))
    assert (read.attributed_to, read.is_page) == (ALICE, False)
    assert read_part(embed(written)).next == f"{uri}?page=true"


def test_lemmy_writes_items_in_an_ordered_collection():
    lemmy = {"type": "OrderedCollection", "id": f"{ALICE}/featured", "items": ["x", {"id": "y"}]}

    assert read_part(embed(lemmy)).items == ("x", "y")


def test_a_collection_is_read_with_the_page_that_is_in_it():
    uri = f"{ALICE}/replies"
    page = {"type": "CollectionPage", "items": ["x"], "next": f"{uri}?page=2"}
    whole = {"type": "Collection", "id": uri, "first": page}

    part = read_part(embed(whole))

    assert (part.items, part.next) == (("x",), f"{uri}?page=2")
    assert read_part(embed({**whole, "first": {**page, "next": None}})).next is None


@pytest.mark.parametrize(
    "following",
    ["https://v.example/more", "https://a.example:444/x", "http://a.example/x", "x", f"{ALICE}/c"],
)
def test_d27_a_page_does_not_lead_elsewhere_or_back(following):
    page = {"type": "CollectionPage", "id": f"{ALICE}/c", "next": following, "first": "y"}

    assert read_part(embed(page)).next is None


def test_a_create_stands_for_its_post_and_other_activities_for_nothing():
    items = [
        {"type": "Create", "id": "1", "actor": ALICE, "object": {"id": "a"}},
        {"type": "Create", "id": "2", "actor": ALICE, "object": "b"},
        {"type": "Announce", "id": "3", "actor": ALICE, "object": "c"},
        {"type": "Note", "id": "d"},
        "e",
        {"type": "Note"},
    ]

    part = read_part(embed({"type": "OrderedCollection", "orderedItems": items}))

    assert part.posts == ("a", "b", "d", "e")


def test_d27_d28_a_hostile_collection_is_read_as_ids_and_clamped():
    items = [{"id": "https://v.test/1", "content": "forged"}, *map(str, range(5000))]
    read = read_collection(embed({"type": "Collection", "items": items, "totalItems": -1}))
    huge = read_collection(embed({"type": "Collection", "totalItems": 2**63 - 1, "first": {}}))

    assert read.items[:2] == ("https://v.test/1", "0")
    assert (len(read.items), read.total) == (1000, 0)
    assert huge.total == 2**53
    with pytest.raises(InvalidDocument):
        read_collection(embed({"type": "Note"}))
