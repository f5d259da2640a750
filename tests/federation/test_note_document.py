"""Posts on the wire: round trip, lenient reading, quirks of other servers."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from core.errors import Gone, InvalidDocument
from federation.documents.attachment import AttachmentDocument
from federation.documents.lenient import read_document
from federation.documents.note import NoteDocument, read_note, write_note
from federation.documents.tag import MentionTag
from federation.documents.tombstone import write_tombstone
from federation.vocabulary import AS_PUBLIC

AUTHOR = "https://chu.example/users/a"
URI = f"{AUTHOR}/posts/115"
FOLLOWERS = f"{AUTHOR}/followers"
PAGES = {"doctoctoc": "https://chu.example/tags/doctoctoc"}
FULL = NoteDocument(
    id=URI,
    attributed_to=AUTHOR,
    content="<p>Question</p>",
    name="Titre",
    summary="Attention",
    sensitive=True,
    language="fr",
    published=datetime(2026, 11, 22, 10, tzinfo=UTC),
    updated=datetime(2026, 11, 22, 11, tzinfo=UTC),
    url="https://chu.example/@a/115",
    to=(AS_PUBLIC,),
    cc=(FOLLOWERS, "https://saint-louis.example/users/b"),
    in_reply_to="https://saint-louis.example/users/b/posts/7",
    context="https://chu.example/contexts/115",
    mentions=(MentionTag("https://saint-louis.example/users/b", "@b@saint-louis.example"),),
    hashtags=("doctoctoc",),
    attachments=(
        AttachmentDocument(
            "https://chu.example/1.webp",
            "image/webp",
            "une radio",
            "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            12,
            9,
        ),
    ),
    quote="https://saint-louis.example/users/b/posts/8",
    can_quote=(FOLLOWERS,),
    clinical=True,
    replies=f"{URI}/replies",
    likes=f"{URI}/likes",
    shares=f"{URI}/shares",
)
LEAST = NoteDocument(id=URI, attributed_to=AUTHOR, content="<p>x</p>", can_quote=())


def _read(json_object):
    return read_note(read_document(json.dumps(json_object).encode()))


@pytest.mark.parametrize("note", [FULL, LEAST])
def test_a_post_comes_back_as_it_was_written(note):
    assert _read(write_note(note, tag_page=PAGES)) == note


def test_a_post_is_written_in_one_shape():
    written = write_note(LEAST, tag_page={})

    for name in ("@context", "to", "cc", "tag", "attachment"):
        assert isinstance(written[name], list)
    assert written["summary"] is None and written["inReplyTo"] is None
    # Absent means nobody in Mastodon.
    assert written["interactionPolicy"]["canQuote"] == {"automaticApproval": []}
    assert "clinical" not in written
    assert write_note(FULL, tag_page=PAGES)["clinical"] is True


def _minimal(**more):
    return {"id": URI, "type": "Note", "attributedTo": AUTHOR, "content": "<p>x</p>", **more}


@pytest.mark.parametrize(
    ("json_object", "expected"),
    [
        (_minimal(to="as:Public", cc=None), {"to": ("as:Public",), "cc": ()}),
        (_minimal(attributedTo={"id": AUTHOR, "type": "Person"}), {"attributed_to": AUTHOR}),
        (_minimal(attributedTo=[AUTHOR]), {"attributed_to": AUTHOR}),
        (_minimal(id="https://CHU.example:443/users/a/posts/115"), {"id": URI}),
        (_minimal(summary=""), {"summary": None}),
        (_minimal(inReplyTo={"id": "https://b.example/1"}), {"in_reply_to": "https://b.example/1"}),
        (_minimal(inReplyTo="tag:x"), {"in_reply_to": None}),
        (_minimal(tag={"type": "Hashtag", "name": "#Cœur"}), {"hashtags": ("Cœur",)}),
        (_minimal(tag=["x", 7, {"type": "Mention"}, {"type": "Z"}]), {"mentions": ()}),
        (_minimal(contentMap={"fr": "<p>x</p>"}), {"language": "fr"}),
        (_minimal(content=None, contentMap={"fr": "<p>y</p>"}), {"content": "<p>y</p>"}),
        (_minimal(published="0001-01-01T00:00:00Z"), {"published": None}),
        (_minimal(sensitive="yes"), {"sensitive": False}),
        (_minimal(clinical=True), {"clinical": True}),
        (_minimal(case={"title": "x"}), {"clinical": True}),
        (_minimal(**{"consilium:clinical": True}), {"clinical": True}),
    ],
)
def test_a_post_is_read_leniently(json_object, expected):
    note = _read(json_object)

    assert {name: getattr(note, name) for name in expected} == expected


def test_b05_a_post_that_names_an_actor_of_another_host_is_refused():
    assert _read(_minimal(actor=AUTHOR)).attributed_to == AUTHOR
    with pytest.raises(InvalidDocument):
        _read(_minimal(actor="https://victim.example/users/v"))


def test_misskey_writes_an_empty_warning_as_a_zero_width_space():
    assert _read(_minimal(summary="\u200b")).summary is None


def test_lemmy_writes_its_language_as_an_object():
    assert _read(_minimal(language={"identifier": "fr", "name": "Français"})).language == "fr"


def test_peertube_names_the_person_and_the_channel():
    owners = [{"type": "Person", "id": AUTHOR}, {"type": "Group", "id": "https://chu.example/c"}]

    assert _read(_minimal(type="Video", attributedTo=owners)).attributed_to == AUTHOR


def test_b03_two_authors_by_id_are_refused():
    with pytest.raises(InvalidDocument):
        _read(_minimal(attributedTo=[AUTHOR, "https://v.test/users/victim"]))


def test_what_has_no_text_becomes_its_title_and_a_link():
    note = _read(_minimal(type="Page", content=None, name='A <b> & "c"', url="https://chu.example/p"))

    assert note.content == (
        '<p><a href="https://chu.example/p">A &lt;b&gt; &amp; &quot;c&quot;</a></p>'
    )


def test_c09_what_is_too_much_is_cut():
    note = _read(
        _minimal(
            content="x" * 60_000,
            tag=[{"type": "Mention", "href": f"https://b.example/{n}"} for n in range(900)],
            attachment=[{"type": "Image", "url": f"https://b.example/{n}"} for n in range(900)],
        )
    )

    assert (len(note.content), len(note.mentions), len(note.attachments)) == (50_000, 100, 16)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Person"},
        {"type": None},
        {"id": None},
        {"id": ""},
        {"id": "posts/1"},
        {"attributedTo": None},
        {"attributedTo": "x"},
    ],
)
def test_what_is_no_post_is_refused(change):
    with pytest.raises(InvalidDocument):
        _read(_minimal(**change))


def test_a_tombstone_where_a_post_was_says_that_it_is_gone():
    with pytest.raises(Gone):
        _read({"id": URI, "type": "Tombstone"})


def test_b45_secret_addressees_are_not_read():
    note = _read(_minimal(bto=["https://b.example/x"], bcc=["https://b.example/y"]))

    assert not any("b.example" in str(getattr(note, name)) for name in note.__slots__)


def test_a_tombstone():
    written = write_tombstone(URI, deleted=datetime(2026, 11, 22, tzinfo=UTC))

    assert (written["type"], written["id"], written["deleted"]) == (
        "Tombstone", URI, "2026-11-22T00:00:00Z"
    )  # fmt: skip


def test_b43_a_type_that_is_no_text_is_passed_over():
    odd = {"type": [{}], "id": AUTHOR}
    note = _read(_minimal(attributedTo=[{"type": ["Person"], "id": AUTHOR}, odd],
                          attachment=[{"type": {}, "url": URI}, {"type": ["Image"], "url": URI}],
                          mediaType=["text/plain"]))  # fmt: skip

    assert note.attributed_to == AUTHOR
    assert [part.url for part in note.attachments] == [URI]
