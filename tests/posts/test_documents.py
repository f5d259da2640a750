"""Posts as documents: the table of audiences both ways, and the Note of WIRE §6."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from actors.models import Actor
from core.clock import now
from core.settings import Settings
from federation.documents.lenient import read_document
from federation.documents.note import NoteDocument, read_note
from federation.vocabulary import AS_PUBLIC, VERIFIED_DOCTORS
from posts.documents import address, visibility_of, write_post
from posts.models import Post, Visibility

BASE = "https://chu-lyon.example"
NOW = now()
SETTINGS = Settings(_env_file=None, base_url=BASE, secret_key="a secret for tests only")


def _actor(username: str, base: str = BASE) -> Actor:
    uri = f"{base}/users/{username}"
    return Actor(
        uri=uri,
        username=username,
        username_key=username,
        domain=base.removeprefix("https://"),
        followers_uri=f"{uri}/followers",
    )


ALICE, BOB, CAROL = _actor("alice"), _actor("bob", "https://b.example"), _actor("carol")
FOLLOWERS = f"{BASE}/users/alice/followers"


@pytest.mark.parametrize(
    ("visibility", "to", "cc"),
    [
        (Visibility.PUBLIC, [AS_PUBLIC], [FOLLOWERS, BOB.uri]),
        (Visibility.UNLISTED, [FOLLOWERS], [AS_PUBLIC, BOB.uri]),
        (Visibility.DOCTORS, [VERIFIED_DOCTORS, BOB.uri], []),
        (Visibility.FOLLOWERS, [FOLLOWERS], [BOB.uri]),
        (Visibility.MENTIONED, [BOB.uri], []),
        (Visibility.LOCAL, [], []),
    ],
)
def test_each_audience_is_addressed_as_the_table_says(visibility, to, cc):
    written = address(visibility, ALICE, [BOB, BOB])

    assert (list(written.to), list(written.cc)) == (to, cc)


def test_a_reply_in_a_ring_names_the_followers_of_the_rings_first_author():
    written = address(Visibility.FOLLOWERS, CAROL, [ALICE], ring=ALICE)

    assert (list(written.to), list(written.cc)) == ([FOLLOWERS], [ALICE.uri])


@pytest.mark.parametrize("visibility", [v for v in Visibility if v is not Visibility.LOCAL])
def test_an_audience_is_read_back_as_it_was_written(visibility):
    written = address(visibility, ALICE, [BOB])
    note = NoteDocument("https://x.example/1", ALICE.uri, "", to=written.to, cc=written.cc)

    assert visibility_of(note, ALICE) is visibility


@pytest.mark.parametrize(
    ("to", "cc", "visibility"),
    [
        (("as:Public",), (), Visibility.PUBLIC),
        (("Public",), (), Visibility.PUBLIC),
        ((), (AS_PUBLIC,), Visibility.UNLISTED),
        (("https://b.example/users/x/followers",), (), Visibility.MENTIONED),
        ((), (), Visibility.MENTIONED),
        (("consilium:VerifiedDoctors",), (FOLLOWERS,), Visibility.DOCTORS),
    ],
)
def test_addressing_is_read_leniently_and_the_unknown_counts_as_the_narrowest(to, cc, visibility):
    note = NoteDocument("https://x.example/1", ALICE.uri, "", to=to, cc=cc)

    assert visibility_of(note, ALICE) is visibility


def test_a_reply_to_the_followers_of_the_root_is_read_beside_its_parent():
    parent = Post(
        uri=f"{BASE}/users/alice/posts/1",
        author_id=1,
        visibility=Visibility.FOLLOWERS,
        to_uris=[FOLLOWERS],
    )
    note = NoteDocument("https://b.example/2", BOB.uri, "", to=(FOLLOWERS,), cc=(ALICE.uri,))

    assert visibility_of(note, BOB, parent=parent) is Visibility.FOLLOWERS
    assert visibility_of(note, BOB) is Visibility.MENTIONED


def test_a_post_is_written_in_our_one_shape_and_read_back():
    post = Post(
        id=115,
        uri=f"{BASE}/users/alice/posts/115",
        url=f"{BASE}/@alice/115",
        author_id=1,
        visibility=Visibility.PUBLIC,
        content="<p>Question #<span>QT</span></p>",
        content_warning="cardiologie",
        sensitive=True,
        language="fr",
        clinical=True,
        context_uri=f"{BASE}/contexts/115",
        to_uris=[AS_PUBLIC],
        cc_uris=[FOLLOWERS, BOB.uri],
        created_at=datetime(2026, 11, 22, 10, tzinfo=UTC),
        edited_at=datetime(2026, 11, 22, 10, 5, tzinfo=UTC),
    )

    written = write_post(post, ALICE, mentioned=[BOB], tags=["QT"], settings=SETTINGS, moment=NOW)
    note = read_note(read_document(orjson.dumps(written)))

    assert written["published"] == "2026-11-22T10:00:00Z"
    assert written["updated"] == "2026-11-22T10:05:00Z"
    assert written["replies"] == f"{post.uri}/replies"
    assert written["clinical"] is True
    assert written["contentMap"] == {"fr": post.content}
    assert written["tag"] == [
        {"type": "Mention", "href": BOB.uri, "name": "@bob@b.example"},
        {"type": "Hashtag", "href": f"{BASE}/tags/QT", "name": "#QT"},
    ]
    assert written["interactionPolicy"]["canQuote"]["automaticApproval"] == [FOLLOWERS]
    assert (note.id, note.summary, note.sensitive, note.language, note.clinical) == (
        post.uri,
        "cardiologie",
        True,
        "fr",
        True,
    )
    assert (note.to, note.cc, note.hashtags) == ((AS_PUBLIC,), (FOLLOWERS, BOB.uri), ("QT",))


def test_a_plain_post_says_what_stock_servers_expect():
    post = Post(
        uri=f"{BASE}/users/alice/posts/1", author_id=1, visibility=Visibility.MENTIONED, content=""
    )

    written = write_post(post, ALICE, mentioned=[], tags=[], settings=SETTINGS, moment=NOW)

    assert written["summary"] is None
    assert written["inReplyTo"] is None
    assert (written["to"], written["cc"], written["tag"], written["attachment"]) == ([], [], [], [])
    assert "clinical" not in written
    assert "updated" not in written
