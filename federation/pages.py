"""Web pages that posts link to: what the head of one says, as plain text; nothing of it is shown.

What pages offer to be embedded (oEmbed) is not looked at.
"""

from __future__ import annotations

import codecs
import html as entities
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

import aiohttp

from core.errors import FetchFailed
from federation.documents.lenient import time_of
from federation.transport import Reply

PAGE_ACCEPT = "text/html,application/xhtml+xml"
MAX_HEAD_BYTES = 256 * 1024
MAX_TITLE, MAX_DESCRIPTION, MAX_NAME, MAX_URL = 300, 600, 100, 2048
_KINDS = frozenset({"text/html", "application/xhtml+xml"})
_HEAD_ENDS = re.compile(rb"</head[\s>/]|<body[\s>/]", re.IGNORECASE)
_LONGEST_END = 16
# Encodings are named by the page: only these, as others of Python's turn kilobytes into hours.
_CHARSETS = frozenset(
    "utf-8 ascii iso8859-1 iso8859-2 iso8859-15 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 "
    "koi8-r koi8-u shift_jis euc_jp iso2022_jp gb2312 gbk gb18030 big5 euc_kr".split()
)
_SAID_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
# Every one of these goes on where the last one ended: no text is looked at twice.
_NEXT = re.compile(r"<(?:(?P<comment>!--)|(?P<tag>/?[A-Za-z][A-Za-z0-9:-]*+)|(?P<other>[!?]))")
_BLANK = re.compile(r"[\s/]*+")
_ATTRIBUTE = re.compile(
    r"""(?P<name>[^\s"'<>/=]++)"""
    r"""(?:\s*+=\s*+(?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\s"'<>`]++)))?+"""
)
_WHOLE = frozenset({"script", "style", "noscript", "template", "title"})
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9-]{1,20})?")
# What turns the direction of the text around it.
_STEERS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NO_TEXT = frozenset({"Cc", "Cs", "Co", "Cn"})


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says of itself; `url` is where it was found, `image_url` is never fetched here.

    Texts are plain: what looks like markup in them is no markup.
    """

    url: str
    title: str = ""
    description: str = ""
    site_name: str = ""
    author: str = ""
    language: str | None = None
    image_url: str | None = None
    published: datetime | None = None


async def read_head(answer: aiohttp.ClientResponse) -> bytes:
    """Read an answer up to the end of its head, 256 KiB at most; the rest is not waited for.

    What is no page, or compressed although that was not asked for, is not read at all.
    """
    encoding = answer.headers.get("content-encoding", "identity").strip().lower()
    if answer.status != 200 or not _is_page(answer.headers.get("content-type", "")):
        return b""
    if encoding not in ("identity", ""):
        raise FetchFailed(f"{answer.url}: compressed, which was not asked for")
    read = bytearray()
    async for part in answer.content.iter_chunked(16 * 1024):
        searched = max(len(read) - _LONGEST_END, 0)
        read += part[: MAX_HEAD_BYTES - len(read)]
        end = _HEAD_ENDS.search(read, searched)
        if end is not None or len(read) >= MAX_HEAD_BYTES:
            answer.close()
            return bytes(read[: end.start()] if end is not None else read)
    return bytes(read)


def _is_page(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in _KINDS


def read_page(reply: Reply) -> Page:
    """Return what a page says of itself; raises FetchFailed for what is no page, or without title.

    Spec: https://ogp.me
    """
    content_type = reply.headers.get("content-type", "")
    if not _is_page(content_type):
        raise FetchFailed(f"{reply.url}: not a page")
    said = _read_said(_decode(reply.body, content_type))
    title = _plain(said.get("og:title") or said.get("title"), MAX_TITLE)
    if not title:
        raise FetchFailed(f"{reply.url}: a page without a title")
    language = _LANGUAGE.fullmatch(said.get("html lang", "").strip())
    return Page(
        url=reply.url,
        title=title,
        description=_plain(said.get("og:description") or said.get("description"), MAX_DESCRIPTION),
        site_name=_plain(said.get("og:site_name"), MAX_NAME),
        author=_plain(said.get("author"), MAX_NAME),
        language=language[1].lower() if language else None,
        image_url=_address(said.get("og:image"), reply.url),
        published=time_of(said.get("article:published_time")),
    )


def _decode(body: bytes, content_type: str) -> str:
    if body.startswith(codecs.BOM_UTF8):
        return body.decode("utf-8-sig", errors="replace")
    for said in (content_type, body[:1024].decode("latin-1")):
        if (found := _SAID_CHARSET.search(said)) and (name := _charset(found[1])):
            return body.decode(name, errors="replace")
    return body.decode("utf-8", errors="replace")


def _charset(said: str) -> str | None:
    try:
        name = codecs.lookup(said).name
    except (LookupError, ValueError):
        return None
    if name not in _CHARSETS:
        return None
    # As every browser reads it.
    return "cp1252" if name in ("iso8859-1", "ascii") else name


def _read_said(text: str) -> dict[str, str]:
    """Return the first of each thing that a head says, by name: of meta, of title, of html."""
    said: dict[str, str] = {}
    for name, attributes, inside in _tags(text):
        if name == "title":
            said.setdefault("title", inside)
        elif name == "html":
            said.setdefault("html lang", attributes.get("lang", ""))
        elif name == "meta":
            key = (attributes.get("property") or attributes.get("name") or "").strip().lower()
            if key and attributes.get("content"):
                said.setdefault(key, attributes["content"])
        elif name in ("/head", "body"):
            break
    return said


def _tags(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Go through the tags of a head once: each with its attributes, and what is inside a title."""
    position = 0
    while (found := _NEXT.search(text, position)) is not None:
        position = found.end()
        if found["tag"] is None:
            # A comment, a doctype; one that does not end hides all the rest.
            position = _after(text, "-->" if found["comment"] else ">", position)
            continue
        name = found["tag"].lower()
        attributes, position = _read_attributes(text, position)
        inside = ""
        if name in _WHOLE:
            ends = re.compile(rf"</{name}[\s>/]", re.IGNORECASE).search(text, position)
            end = ends.start() if ends is not None else len(text)
            inside, position = text[position:end], end
        yield name, attributes, inside


