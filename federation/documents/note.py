"""Posts on the wire: Note, and every other kind of object read as well as it can be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.clock import wire_time
from core.errors import Gone, InvalidDocument
from federation.contexts import NOTE_CONTEXT
from federation.documents.attachment import (
    MAX_ATTACHMENTS,
    AttachmentDocument,
    LinkDocument,
    read_attachments,
    read_files,
    read_links,
    write_attachment,
)
from federation.documents.details import Details, read_details
from federation.documents.lenient import (
    Document,
    JsonObject,
    bool_of,
    find_id,
    id_of,
    ids_of,
    one_or_many,
    time_of,
    type_of,
    url_of,
)
from federation.documents.question import PollDocument, read_poll, write_poll
from federation.documents.quote import read_can_quote, read_quote, read_stamp, write_quote
from federation.documents.tag import (
    EmojiTag,
    MentionTag,
    read_tags,
    write_hashtag,
    write_mention,
)
from federation.documents.wording import read_wording, title_and_link
from federation.origin import normal_uri, same_origin
from federation.vocabulary import ACTOR_TYPES, AS_PUBLIC, POST_TYPES


@dataclass(frozen=True, slots=True)
class NoteDocument:
    """A post's document. `content` is HTML (the sender's raw HTML when read); `summary` plain.

    `can_quote` are those who may quote it without asking, None where its author does not say;
    `quote_stamp` is the consent that it shows for what it quotes itself.
    """

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
    poll: PollDocument | None = None
    details: Details | None = None
    quote: str | None = None
    quote_stamp: str | None = None
    can_quote: tuple[str, ...] | None = None
    clinical: bool = False
    replies: str | None = None
    likes: str | None = None
    shares: str | None = None


def read_note(document: Document) -> NoteDocument:
    """Read a post of any kind; what has no text becomes its title and a link.

    Raises Gone for a Tombstone, InvalidDocument for other types, without an id, or without an
    author.
    """
    json = document.json
    if "Tombstone" in document.types:
        raise Gone(f"{document.id}: gone")
    kind = next((part for part in document.types if part in POST_TYPES), None)
    if kind is None:
        raise InvalidDocument(f"{document.id}: no kind of post but {document.type!r}")
    uri = normal_uri(id_of(document.json))
    tags = read_tags(json.get("tag"))
    url = url_of(json.get("url"))
    wording = read_wording(json, kind, _links(json, kind, uri))
    attachments = read_files(json, kind) + read_attachments(json.get("attachment"))
    poll = read_poll(json) if kind == "Question" else None
    details = read_details(json, kind)
    content, title = wording.content, wording.title
    if not content and not (attachments or poll or details):
        content, title = title_and_link(title, url or uri, kind), None
    return NoteDocument(
        id=uri,
        attributed_to=_author(json, uri),
        content=content,
        type=kind,
        name=title,
        summary=wording.warning,
        sensitive=bool_of(json.get("sensitive")),
        language=wording.language,
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
        attachments=attachments[:MAX_ATTACHMENTS],
        poll=poll,
        details=details,
        quote=read_quote(json, uri),
        quote_stamp=read_stamp(json),
        can_quote=read_can_quote(json),
        clinical=bool_of(json.get("clinical")) or _has_case(json),
        replies=_own_or_none(find_id(json.get("replies")), uri),
        likes=find_id(json.get("likes")),
        shares=find_id(json.get("shares")),
    )


def _links(json: Mapping[str, Any], kind: str, uri: str) -> list[LinkDocument]:
    """Return the pages that a post points to beside its text."""
    links = list(read_links(json.get("attachment")))
    url = url_of(json.get("url"))
    # Lemmy's links were in `url` before 0.16.
    if kind == "Page" and url is not None and not same_origin(url, uri):
        links.insert(0, LinkDocument(url))
    return list({link.href: link for link in links}.values())


def _own_or_none(found: str | None, uri: str) -> str | None:
    """Return the id of a collection that lives where its post does."""
    return found if found is not None and same_origin(found, uri) else None


def _has_case(json: Mapping[str, Any]) -> bool:
    clinical = json.get("consilium:clinical")
    return clinical is True or "case" in json or "consilium:case" in json


def _author(json: Mapping[str, Any], uri: str) -> str:
    actor = find_id(json.get("actor"))
    if actor is not None and not same_origin(actor, uri):
        # Pleroma writes it beside `attributedTo`: then both live where the post does (B05).
        raise InvalidDocument(f"{uri}: the post names an actor elsewhere")
    # PeerTube names the person and the channel: the person is the author.
    candidates = one_or_many(json.get("attributedTo"))
    for part in candidates:
        if isinstance(part, dict) and type_of(part) in ACTOR_TYPES - {"Group"}:
            return normal_uri(id_of(part))
    if len(candidates) > 1 and not any(isinstance(part, dict) for part in candidates):
        raise InvalidDocument(f"{uri}: the post claims several authors")
    author = normal_uri(id_of(candidates))
    # Mobilizon's events name who wrote them for a group; of all else there is one author.
    if actor is not None and normal_uri(actor) != author and json.get("type") != "Event":
        raise InvalidDocument(f"{uri}: the post names two authors")
    return author


def _http_or_none(uri: str | None) -> str | None:
    if uri is None or not uri.startswith(("https://", "http://")):
        return None
    try:
        return normal_uri(uri)
    except InvalidDocument:
        return None


def write_note(note: NoteDocument, *, tag_page: Mapping[str, str]) -> JsonObject:
    """Write a post in our one shape (WIRE §6); `tag_page` gives the page of each hashtag."""
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
    written |= write_quote(note.quote, note.quote_stamp) if note.quote else {}
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
            "canQuote": {"automaticApproval": list(note.can_quote or ())},
            "canReply": {"automaticApproval": [AS_PUBLIC]},
        },
    }
    written |= write_poll(note.poll) if note.poll else {}
    return written | ({"clinical": True} if note.clinical else {})
