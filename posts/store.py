"""From a post's document to rows: what a remote author says, within our rules of who reads it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from actors.models import Actor
from actors.queries import find_actors_by_uri, is_doctor
from core.clock import now
from core.errors import InvalidDocument, Untrusted
from core.html import SANITISER_VERSION, sanitise, to_plain
from core.ids import id_near, new_id
from db.session import AsyncSession, settings_of
from federation.documents.lenient import is_public
from federation.documents.note import NoteDocument
from federation.origin import normal_uri, same_origin
from federation.uris import local_uris
from federation.vocabulary import VERIFIED_DOCTORS
from moderation.models import PeerClass
from moderation.policy import class_of
from posts.consent import change_state, count_quotes, settle, settle_waiting
from posts.documents import DOCTORS_NAMES, visibility_of
from posts.edits import forget_pictures, save_wording, wording_of
from posts.models import Mention, Post, Visibility
from posts.polls import save_poll
from posts.queries import find_post_by_uri, save_source
from posts.quotes import find_quoted, join_quotes, policy_of_quotes
from posts.restrictions import restricted
from posts.save import edit_post, mark_clinical, save_post
from posts.visibility import OPEN, may_see, viewer_of

# What is older has its place in the past; what is newer comes as it came, so that no client that
# asks for what is new misses it.
FRESH = timedelta(days=1)
# How a refusal ends for who writes to the verified doctors and is none, or none whom we believe.
NO_BADGE = "has no valid doctor's badge here"
NOT_OF_THE_RING = "it does not write to the verified doctors"


async def store_note(
    session: AsyncSession,
    note: NoteDocument,
    author: Actor,
    *,
    source: bytes | None = None,
    is_late: bool = False,
) -> Post:
    """Insert a post of a remote author; the caller has checked that the document is that actor's.

    `source` are the signed bytes, where they are to be kept; `is_late` gives a place in the past
    also to what is fresh. Raises Untrusted for a post to the
    verified doctors by somebody, or from a host, that has no part in them (WIRE §5, §6).
    """
    parent = await _find_parent(session, note, author)
    visibility = visibility_of(note, author, parent=parent)
    if visibility is Visibility.DOCTORS:
        await _require_doctor(session, author)
    named, silent = await _addressed(session, note, author)
    moment = now()
    written = min(note.published or moment, moment)
    post = Post(
        id=new_id() if moment - written < FRESH and not is_late else id_near(written),
        uri=note.id,
        url=note.url if note.url and same_origin(note.url, note.id) else note.id,
        author_id=author.id,
        kind=note.type,
        visibility=visibility,
        clinical=note.clinical,
        in_reply_to_id=parent.id if parent is not None else None,
        in_reply_to_uri=await _answered_uri(session, note, parent),
        context_uri=_context_of(session, note),
        group_uri=_group_of(note, author),
        quote_of_id=await find_quoted(session, note.quote),
        quote_authorization_uri=note.quote_stamp,
        to_uris=list(note.to),
        cc_uris=list(note.cc),
        created_at=written,
        edited_at=_edited_at(note, written),
        received_at=moment,
        **_arrangements(note, author),
        **await restricted(session, author.host, _content(note)),
    )
    await save_post(
        session, post, author=author, mentioned=named, silent=silent, tags=note.hashtags
    )
    await settle(session, post)
    await join_quotes(session, post)
    await settle_waiting(session, post)
    if note.poll is not None:
        await save_poll(session, post, note.poll)
    if source is not None:
        await save_source(session, post.id, source)
    return post


async def update_note(session: AsyncSession, post: Post, note: NoteDocument, author: Actor) -> bool:
    """Write what a newer document says of a post; tell whether it reads otherwise now.

    The audience stays what it was. An older document, and one that changes nothing, is ignored; a
    date ahead of us counts as now, so that honest edits still come later (B14). Raises Untrusted
    for what is for the verified doctors by somebody who is none any more, and for new words of a
    post for everybody that are not for everybody.
    """
    says_for_whom = bool(note.to or note.cc)
    if post.visibility in OPEN and says_for_whom and visibility_of(note, author) not in OPEN:
        raise Untrusted(f"{note.id}: the edit is for fewer than have the post")
    if DOCTORS_NAMES & {*post.to_uris, *post.cc_uris} and post.visibility is Visibility.DOCTORS:
        await _require_doctor(session, author)
    if note.clinical and not post.clinical:
        await mark_clinical(session, post)
    moment = min(note.updated or now(), now())
    if moment < (post.edited_at or post.created_at):
        return False
    for name, value in _arrangements(note, author).items():
        setattr(post, name, value)
    before = await wording_of(session, post)
    # New counts are no edit; other options are.
    asks_anew = note.poll is not None and await save_poll(session, post, note.poll)
    content = await restricted(session, author.host, _content(note))
    differs = asks_anew or any(getattr(post, name) != value for name, value in content.items())
    await _change_quote(session, post, note)
    if not differs:
        return False
    await save_wording(session, before)
    for name, value in content.items():
        setattr(post, name, value)
    await forget_pictures(session, post)
    post.edited_at = moment
    named, _ = await _addressed(session, note, author)
    if post.visibility not in OPEN:
        addressed = await _addressed_before(session, post.id)
        named = [actor for actor in named if actor.id in addressed]
    await edit_post(session, post, mentioned=named, tags=note.hashtags)
    return True


async def _change_quote(session: AsyncSession, post: Post, note: NoteDocument) -> None:
    """Take over what a post quotes now, and a stamp that it has got for it."""
    quoted_before = post.quote_of_id
    if post.quote_uri != note.quote:
        post.quote_uri, post.quote_of_id = note.quote, await find_quoted(session, note.quote)
    elif note.quote_stamp in (None, post.quote_authorization_uri):
        return
    post.quote_authorization_uri = note.quote_stamp
    await change_state(session, post, None)
    if quoted_before is not None and quoted_before != post.quote_of_id:
        await count_quotes(session, quoted_before)
    await settle(session, post)


def _content(note: NoteDocument) -> dict[str, Any]:
    return {
        "content": str(sanitise(note.content)),
        "sanitiser_version": SANITISER_VERSION,
        "title": _plain(note.name),
        "content_warning": _plain(note.summary),
        "sensitive": note.sensitive or note.summary is not None,
        "language": note.language,
        "attachments": [asdict(attachment) for attachment in note.attachments],
        "emojis": [asdict(emoji) for emoji in note.emojis],
        "details": note.details.as_json() if note.details is not None else {},
        "quote_uri": note.quote,
    }


def _arrangements(note: NoteDocument, author: Actor) -> dict[str, Any]:
    """Return what an author may arrange anew without saying anything else."""
    policy = policy_of_quotes(
        note.can_quote,
        followers_uri=author.followers_uri,
        is_public=any(is_public(uri) or uri in DOCTORS_NAMES for uri in note.can_quote or ()),
    )
    return {"quote_policy": policy, "replies_uri": note.replies}


def _group_of(note: NoteDocument, author: Actor) -> str | None:
    """Return the group that a post names as its audience (FEP-1b12)."""
    nobody = DOCTORS_NAMES | {author.uri, author.followers_uri, ""}
    named = (_normal(uri) for uri in note.audience if not is_public(uri))
    return next((uri for uri in named if uri not in nobody), None)


def _plain(text: str | None) -> str | None:
    return to_plain(text) if text and "<" in text else text


def _edited_at(note: NoteDocument, written: datetime) -> datetime | None:
    if note.updated is None or note.updated <= written:
        return None
    return min(note.updated, now())


async def _find_parent(session: AsyncSession, note: NoteDocument, author: Actor) -> Post | None:
    """Return what a post answers, as long as naming it does not show that it is there (B49)."""
    if note.in_reply_to is None:
        return None
    parent = await find_post_by_uri(session, note.in_reply_to)
    if parent is None or parent.boost_of_id is not None:
        return None
    if parent.visibility in OPEN or not _is_ours(session, parent.uri):
        return parent
    viewer = await viewer_of(session, author.id)
    return parent if await may_see(session, viewer, parent) else None


def _is_ours(session: AsyncSession, uri: str) -> bool:
    return local_uris(settings_of(session)).is_local(uri)


async def _answered_uri(
    session: AsyncSession, note: NoteDocument, parent: Post | None
) -> str | None:
    # One of ours that is not there for its author is not joined later either.
    if parent is None and note.in_reply_to is not None and _is_ours(session, note.in_reply_to):
        return None
    return note.in_reply_to


def _context_of(session: AsyncSession, note: NoteDocument) -> str | None:
    # A thread of ours is joined by answering in it, not by saying so (B50).
    if note.context is None or _is_ours(session, note.context):
        return None
    return note.context


async def _require_doctor(session: AsyncSession, author: Actor) -> None:
    judged = await class_of(session, author.host)
    if judged is not PeerClass.CLINICAL:
        raise Untrusted(f"{author.host} is {judged}: {NOT_OF_THE_RING}")
    if not await is_doctor(session, author.id):
        raise Untrusted(f"{author.uri} {NO_BADGE}")


async def _addressed(
    session: AsyncSession, note: NoteDocument, author: Actor
) -> tuple[list[Actor], list[Actor]]:
    """Return the known actors in `to` and `cc`: those with a Mention tag, and the others."""
    addressed = {_normal(uri) for uri in (*note.to, *note.cc) if not is_public(uri)}
    tagged = {_normal(mention.href) for mention in note.mentions}
    # None of these is an actor to be told.
    nobody = {author.uri, author.followers_uri or "", VERIFIED_DOCTORS, ""}
    found = await find_actors_by_uri(session, addressed - nobody)
    named = [actor for uri, actor in found.items() if uri in tagged]
    return named, [actor for uri, actor in found.items() if uri not in tagged]


def _normal(uri: str) -> str:
    try:
        return normal_uri(uri)
    except InvalidDocument:
        return ""


async def _addressed_before(session: AsyncSession, post_id: int) -> set[int]:
    statement = select(col(Mention.actor_id)).where(col(Mention.post_id) == post_id)
    return set(await session.scalars(statement))