def _after(text: str, mark: str, position: int) -> int:
    end = text.find(mark, position)
    return len(text) if end < 0 else end + len(mark)


def _read_attributes(text: str, position: int) -> tuple[dict[str, str], int]:
    """Return the attributes of a tag, and where it ends; a tag that begins meanwhile ends it."""
    attributes: dict[str, str] = {}
    while (blank := _BLANK.match(text, position)) is not None:
        position = blank.end()
        if position >= len(text) or text[position] == "<":
            break
        found = _ATTRIBUTE.match(text, position)
        if found is not None:
            value = found["double"] or found["single"] or found["bare"] or ""
            attributes.setdefault(found["name"].lower(), value)
            position = found.end()
            continue
        position += 1
        # Others are stray quotes and signs.
        if text[position - 1] == ">":
            break
    return attributes, position


def _plain(text: str | None, limit: int) -> str:
    """Return a text in one line, without what steers others, cut with an ellipsis."""
    # Long before it is cut: an entity may take many letters.
    letters = entities.unescape((text or "")[: limit * 16])
    words = "".join(one for one in letters if one.isspace() or _is_kept(one)).split()
    line = " ".join(words)
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _is_kept(letter: str) -> bool:
    return letter not in _STEERS and unicodedata.category(letter) not in _NO_TEXT


def _address(text: str | None, base: str) -> str | None:
    """Return an address that a page names, from where the page is; only http and https."""
    try:
        url = urljoin(base, entities.unescape((text or "").strip()[:MAX_URL]))
    except ValueError:
        return None
    is_sound = url.startswith(("https://", "http://")) and len(url) <= MAX_URL
    return url if text and is_sound and url.isprintable() and " " not in url else None
