"""Pictures, sounds, films and files that go with a post."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from federation.documents.lenient import JsonObject, number_of, one_or_many, text_of, url_of

MAX_ATTACHMENTS = 16
MAX_DESCRIPTION = 1500
_KINDS = {"Image": "image", "Video": "video", "Audio": "audio", "Document": "", "Page": ""}


@dataclass(frozen=True, slots=True)
class AttachmentDocument:
    """A file: sizes in pixels, `description` the alternative text."""

    url: str
    media_type: str = "application/octet-stream"
    description: str = ""
    blurhash: str | None = None
    width: int | None = None
    height: int | None = None


def read_attachments(value: Any) -> tuple[AttachmentDocument, ...]:
    """Read one attachment or many; what has no http(s) address falls away."""
    read = (_read(part) for part in one_or_many(value)[: MAX_ATTACHMENTS * 4])
    return tuple(part for part in read if part)[:MAX_ATTACHMENTS]


def _read(value: Any) -> AttachmentDocument | None:
    if not isinstance(value, dict) or value.get("type") not in _KINDS:
        return None
    url = url_of(value.get("url", value.get("href")))
    if url is None:
        return None
    kind = _KINDS[value["type"]]
    media_type = text_of(value.get("mediaType"), limit=100)
    blurhash = value.get("blurhash")
    return AttachmentDocument(
        url=url,
        media_type=media_type or (f"{kind}/*" if kind else "application/octet-stream"),
        # GoToSocial writes the alternative text to `summary` as well as to `name`.
        description=text_of(value.get("name") or value.get("summary"), limit=MAX_DESCRIPTION) or "",
        blurhash=blurhash if isinstance(blurhash, str) and len(blurhash) <= 100 else None,
        width=number_of(value.get("width"), low=0, high=100_000),
        height=number_of(value.get("height"), low=0, high=100_000),
    )


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
    }
    return written | {name: value for name, value in more.items() if value is not None}
