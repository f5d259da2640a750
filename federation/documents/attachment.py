"""Pictures, sounds, films and files that go with a post, and links that stand among them."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from federation.documents.lenient import (
    JsonObject,
    find_id_of_link,
    number_of,
    one_or_many,
    text_of,
    type_of,
    url_of,
)

MAX_ATTACHMENTS = 16
MAX_LINKS = 4
MAX_DESCRIPTION = 1500
MAX_PIXELS = 100_000
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_BLURHASH = re.compile(f"[{re.escape(_DIGITS)}]{{6,166}}")
_KINDS = {"Image": "image", "Video": "video", "Audio": "audio", "Document": "", "Page": ""}
# Posts that are themselves a file, with what their files are.
_MEDIA = ("image/", "video/", "audio/")
_FILE_KINDS = {
    "Image": ("image/",),
    "Video": ("video/",),
    "Audio": ("audio/",),
    "Document": (*_MEDIA, "application/", "text/plain", "text/csv"),
}
# A film higher than this is more than a page shows.
_TALL = 720


@dataclass(frozen=True, slots=True)
class AttachmentDocument:
    """A file: sizes in pixels, `description` the alternative text.

    `focus_x` and `focus_y` tell, from -1 to 1, what of a picture must be seen when it is cut.
    """

    url: str
    media_type: str = "application/octet-stream"
    description: str = ""
    blurhash: str | None = None
    width: int | None = None
    height: int | None = None
    focus_x: float | None = None
    focus_y: float | None = None


@dataclass(frozen=True, slots=True)
class LinkDocument:
    """A page that a post points to, as Lemmy and Mobilizon do beside the text."""

    href: str
    name: str = ""


def read_attachments(value: Any) -> tuple[AttachmentDocument, ...]:
    """Read one attachment or many; what has no http(s) address falls away."""
    read = (_read(part) for part in one_or_many(value)[: MAX_ATTACHMENTS * 4])
    return tuple(part for part in read if part)[:MAX_ATTACHMENTS]


def read_links(value: Any) -> tuple[LinkDocument, ...]:
    """Read the pages among a post's attachments."""
    links: dict[str, LinkDocument] = {}
    for part in one_or_many(value)[: MAX_ATTACHMENTS * 4]:
        if not isinstance(part, dict) or part.get("type") != "Link" or _is_file(part):
            continue
        href = url_of(find_id_of_link(part))
        if href is not None:
            name = text_of(part.get("name"), limit=200) or ""
            links.setdefault(href, LinkDocument(href, name.strip()))
    return tuple(links.values())[:MAX_LINKS]


def read_files(json: Mapping[str, Any], kind: str) -> tuple[AttachmentDocument, ...]:
    """Read the file that a post itself is: the `url` of an Image, a Video, an Audio, a Document.

    PeerTube lists a page, films of several sizes, playlists with films of their own, and torrents.
    """
    wanted = _FILE_KINDS.get(kind)
    if wanted is None:
        return ()
    found = [
        (link, address)
        for link in _links(json.get("url"))
        if _media_type(link).startswith(wanted) and (address := url_of(find_id_of_link(link)))
    ]
    if not found:
        return ()
    best, url = min(found, key=lambda pair: _unfit(pair[0]))
    width, height = _pixels(best.get("width")), _pixels(best.get("height"))
    return (AttachmentDocument(url, _media_type(best), width=width, height=height),)


def _links(value: Any) -> list[dict[str, Any]]:
    links: list[dict[str, Any]] = []
    for part in one_or_many(value)[:64]:
        link = {"href": part} if isinstance(part, str) else part
        if isinstance(link, dict):
            inner = one_or_many(link.get("tag"))[:64]
            links += [link, *(one for one in inner if isinstance(one, dict))]
    return links


def _unfit(link: Mapping[str, Any]) -> tuple[bool, int]:
    """Order films: the largest that fits a page, else the smallest."""
    height = _pixels(link.get("height")) or 0
    return height > _TALL, height if height > _TALL else -height


def _media_type(value: Mapping[str, Any]) -> str:
    given = text_of(value.get("mediaType", value.get("mimeType")), limit=100)
    if given:
        return given.lower()
    address = find_id_of_link(value) or ""
    try:
        path = urlsplit(address).path
    except ValueError:
        return ""
    return mimetypes.guess_type(path)[0] or ""


def _is_file(link: Mapping[str, Any]) -> bool:
    return _media_type(link).startswith(_MEDIA)


def _pixels(value: Any) -> int | None:
    # What no picture has is no size: clients reserve as much room as they are told (F21).
    size = number_of(value, low=0, high=MAX_PIXELS + 1)
    return size if size and size <= MAX_PIXELS else None


def _blurhash(value: Any) -> str | None:
    """Return a blurhash of the right form; clients trust that it is one (F21).

    Spec: https://github.com/woltapp/blurhash/blob/master/Algorithm.md
    """
    if not isinstance(value, str) or not _BLURHASH.fullmatch(value):
        return None
    flag = _DIGITS.index(value[0])
    across, down = flag % 9 + 1, flag // 9 + 1
    return value if flag < 81 and len(value) == 4 + 2 * across * down else None


def _read(value: Any) -> AttachmentDocument | None:
    if not isinstance(value, dict):
        return None
    named = type_of(value)
    if named not in _KINDS and not (named == "Link" and _is_file(value)):
        return None
    url = url_of(value.get("url", value.get("href")))
    if url is None:
        return None
    kind = _KINDS.get(named, "")
    focus_x, focus_y = _focus(value.get("focalPoint"))
    # GoToSocial writes the alternative text to `summary` as well as to `name`.
    description = text_of(value.get("name") or value.get("summary"), limit=MAX_DESCRIPTION)
    return AttachmentDocument(
        url=url,
        media_type=_type_of(value, kind),
        description=(description or "").strip(),
        blurhash=_blurhash(value.get("blurhash")),
        width=_pixels(value.get("width")),
        height=_pixels(value.get("height")),
        focus_x=focus_x,
        focus_y=focus_y,
    )


def _type_of(value: Mapping[str, Any], kind: str) -> str:
    given = text_of(value.get("mediaType"), limit=100)
    if given:
        return given
    return f"{kind}/*" if kind else _media_type(value) or "application/octet-stream"


def _focus(value: Any) -> tuple[float | None, float | None]:
    if not isinstance(value, list) or len(value) != 2:
        return None, None
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in value):
        return None, None
    if not all(-1 <= part <= 1 for part in value):
        return None, None
    return float(value[0]), float(value[1])


def write_attachment(attachment: AttachmentDocument) -> JsonObject:
    """Write an attachment."""
    kind = attachment.media_type.partition("/")[0]
    written: JsonObject = {
        "type": {"image": "Image", "video": "Video", "audio": "Audio"}.get(kind, "Document"),
        "mediaType": attachment.media_type,
        "url": attachment.url,
        "name": attachment.description,
    }
    more = {
        "blurhash": attachment.blurhash,
        "width": attachment.width,
        "height": attachment.height,
        "focalPoint": _written_focus(attachment),
    }
    return written | {name: value for name, value in more.items() if value is not None}


def _written_focus(attachment: AttachmentDocument) -> list[float] | None:
    if attachment.focus_x is None or attachment.focus_y is None:
        return None
    return [attachment.focus_x, attachment.focus_y]
