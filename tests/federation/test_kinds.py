"""Every kind of object as each server writes it: films, events, pages, files, messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from federation.documents.attachment import AttachmentDocument
from federation.documents.details import Details
from federation.documents.lenient import read_document
from federation.documents.note import read_note

AUTHOR = "https://b.example/users/b"
URI = f"{AUTHOR}/posts/1"


def _read(kind="Note", **more):
    json_object = {"id": URI, "type": kind, "attributedTo": AUTHOR, "content": "<p>x</p>", **more}
    return read_note(read_document(json.dumps(json_object).encode()))


def _link(media_type, href, **more):
    return {"type": "Link", "mediaType": media_type, "href": href, **more}


def test_a_film_of_peertube_has_a_page_a_file_a_length_and_a_text():
    note = _read(
        "Video",
        name="Ablation de FA",
        mediaType="text/markdown",
        content="Première **partie** <b>\n\nVoir https://b.example/suite #cardio",
        duration="PT3622S",
        attributedTo=[{"type": "Group", "id": f"{AUTHOR}c"}, {"type": "Person", "id": AUTHOR}],
        url=[
            _link("text/html", "https://b.example/w/1"),
            _link("video/mp4", "https://b.example/1080.mp4", height=1080),
            _link("video/mp4", "https://b.example/720.mp4", height=720, width=1280),
            {"type": "Link", "mimeType": "video/mp4", "href": "https://b.example/240.mp4"},
            _link("application/x-bittorrent", "https://b.example/1.torrent"),
            _link("application/x-bittorrent;x-scheme-handler/magnet", "magnet:?xs=1"),
        ],
        tag=[{"type": "Hashtag", "name": "cardio"}],
    )

    assert (note.attributed_to, note.name, note.url) == (
        AUTHOR, "Ablation de FA", "https://b.example/w/1"
    )  # fmt: skip
    assert note.details == Details(duration_s=3622)
    assert note.details.length == "1:00:22"
    assert note.attachments == (
        AttachmentDocument("https://b.example/720.mp4", "video/mp4", width=1280, height=720),
    )
    assert note.content.startswith("<p>Première **partie** &lt;b&gt;</p><p>Voir <a href=")
    assert note.content.endswith("#cardio</p>")
    assert note.hashtags == ("cardio",)


def test_the_files_of_a_playlist_of_peertube_are_found():
    playlist = _link(
        "application/x-mpegURL",
        "https://b.example/master.m3u8",
        tag=[_link("video/mp4", "https://b.example/fragmented.mp4", height=1080)],
    )

    note = _read("Video", url=[_link("text/html", "https://b.example/w/1"), playlist])

    assert [one.url for one in note.attachments] == ["https://b.example/fragmented.mp4"]


@pytest.mark.parametrize(
    ("kind", "url", "media_type"),
    [
        ("Image", "https://b.example/ecg.jpeg", "image/jpeg"),
        ("Audio", _link("audio/ogg", "https://b.example/souffle"), "audio/ogg"),
        ("Document", "https://b.example/protocole.pdf", "application/pdf"),
        ("Video", "https://b.example/v.mp4", "video/mp4"),
    ],
)
def test_a_post_that_is_a_file_shows_the_file(kind, url, media_type):
    note = _read(kind, content=None, name="Tracé", url=url)

    assert [one.media_type for one in note.attachments] == [media_type]
    assert (note.name, note.content) == ("Tracé", "")


def test_a_post_whose_page_is_no_file_has_no_file():
    note = _read("Image", content=None, name="Tracé", url="https://b.example/notes/1")

    assert note.attachments == ()
    assert (note.name, note.content) == (
        None, '<p><a href="https://b.example/notes/1">Tracé</a></p>'
    )  # fmt: skip


@pytest.mark.parametrize(
    ("location", "place", "address", "online"),
    [
        (
            {
                "type": "Place",
                "name": "Amphithéâtre",
                "address": {
                    "type": "PostalAddress",
                    "streetAddress": "10 rue Jangot",
                    "postalCode": "69007",
                    "addressLocality": "Lyon",
                    "addressCountry": "France",
                },
            },
            "Amphithéâtre",
            "10 rue Jangot, 69007 Lyon, France",
            None,
        ),
        ({"type": "Place", "name": "Lyon", "address": "Lyon"}, "Lyon", None, None),
        ("Salle 3,\n Lyon", "Salle 3, Lyon", None, None),
        ("https://visio.example/x", None, None, "https://visio.example/x"),
        (
            [{"type": "VirtualLocation", "url": "https://visio.example/x"}, "Lyon"],
            "Lyon",
            None,
            "https://visio.example/x",
        ),
        (None, None, None, None),
        (7, None, None, None),
    ],
)
def test_an_event_is_at_a_place_or_online(location, place, address, online):
    note = _read("Event", startTime="2026-11-22T18:00:00Z", location=location)

    found = note.details
    assert (found.place, found.address, found.online_url) == (place, address, online)


def test_an_event_of_mobilizon_keeps_its_times_and_who_may_come():
    note = _read(
        "Event",
        name="Staff",
        startTime="2026-11-22T19:00:00+01:00",
        endTime="2026-11-22T20:30:00+01:00",
        joinMode="restricted",
        location="Lyon",
        attachment=[_link("text/html", "https://chu.example/", name="Website")],
    )

    starts = datetime(2026, 11, 22, 18, tzinfo=UTC)
    assert (note.details.starts_at, note.details.join_mode) == (starts, "restricted")
    assert note.details.line == "2026-11-22 18:00 – 19:30 UTC · Lyon"
    assert note.content == '<p>x</p><p><a href="https://chu.example/">Website</a></p>'
    assert Details.of(note.details.as_json()) == note.details
    assert Details.of({"unknown": 1}) == Details()


@pytest.mark.parametrize("wrong", ["soon", 7, None, ["2026"], {"@value": "2026"}])
def test_an_event_without_times_is_shown_all_the_same(wrong):
    note = _read("Event", startTime=wrong, joinMode=wrong, name="Staff")

    assert (note.details, note.name, note.content) == (None, "Staff", "<p>x</p>")


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [("PT3622S", 3622), ("PT1H2M3.5S", 3723), ("P1DT1S", 86401), ("PT", None), ("1h", None)],
)
def test_a_length_is_read_in_seconds(duration, seconds):
    note = _read("Audio", duration=duration)

    assert (note.details.duration_s if note.details else None) == seconds


def test_a_link_of_lemmy_is_in_an_attachment_or_was_in_url():
    page = {"name": "Un article", "content": None}
    link = "https://revue.example/a?b=1&c=2"
    shown = '<p><a href="https://revue.example/a?b=1&amp;c=2">'

    now = _read("Page", **page, attachment=[{"type": "Link", "href": link}], image={"url": "x"})
    before = _read("Page", **page, url=link)

    for note in (now, before):
        assert note.name == "Un article"
        assert note.content.startswith(shown)


def test_a_link_that_stands_in_the_text_is_not_repeated():
    text = '<p><a href="https://revue.example/a">ici</a></p>'

    note = _read(content=text, attachment=[{"type": "Link", "href": "https://revue.example/a"}])

    assert note.content == text


def test_mbin_writes_a_text_to_summary_where_there_is_no_content():
    note = _read("Page", name="t", content=None, contentMap={"fr": None}, summary="Un <3 résumé")

    assert (note.summary, note.language) == (None, "fr")
    assert "résumé" in note.content


@pytest.mark.parametrize(
    ("kind", "sensitive", "warning"),
    [
        ("Note", False, "sang"),
        ("Question", False, "sang"),
        ("Article", False, None),
        ("Article", True, "sang"),
        ("Event", False, None),
    ],
)
def test_a_summary_warns_of_a_note_and_sums_up_an_article(kind, sensitive, warning):
    assert _read(kind, summary="sang", sensitive=sensitive).summary == warning


@pytest.mark.parametrize(
    ("more", "language", "content", "name"),
    [
        ({"content": None, "contentMap": {"fr": "<p>y</p>"}}, "fr", "<p>y</p>", None),
        ({"contentMap": {"en": "<p>z</p>", "fr": "<p>x</p>"}}, "fr", "<p>x</p>", None),
        ({"contentMap": {"en": "1", "fr": "2"}}, None, "<p>x</p>", None),
        ({"contentMap": [], "language": "und"}, None, "<p>x</p>", None),
        (
            {"contentMap": {"fr": "<p>x</p>"}, "nameMap": {"en": "T", "fr": "Titre"}},
            "fr",
            "<p>x</p>",
            "Titre",
        ),
    ],
)
def test_the_language_is_that_of_the_text(more, language, content, name):
    note = _read("Article", **more)

    assert (note.language, note.content, note.name) == (language, content, name)


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        # GoToSocial
        ({"type": "Image", "url": "https://b.example/1.png", "summary": "a"}, {"description": "a"}),
        # Lemmy before 0.19.4
        ({"type": "Image", "href": "https://b.example/1.png"}, {"media_type": "image/*"}),
        # Mitra, FEP-1311
        (_link("image/png", "https://b.example/1.png"), {"media_type": "image/png"}),
        (
            {"type": "Document", "url": "https://b.example/1.webp", "focalPoint": [0.5, -1]},
            {"focus_x": 0.5, "focus_y": -1.0, "media_type": "image/webp"},
        ),
        (
            {"type": "Image", "url": [_link("image/png", "https://b.example/1.png")]},
            {"url": "https://b.example/1.png"},
        ),
        ({"type": "Image", "url": "https://b.example/1", "focalPoint": "x"}, {"focus_x": None}),
        (
            {"type": "Image", "url": "https://b.example/1", "width": 1e30, "blurhash": 7},
            {"width": None, "blurhash": None},
        ),
    ],
)
def test_a_file_is_read_as_each_server_writes_it(attachment, expected):
    (read,) = _read(attachment=attachment).attachments

    assert {name: getattr(read, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("tag", "hashtags"),
    [
        ({"type": "Hashtag", "tag": "kbin"}, ("kbin",)),
        ({"type": "Hashtag", "href": "https://b.example/tags/%C5%93d%C3%A8me"}, ("œdème",)),
        ({"type": "Hashtag", "name": "#QT", "href": "https://b.example/tags/qt"}, ("QT",)),
        ({"type": "Hashtag", "name": "#", "href": "https://b.example/"}, ()),
        ([{"type": "Edition", "name": "Un livre"}, {"type": ["Link"], "href": "x"}], ()),
    ],
)
def test_hashtags_are_found_by_name_or_address(tag, hashtags):
    assert _read(tag=tag).hashtags == hashtags


def test_an_emoji_of_akkoma_has_no_id():
    emoji = {"type": "Emoji", "id": None, "name": ":stetho:", "icon": {"url": "https://b.example/s"}}

    assert [one.name for one in _read(tag=emoji).emojis] == ["stetho"]


@pytest.mark.parametrize(
    ("replies", "expected"),
    [
        (f"{URI}/replies", f"{URI}/replies"),
        ({"type": "Collection", "id": f"{URI}/replies", "first": {"items": []}}, f"{URI}/replies"),
        ("https://other.example/replies", None),
        ({"type": "Collection"}, None),
        ("tag:x", None),
    ],
)
def test_replies_are_where_the_post_is(replies, expected):
    assert _read(replies=replies).replies == expected


@pytest.mark.parametrize("context", ["data:text/plain,x", "tag:b.example,2026:x"])
def test_a_context_may_be_any_uri(context):
    assert _read(context=context).context == context


def test_a_message_of_lemmy_or_pleroma_is_read():
    note = _read("ChatMessage", to=["https://chu.example/users/a"], mediaType="text/html")

    assert (note.type, note.content, note.to) == (
        "ChatMessage", "<p>x</p>", ("https://chu.example/users/a",)
    )  # fmt: skip
