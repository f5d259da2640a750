"""Posts as documents: our rows → the Note of WIRE §6, and the audience that a document names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actors.models import Actor
from core.clock import now
from core.settings import Settings
from db.session import AsyncSession, settings_of
from federation.documents.attachment import AttachmentDocument
from federation.documents.lenient import JsonObject, is_public
from federation.documents.note import NoteDocument, write_note
from federation.documents.question import PollDocument
from federation.documents.quote import with_fallback
from federation.documents.tag import MentionTag
from federation.uris import local_uris
from federation.vocabulary import AS_PUBLIC, VERIFIED_DOCTORS
from media.links import FOR_SERVERS, attachment_url
from posts.files import is_open_to_all
from posts.models import Post, Visibility
from posts.polls import poll_document
from posts.queries import list_mentioned, list_tags
from posts.quotes import FOLLOWERS, NO_CONSENT, PUBLIC
from posts.quoting import policy_of

DOCTORS_NAMES = frozenset({VERIFIED_DOCTORS, "consilium:VerifiedDoctors"})


@dataclass(frozen=True, slots=True)
class Addressing:
    """The `to` and `cc` of a document."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()


def address(
    visibility: Visibility, author: Actor, named: Iterable[Actor], *, ring: Actor | None = None
) -> Addressing:
    """Return the addressing of an audience (the table of WIRE §6).

    `ring` is the root's author where a reply reaches that actor's followers, not the replier's.
    """
    actors = tuple(dict.fromkeys(actor.uri for actor in named))
    followers = _followers(author)
    if visibility is Visibility.PUBLIC:
        return Addressing((AS_PUBLIC,), (*followers, *actors))
    if visibility is Visibility.UNLISTED:
        return Addressing(followers, (AS_PUBLIC, *actors))
    if visibility is Visibility.DOCTORS:
        # No followers collection: a stock server then shows it to nobody whom it does not name.
        return Addressing((VERIFIED_DOCTORS, *actors))
    if visibility is Visibility.FOLLOWERS:
        return Addressing(_followers(ring or author), actors)
    return Addressing(actors) if visibility is Visibility.MENTIONED else Addressing()


def _followers(actor: Actor) -> tuple[str, ...]:
    return (actor.followers_uri,) if actor.followers_uri else ()


def visibility_of(
    note: NoteDocument, author: Actor, *, parent: Post | None = None
) -> Visibility:
    """Return the audience that a document names; what nobody knows counts as the narrowest.

    `parent` is what it answers: a reply for the followers of the thread's first author names their
    collection, as its parent does.
    """
    named = {*note.to, *note.cc}
    if note.type == "ChatMessage":
        # Lemmy and Pleroma write private messages so, whomever else they name.
        return Visibility.MENTIONED
    if any(is_public(uri) for uri in note.to):
        return Visibility.PUBLIC
    if any(is_public(uri) for uri in note.cc):
        return Visibility.UNLISTED
    if named & DOCTORS_NAMES:
        return Visibility.DOCTORS
    if author.followers_uri is not None and author.followers_uri in named:
        return Visibility.FOLLOWERS
    if parent is not None and parent.visibility is Visibility.FOLLOWERS:
        # Of a followers-only post, `to` is the collection and nothing else.
        if named & set(parent.to_uris):
            return Visibility.FOLLOWERS
    return Visibility.MENTIONED


def write_post(
    post: Post,
    author: Actor,
    *,
    mentioned: Iterable[Actor],
    tags: Iterable[str],
    settings: Settings,
    moment: datetime,
    poll: PollDocument | None = None,
) -> JsonObject:
    """Write a post of ours in our one shape; `tags` are hashtags without `#`, as written.

    What it names of files that are not for everybody expires, counted from `moment`.
    """
    hashtags = tuple(tags)
    quoted_uri = None if post.quote_state in NO_CONSENT else post.quote_uri
    document = NoteDocument(
        id=post.uri,
        attributed_to=author.uri,
        content=with_fallback(post.content, quoted_uri) if quoted_uri else post.content,
        type=post.kind,
        name=post.title,
        summary=post.content_warning,
        sensitive=post.sensitive,
        language=post.language,
        published=post.created_at,
        updated=post.edited_at,
        url=post.url or None,
        to=tuple(post.to_uris),
        cc=tuple(post.cc_uris),
        in_reply_to=post.in_reply_to_uri,
        context=post.context_uri,
        mentions=tuple(MentionTag(actor.uri, f"@{actor.handle}") for actor in mentioned),
        hashtags=hashtags,
        attachments=tuple(_attachment(post, row, settings, moment) for row in post.attachments),
        poll=poll,
        quote=quoted_uri,
        quote_stamp=post.quote_authorization_uri,
        can_quote=_can_quote(post, author),
        clinical=post.clinical,
        replies=f"{post.uri}/replies",
        likes=f"{post.uri}/likes",
        shares=f"{post.uri}/shares",
    )
    uris = local_uris(settings)
    pages = {name: uris.tag_page(name) for name in hashtags}
    return write_note(document, tag_page=pages)


def _can_quote(post: Post, author: Actor) -> tuple[str, ...]:
    """Return who quotes a post without asking; nobody is said by naming its author (FEP-044f)."""
    policy = policy_of(post, author)
    if policy == PUBLIC:
        return (VERIFIED_DOCTORS if post.visibility is Visibility.DOCTORS else AS_PUBLIC,)
    return (author.followers_uri or author.uri,) if policy == FOLLOWERS else (author.uri,)


def _attachment(
    post: Post, row: Mapping[str, Any], settings: Settings, moment: datetime
) -> AttachmentDocument:
    url = attachment_url(
        settings,
        row,
        open_to_all=is_open_to_all(post),
        post_id=post.id,
        moment=moment,
        # The document is written once, for all who get it: the link is for none of them alone.
        lasts=FOR_SERVERS,
    )
    return AttachmentDocument(
        url=url or "",
        media_type=row.get("media_type") or "application/octet-stream",
        description=row.get("description") or "",
        blurhash=row.get("blurhash"),
        width=row.get("width"),
        height=row.get("height"),
        focus_x=row.get("focus_x"),
        focus_y=row.get("focus_y"),
    )


async def post_document(session: AsyncSession, post: Post, author: Actor) -> JsonObject:
    """Return the document of a post of ours as it is now, without a proof."""
    mentioned = (await list_mentioned(session, [post.id])).get(post.id, [])
    tags = (await list_tags(session, [post.id])).get(post.id, [])
    return write_post(
        post,
        author,
        mentioned=mentioned,
        tags=[tag.name or tag.tag for tag in tags],
        settings=settings_of(session),
        moment=now(),
        poll=await poll_document(session, post),
    )
