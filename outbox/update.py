"""Update: a post, or somebody's profile, reads otherwise now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from actors.documents import actor_document
from actors.models import Actor
from actors.queries import find_actor
from core.clock import now
from core.html import SANITISER_VERSION
from db.session import Database, settings_of
from doctors.models import FieldAudience
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from federation.vocabulary import AS_PUBLIC
from media.upload import attach_media, attachment_row, describe_media, release_media
from notifications.notify import notify_mention, notify_quoted_update, notify_update
from outbox import queries
from outbox.activities import replace_body
from outbox.create import build_create
from outbox.ids import derived_id, fresh_id
from outbox.models import Priority
from outbox.publish import prove, publish
from outbox.recipients import (
    Inbox,
    clinical_inboxes,
    follower_inboxes,
    has_proof,
    is_for_everybody,
    post_inboxes,
    reached_inboxes,
    stays_clinical,
)
from outbox.update_profile import send_update_profile
from posts.documents import address, write_post
from posts.drafts import Draft
from posts.edits import forget_files, save_wording, wording_of
from posts.models import Post, Visibility
from posts.polls import poll_document
from posts.queries import list_mentioned, list_tags, save_source
from posts.save import edit_post


def build_update(
    *, id: str, actor_uri: str, thing: JsonObject, published: datetime
) -> JsonObject:
    """Build the Update of a post, addressed as it is, or of an actor, for everybody."""
    followers = [thing["followers"]] if "followers" in thing else []
    return write_activity(
        id=id,
        type="Update",
        actor=actor_uri,
        object=thing,
        to=thing.get("to", [AS_PUBLIC]),
        cc=thing.get("cc", followers),
        published=published,
    )


async def send_update(session: AsyncSession, author: Actor, post: Post, draft: Draft) -> Post:
    """Write a new text of a post and send it to its audience; what reads the same is left alone.

    An edit reaches who may read the post now, and of a post for everybody all who ever got it.
    """
    before = (await list_mentioned(session, [post.id])).get(post.id, [])
    policy_before, post.quote_policy = post.quote_policy, draft.quote_policy
    if not _differs(post, draft):
        if post.quote_policy != policy_before:
            await send_anew(session, author, post)
        return post
    await save_wording(session, await wording_of(session, post))
    await _change_files(session, post, draft)
    mentioned = _addressed_now(post, before, draft)
    addressing = address(post.visibility, author, mentioned, ring=draft.ring_author)
    post.content, post.source_text = draft.html, draft.text
    post.sanitiser_version = SANITISER_VERSION
    post.content_warning, post.sensitive = draft.content_warning, draft.sensitive
    post.language, post.edited_at = draft.language, now()
    post.to_uris, post.cc_uris = list(addressing.to), list(addressing.cc)
    await edit_post(session, post, mentioned=mentioned, tags=draft.tags)
    known = {actor.id for actor in before}
    here = [actor.id for actor in mentioned if actor.is_local and actor.id not in known]
    await notify_mention(session, post, author, here)
    await notify_update(session, post)
    await notify_quoted_update(session, post)
    await publish_update(
        session, author, post, mentioned=mentioned, tags=draft.tags, at=post.edited_at
    )
    return post


def _differs(post: Post, draft: Draft) -> bool:
    words = (post.source_text, post.content_warning, post.sensitive, post.language)
    drafted = (draft.text, draft.content_warning, draft.sensitive, draft.language)
    files = [row.get("media_id") for row in post.attachments]
    return (
        words != drafted
        or post.content != draft.html
        or files != [media.id for media in draft.media]
        or bool(draft.file_words)
    )


async def _change_files(session: AsyncSession, post: Post, draft: Draft) -> None:
    """Give a post the files of its draft; those that it has no longer are gone."""
    if not post.attachments and not draft.media:
        return
    await attach_media(session, draft.media, post.id)
    media = await describe_media(session, draft.media, draft.file_words)
    kept = {one.id for one in media}
    await release_media(session, post.id, but_not=kept)
    await forget_files(session, post.id, but_not=kept)
    post.attachments = [attachment_row(one) for one in media]


def _addressed_now(post: Post, before: Iterable[Actor], draft: Draft) -> list[Actor]:
    """Return whom an edited post addresses: nobody is dropped, nobody new is let in by an edit."""
    actors = {actor.id: actor for actor in before}
    if is_for_everybody(post) or post.visibility is Visibility.DOCTORS:
        # Who is named anew there belongs to the audience as it is.
        actors |= {actor.id: actor for actor in draft.mentioned}
    return list(actors.values())


async def publish_update(
    session: AsyncSession,
    author: Actor,
    post: Post,
    *,
    mentioned: Iterable[Actor],
    tags: Iterable[str],
    at: datetime,
) -> None:
    """Send a post as it is now to its audience; of one for everybody, also to all who got it."""
    actors = list(mentioned)
    note = write_post(
        post,
        author,
        mentioned=actors,
        tags=tags,
        settings=settings_of(session),
        moment=now(),
        poll=await poll_document(session, post),
    )
    inboxes = await post_inboxes(session, post, author, actors)
    if is_for_everybody(post):
        got_it = await queries.list_recipients_of(session, author.id, post.uri)
        inboxes |= {Inbox(url, host) for url, host in got_it}
        inboxes |= await reached_inboxes(session, post)
    await publish(
        session,
        author,
        build_update(
            id=derived_id(author.uri, "Update", post.uri, at.isoformat()),
            actor_uri=author.uri,
            thing=note,
            published=at,
        ),
        inboxes=inboxes,
        signs=has_proof(post),
        is_clinical=stays_clinical(post),
    )
    # The first word says the new text from now on: in the outbox, and to who has not had it yet.
    create = build_create(post_id=post.id, note=note)
    create = await prove(session, author, create) if has_proof(post) else create
    body = orjson.dumps(create)
    if await replace_body(session, create["id"], body) and has_proof(post):
        await save_source(session, post.id, body)


async def send_anew(session: AsyncSession, author: Actor, post: Post) -> None:
    """Send a post as it is now, as its numbers or its arrangements changed: it is no edit."""
    mentioned = (await list_mentioned(session, [post.id])).get(post.id, [])
    tags = (await list_tags(session, [post.id])).get(post.id, [])
    names = [tag.name or tag.tag for tag in tags]
    await publish_update(session, author, post, mentioned=mentioned, tags=names, at=now())


async def send_update_actor(
    session: AsyncSession, actor: Actor, *, priority: Priority = Priority.POST
) -> None:
    """Tell followers' hosts and the clinical peers how somebody's profile reads now."""
    inboxes = await follower_inboxes(session, actor.id) | await clinical_inboxes(session)
    await publish(
        session,
        actor,
        build_update(
            id=fresh_id(actor.uri),
            actor_uri=actor.uri,
            thing=await actor_document(session, actor),
            published=now(),
        ),
        inboxes=inboxes,
        priority=priority,
    )
    if actor.is_private:
        # What it says of itself is not in its own document.
        await send_update_profile(session, actor, FieldAudience.CONTACTS)


async def tell_profile(database: Database, actor_id: int, *, is_urgent: bool) -> None:
    """Tell how the profile of somebody here reads now, who may be gone meanwhile."""
    async with database.transaction() as session:
        actor = await find_actor(session, actor_id)
        if actor is None or not actor.is_local or actor.deleted_at is not None:
            return
        priority = Priority.REVOCATION if is_urgent else Priority.POST
        await send_update_actor(session, actor, priority=priority)
