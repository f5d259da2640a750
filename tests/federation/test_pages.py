"""What a linked page says of itself: read in bounds, as plain text, whatever it is (G17)."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from core.errors import FetchFailed, FetchUnavailable, HostRefused, NotFound
from federation.pages import MAX_DESCRIPTION, MAX_HEAD_BYTES, MAX_TITLE, Page, read_page
from federation.transport import Reply

URL = "https://press.example/2026/syncope"
WHOLE = """<!DOCTYPE html>
<!-- <title>not this</title> -->
<html lang="fr-FR" class=no-js><head>
<meta charset=utf-8><title>Site title</title>
<script>document.write("<title>nor this</title>")</script>
<meta property="og:title" content="Syncope &amp; effort &gt; 40&nbsp;ans">
<meta property='og:description' content='Une revue   de
 la littérature'>
<meta content="La Revue" property="og:site_name" /><meta name="author" content="A. Martin">
<meta property="og:image" content="/images/1.png">
<meta property="article:published_time" content="2026-11-22T10:00:00Z">
<link rel="alternate" type="application/json+oembed" href="/oembed?x">
</head><body><title>nor that</title></body></html>"""


def _page(text: str | bytes, content_type: str = "text/html", url: str = URL) -> Page:
    body = text if isinstance(text, bytes) else text.encode()
    return read_page(Reply(200, {"content-type": content_type}, body, url))


def test_a_page_is_read():
    assert _page(WHOLE) == Page(
        url=URL,
        title="Syncope & effort > 40 ans",
        description="Une revue de la littérature",
        site_name="La Revue",
        author="A. Martin",
        language="fr",
        image_url="https://press.example/images/1.png",
        published=datetime(2026, 11, 22, 10, tzinfo=UTC),
    )


def test_a_page_with_nothing_but_a_title():
    assert _page("<title>\n Bonjour\t</title>") == Page(URL, "Bonjour")


@pytest.mark.parametrize("text", ["", "<html></html>", "<title> </title>", "plain", "<title"])
def test_a_page_without_a_title_is_none(text):
    with pytest.raises(FetchFailed):
        _page(text)


@pytest.mark.parametrize("kind", ["application/json", "image/png", "", "text/plain", "text/htmlx"])
def test_what_is_no_page_is_refused(kind):
    with pytest.raises(FetchFailed):
        _page(WHOLE, kind)


def test_g17_markup_in_texts_stays_text_and_nothing_steers_the_rest():
    page = _page(
        "<title>a &lt;script&gt;alert(1)&lt;/script&gt; b</title>"
        '<meta name=description content="x\u202egnp.exe&#x202e; \x00\x07 y">'
    )

    assert page.title == "a <script>alert(1)</script> b"
    assert page.description == "xgnp.exe y"


def test_g17_texts_are_cut():
    page = _page(f"<title>{'é' * 10_000}</title><meta name=description content='{'b ' * 9999}'>")

    assert len(page.title) == MAX_TITLE and page.title.endswith("é…")
    assert len(page.description) <= MAX_DESCRIPTION


@pytest.mark.parametrize(
    "image",
    ["javascript:alert(1)", "data:image/png;base64,x", "file:///etc/passwd", "https://x y/",
     "//[bad", "", "ftp://x.example/1.png", "x" * 3000],
)  # fmt: skip
def test_g17_an_image_is_an_address_or_nothing(image):
    page = _page(f'<title>t</title><meta property="og:image" content="{image}">')

    assert page.image_url is None or page.image_url.startswith("https://")
    assert len(page.image_url or "") <= 2048


@pytest.mark.parametrize(
    ("body", "content_type", "title"),
    [
        ("<title>é€</title>".encode(), "text/html", "é€"),
        ("<title>é€</title>".encode("cp1252"), "text/html; charset=iso-8859-1", "é€"),
        ('<meta charset="windows-1251"><title>Привет</title>'.encode("cp1251"), "text/html",
         "Привет"),
        ("<title>日本</title>".encode("euc-jp"), 'text/html;charset="EUC-JP"', "日本"),
        (b"\xef\xbb\xbf<title>\xc3\xa9</title>", "text/html; charset=latin1", "é"),
        (b"<title>\xff\xe9</title>", "text/html; charset=utf-8", "\ufffd\ufffd"),
    ],
)  # fmt: skip
def test_g17_pages_say_how_they_are_written(body, content_type, title):
    assert _page(body, content_type).title == title


@pytest.mark.parametrize("name", ["utf-7", "punycode", "idna", "zlib", "\x00", "x"])
def test_g17_other_encodings_are_not_followed(name):
    assert _page("<title>+ADw-é</title>", f"text/html; charset={name}").title == "+ADw-é"


_BIG = MAX_HEAD_BYTES
HOSTILE = {
    "comments": "<!--" * (_BIG // 4),
    "declarations": "<!x" * (_BIG // 3),
    "tags": "<a" * (_BIG // 2),
    "quotes": "<a b=\"<a b='" * (_BIG // 12),
    "closed quotes": '<a b="" ' * (_BIG // 8),
    "spaces": "<a" + " " * _BIG + '"',
    "slashes": "<a " + "/ " * (_BIG // 2),
    "signs": "<a " + "=" * _BIG,
    "scripts": "<script>" * (_BIG // 8),
    "titles": "<title>" * (_BIG // 7),
    "metas": "<meta name=a content=b>" * (_BIG // 23),
    "entities": "<title>" + "&" * _BIG,
    "angles": "<" * _BIG,
    "names": "<meta " + "a" * _BIG,
    "charsets": "charset" * (_BIG // 7),
    "values": "<meta name =" + " " * _BIG,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_g17_hostile_heads_are_read_in_linear_time(text):
    began = time.perf_counter()
    try:
        _page(text)
    except FetchFailed:
        pass

    assert time.perf_counter() - began < 2


async def test_a_page_is_fetched_unsigned_and_uncompressed(client, remote):
    remote.script("/page", body=WHOLE, content_type="text/html")

    page = await client.fetch_page(f"{remote.base_url}/page")

    assert page.title == "Syncope & effort > 40 ans"
    (asked,) = remote.journal
    headers = {name.lower(): value for name, value in asked.headers}
    assert "signature" not in headers
    assert headers["accept-encoding"] == "identity"


async def test_g17_only_the_head_is_read(client, remote):
    body = "<title>t</title></head>" + "x" * 10_000_000
    remote.script("/page", body=body, content_type="text/html")

    assert (await client.fetch_page(f"{remote.base_url}/page")).title == "t"


async def test_g17_a_head_without_end_is_cut(client, remote):
    body = "<title>t</title>" + "<meta>" * 2_000_000
    remote.script("/page", body=body, content_type="text/html")

    assert (await client.fetch_page(f"{remote.base_url}/page")).title == "t"


async def test_g17_what_is_compressed_unasked_is_not_inflated(client, remote):
    remote.script("/page", body="x", content_type="text/html", headers={"content-encoding": "gzip"})

    with pytest.raises((FetchFailed, FetchUnavailable)):
        await client.fetch_page(f"{remote.base_url}/page")


async def test_g17_redirects_end_and_lead_to_nobody_who_is_not_listed(client, remote):
    remote.script("/loop", redirect=f"{remote.base_url}/loop")
    remote.script("/away", redirect="http://elsewhere.localhost:9/page")
    remote.script("/once", redirect="/page")
    remote.script("/page", body="<title>t</title>", content_type="text/html")

    with pytest.raises(FetchFailed):
        await client.fetch_page(f"{remote.base_url}/loop")
    with pytest.raises(HostRefused):
        await client.fetch_page(f"{remote.base_url}/away")
    with pytest.raises(NotFound):
        await client.fetch_page(f"{remote.base_url}/none")
    assert (await client.fetch_page(f"{remote.base_url}/once")).title == "t"


async def test_a_page_that_never_comes_is_given_up(client, remote, monkeypatch):
    monkeypatch.setattr("federation.client.PAGE_S", 0.1)
    remote.script("/page", hang=True)

    with pytest.raises(FetchUnavailable):
        await client.fetch_page(f"{remote.base_url}/page")
    remote.release()
