"""Typed text: links, mentions and hashtags, their HTML, and what texts look like."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.html import sanitise, to_plain
from core.text import find_handles, find_hashtags, fold, fold_lookalikes, to_html

REL = "nofollow noopener noreferrer"
PAGES = {
    "b.durand@saint-louis.example": ("https://saint-louis.example/@b.durand", "b.durand"),
    "alice": ("https://chu-lyon.example/@alice", "alice"),
}


def written(text: str) -> str:
    return to_html(text, mention_page=PAGES, tag_page=lambda tag: f"https://h.example/tags/{tag}")


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@alice", ("alice",)),
        ("(@b.durand@saint-louis.example).", ("b.durand@saint-louis.example",)),
        ("à @Alice et @alice, @alice.", ("Alice",)),
        ("@eve@chu-lyon.localhost:8001: bonjour", ("eve@chu-lyon.localhost:8001",)),
        ("@eve@127.0.0.1:8001", ("eve@127.0.0.1:8001",)),
        ("@eve@chu.example.", ("eve@chu.example",)),
        ("@eve@hôpital.example", ("eve@hôpital.example",)),
        ("mail a.martin@chu.example", ()),
        ("https://b.example/@alice", ()),
        ("@", ()),
        ("@a@b@c", ()),
        ("x@@alice", ()),
        ("@zoé", ("zo",)),
        ("@a_b-c.d", ("a_b-c.d",)),
        ("@alice- @alice.", ("alice",)),
    ],
)
def test_handles_are_found_as_written(text, handles):
    assert find_handles(text) == handles


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#doctoctoc", ("doctoctoc",)),
        ("#QT_long, #QT_Long #œdème·aigu!", ("QT_long", "œdème·aigu")),
        ("#1 #2026 #covid19 #19covid", ("covid19", "19covid")),
        ("a#b &#39; https://b.example/#top /#x", ()),
        ("##x", ()),
        ("#" + "a" * 101, ()),
    ],
)
def test_hashtags_are_found_as_first_written(text, tags):
    assert find_hashtags(text) == tags


def test_a_mention_and_a_hashtag_have_the_shape_of_the_wire():
    assert written("Question à @b.durand@saint-louis.example #doctoctoc") == (
        '<p>Question à <span class="h-card"><a href="https://saint-louis.example/@b.durand" '
        'class="u-url mention">@<span>b.durand</span></a></span> '
        '<a href="https://h.example/tags/doctoctoc" class="mention hashtag" rel="tag">'
        "#<span>doctoctoc</span></a></p>"
    )


def test_who_is_not_known_stays_text():
    assert written("@nobody @ALICE") == (
        '<p>@nobody <span class="h-card"><a href="https://chu-lyon.example/@alice" '
        'class="u-url mention">@<span>alice</span></a></span></p>'
    )


def test_a_link_is_shown_short():
    assert written("https://b.example/x") == (
        f'<p><a href="https://b.example/x" rel="{REL}">'
        '<span class="invisible">https://</span><span>b.example/x</span></a></p>'
    )
    long = "https://www.b.example/une/adresse/qui/est/plus/longue?a=1&b=2"
    assert written(f"({long}).") == (
        f'<p>(<a href="{long.replace("&", "&amp;")}" rel="{REL}">'
        '<span class="invisible">https://www.</span>'
        '<span class="ellipsis">b.example/une/adresse/qui/est/</span>'
        '<span class="invisible">plus/longue?a=1&amp;b=2</span></a>).</p>'
    )


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://fr.example/QT_(coeur)", "https://fr.example/QT_(coeur)"),
        ("(https://fr.example/QT_(coeur))", "https://fr.example/QT_(coeur)"),
        ("https://b.example, et", "https://b.example"),
        ("https://b.example/x?!", "https://b.example/x"),
        ("https://b.example/a#b", "https://b.example/a#b"),
    ],
)
def test_the_punctuation_of_the_sentence_is_no_part_of_a_link(text, link):
    assert f'href="{link}"' in written(text)


@pytest.mark.parametrize(
    "text", ["https://", "http://@x", "https://user@evil.example/", "javascript:x", "xhttps://a.b"]
)
def test_what_is_no_address_stays_text(text):
    assert "href" not in written(text)
    assert to_plain(written(text)) == text


def test_paragraphs_and_lines():
    assert written("un\r\ndeux\n\n \n trois  \n") == "<p>un<br>deux</p><p> trois</p>"
    assert written(" \n ") == ""


def test_typed_html_is_shown_and_not_used():
    assert written('<b onclick="x">&amp;') == ("<p>&lt;b onclick=&quot;x&quot;&gt;&amp;amp;</p>")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["a", "@alice", "#tag", " ", "\n", "\n\n", "<", "&", "https://b.example/x", ")", "(", "é", "@x@y.z", "'", '"', "://"]), max_size=12).map("".join))  # fmt: skip  # noqa: E501
def test_what_is_written_here_is_what_others_would_let_through(text):
    html = written(text)

    cleaned = sanitise(html)
    # Only the rel of mentions and hashtags is ours to add to what comes from elsewhere.
    assert cleaned.replace(f' rel="{REL}"', "").replace(f"tag {REL}", "tag") == html.replace(
        f' rel="{REL}"', ""
    )
    assert sanitise(cleaned) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "@" * 50_000,
        "@a" * 25_000,
        "@a." * 20_000,
        "@a@" + "b." * 25_000,
        "#" * 50_000,
        "#a·" * 20_000,
        "https://" * 8_000,
        "https://b.example/" + ")" * 20_000,
        "\n " * 25_000,
        "a" * 50_000 + "@",
    ],
)
def test_no_text_takes_long(text):
    began = time.perf_counter()

    written(text)
    find_handles(text)
    find_hashtags(text)

    assert time.perf_counter() - began < 5


def test_folding_leaves_bare_letters():
    assert fold("Œdème AIGU ß Łódź") == "oedeme aigu ss lodz"


@pytest.mark.parametrize(
    "disguised",
    [
        "Médecin vérifié",
        "MEDEClN VERlFlE",
        "Меdесіn vérіfié",
        "Me\u0301decin\u200b v3r1fie",
        "ＭＥＤＥＣＩＮ vérifié",
    ],  # fmt: skip  # noqa: E501
)
def test_look_alikes_fold_to_one(disguised):
    assert fold_lookalikes(disguised) == fold_lookalikes("medecin verifie")
