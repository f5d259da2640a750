"""Posts on the wire: Note, and every other kind of object read as well as it can be shown."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.clock import wire_time
from core.errors import InvalidDocument
from federation.contexts import NOTE_CONTEXT
from federation.documents.attachment import (
    AttachmentDocument,
    read_attachments,
    write_attachment,
)
from federation.documents.lenient import (
    Document,
    JsonObject,
    bool_of,
    find_id,
    id_of,
    ids_of,
    one_or_many,
    text_of,
    time_of,
    url_of,
)
from federation.documents.tag import (
    EmojiTag,
    MentionTag,
    read_tags,
    write_hashtag,
    write_mention,
)
from federation.origin import normal_uri
from federation.vocabulary import ACTOR_TYPES, AS_PUBLIC, POST_TYPES

MAX_CONTENT = 50_000
MAX_SUMMARY = 1_000
MAX_NAME = 500
# Misskey's empty warning is one zero-width space.
_EMPTY_SUMMARIES = frozenset({"", "\u200b"})


@dataclass(frozen=True, slots=True)
class NoteDocument:
    """A post's document. `content` is HTML (the sender's raw HTML when read); `summary` plain."""

    id: str
    attributed_to: str
    content: str
    type: str = "Note"
    name: str | None = None
    summary: str | None = None
    sensitive: bool = False
    language: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    url: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    in_reply_to: str | None = None
    context: str | None = None
    mentions: tuple[MentionTag, ...] = ()
    hashtags: tuple[str, ...] = ()
    emojis: tuple[EmojiTag, ...] = ()
    attachments: tuple[AttachmentDocument, ...] = ()
    clinical: bool = False
    replies: str | None = None
    likes: str | None = None
    shares: str | None = None


def read_note(document: Document) -> NoteDocument:
    """Read a post of any kind; what has no text becomes its title and a link.

    Raises InvalidDocument for other types, without an id, or without an author.
    """
    json = document.json
    kind = next((part for part in document.types if part in POST_TYPES), None)
    if kind is None:
        raise InvalidDocument(f"{document.id}: no kind of post but {document.type!r}")
    uri = normal_uri(id_of(document.json))
    tags = read_tags(json.get("tag"))
    language, content = _content(json)
    name = text_of(json.get("name"), limit=MAX_NAME)
    url = url_of(json.get("url"))
    summary = text_of(json.get("summary"), limit=MAX_SUMMARY) or ""
    return NoteDocument(
        id=uri,
        attributed_to=_author(json, uri),
        content=content or _title_and_link(name, url or uri, kind),
        type=kind,
        name=name,
        summary=None if summary in _EMPTY_SUMMARIES else summary,
        sensitive=bool_of(json.get("sensitive")),
        language=language,
        published=time_of(json.get("published")),
        updated=time_of(json.get("updated")),
        url=url,
        to=ids_of(json.get("to")),
        cc=ids_of(json.get("cc")),
        audience=ids_of(json.get("audience")),
        in_reply_to=_http_or_none(find_id(json.get("inReplyTo"))),
        context=find_id(json.get("context")),
        mentions=tags.mentions,
        hashtags=tags.hashtags,
        emojis=tags.emojis,
        attachments=read_attachments(json.get("attachment")),
        clinical=bool_of(json.get("clinical")) or _has_case(json),
        replies=find_id(json.get("replies")),
        likes=find_id(json.get("likes")),
        shares=find_id(json.get("shares")),
    )


def _has_case(json: Mapping[str, Any]) -> bool:
    clinical = json.get("consilium:clinical")
    return clinical is True or "case" in json or "consilium:case" in json


def _author(json: Mapping[str, Any], uri: str) -> str:
    # PeerTube names the person and the channel: the person is the author.
    candidates = one_or_many(json.get("attributedTo"))
    for part in candidates:
        if isinstance(part, dict) and part.get("type") in ACTOR_TYPES - {"Group"}:
            return normal_uri(id_of(part))
    if len(candidates) > 1 and not any(isinstance(part, dict) for part in candidates):
        raise InvalidDocument(f"{uri}: the post claims several authors")
    return normal_uri(id_of(candidates))


def _content(json: Mapping[str, Any]) -> tuple[str | None, str]:
    content = text_of(json.get("content"), limit=MAX_CONTENT)
    options = json.get("contentMap")
    if not isinstance(options, dict) or not options:
        return _language(json.get("language")), content or ""
    texts = {k: v for k, v in options.items() if isinstance(k, str) and isinstance(v, str)}
    for language, text in texts.items():
        if content is None or text[:MAX_CONTENT] == content:
            return language[:20], text[:MAX_CONTENT]
    return (next(iter(texts), None) if len(texts) == 1 else None), content or ""


def _language(value: Any) -> str | None:
    # Lemmy writes an object with the code under `identifier`.
    if isinstance(value, dict):
        value = value.get("identifier")
    return value[:20] if isinstance(value, str) and value else None


def _title_and_link(name: str | None, url: str, kind: str) -> str:
    if kind == "Note" and not name:
        return ""
    shown = html.escape(name or url)
    return f'<p><a href="{html.escape(url, quote=True)}">{shown}</a></p>'


def _http_or_none(uri: str | None) -> str | None:
    if uri is None or not uri.startswith(("https://", "http://")):
        return None
    try:
        return normal_uri(uri)
    except InvalidDocument:
        return None


def write_note(note: NoteDocument, *, tag_page: Mapping[str, str], followers: str) -> JsonObject:
    """Write a post in our one shape (WIRE §6).

    `tag_page` gives the page of each hashtag; `followers` may quote without asking.
    """
    written: JsonObject = {
        "@context": NOTE_CONTEXT,
        "id": note.id,
        "type": note.type,
        "attributedTo": note.attributed_to,
        "name": note.name,
        "content": note.content,
        "contentMap": {note.language: note.content} if note.language else None,
        "published": wire_time(note.published) if note.published else None,
        "updated": wire_time(note.updated) if note.updated else None,
        "url": note.url,
        "context": note.context,
        "replies": note.replies,
        "likes": note.likes,
        "shares": note.shares,
    }
    written = {name: value for name, value in written.items() if value is not None}
    written |= {
        "summary": note.summary,
        "sensitive": note.sensitive,
        "to": list(note.to),
        "cc": list(note.cc),
        "inReplyTo": note.in_reply_to,
        "tag": [write_mention(mention) for mention in note.mentions]
        + [write_hashtag(name, tag_page[name]) for name in note.hashtags],
        "attachment": [write_attachment(part) for part in note.attachments],
        # Absent means nobody in Mastodon: always said.
        "interactionPolicy": {
            "canQuote": {"automaticApproval": [followers]},
            "canReply": {"automaticApproval": [AS_PUBLIC]},
        },
    }
    return written | ({"clinical": True} if note.clinical else {})
