"""Create: somebody here says something."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from core.clock import now
from core.errors import InvalidInput
from core.html import SANITISER_VERSION
from core.ids import new_id
from db.session import settings_of
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from federation.uris import LocalUris, local_uris
from media.upload import attach_media, attachment_row
from notifications.notify import notify_mention, notify_status
from outbox.ids import numbered_id
from outbox.publish import publish
from outbox.quote_request import begin_quote, send_quote_request
from outbox.recipients import has_proof, is_for_everybody, post_inboxes, stays_clinical
from posts.documents import address, write_post
from posts.drafts import Draft
from posts.idempotency import claim_key
from posts.models import Post, ScheduledPost
from posts.polls import open_poll, poll_document
from posts.queries import save_source
from posts.quoting import find_quotable
from posts.save import save_post
from posts.timelines import fan_out


def build_create(*, post_id: int, note: JsonObject) -> JsonObject:
    """Build the Create of a post; its id has the post's number, so that a post has one Create."""
    return write_activity(
        id=numbered_id(note["attributedTo"], post_id),
        type="Create",
        actor=note["attributedTo"],
        object=note,
        to=note["to"],
        cc=note["cc"],
    ) | {"published": note["published"]}


async def send_create(
    session: AsyncSession,
    author: Actor,
    draft: Draft,
    *,
    idempotency_key: str | None = None,
    user_id: int | None = None,
) -> Post:
    """Write a post and send it to its audience.

    The same `idempotency_key` of the same user gives the post that was written with it before;
    raises InvalidInput for the key of one that is still to be written.
    """
    if draft.quoted is not None:
        # It may have changed since the draft was checked.
        await find_quotable(session, author, draft.quoted.id)
    post = _post_of(author, draft, local_uris(settings_of(session)))
    if idempotency_key and user_id is not None:
        earlier = await claim_key(session, user_id, idempotency_key, post.id)
        if isinstance(earlier, ScheduledPost):
            raise InvalidInput("Validation failed: the key is that of a scheduled post")
        if earlier is not None:
            return earlier
    post = await save_post(
        session, post, author=author, mentioned=draft.mentioned, tags=draft.tags
    )
    await attach_media(session, draft.media, post.id)
    await begin_quote(session, author, post)
    if draft.poll is not None:
        await open_poll(session, post, draft.poll)
    await fan_out(session, post, author)
    here = [actor.id for actor in draft.mentioned if actor.is_local]
    await notify_mention(session, post, author, here)
    await notify_status(session, post, author)
    await _publish(session, author, post, draft)
    return post


def _post_of(author: Actor, draft: Draft, uris: LocalUris) -> Post:
    post_id, moment, parent, quoted = new_id(), now(), draft.parent, draft.quoted
    addressing = address(draft.visibility, author, draft.mentioned, ring=draft.ring_author)
    return Post(
        id=post_id,
        uri=uris.post(author.username, post_id),
        url=uris.post_page(author.username, post_id),
        author_id=author.id,
        kind="Question" if draft.poll is not None else "Note",
        visibility=draft.visibility,
        clinical=draft.clinical,
        content=draft.html,
        source_text=draft.text,
        sanitiser_version=SANITISER_VERSION,
        content_warning=draft.content_warning,
        sensitive=draft.sensitive,
        language=draft.language,
        in_reply_to_id=parent.id if parent is not None else None,
        in_reply_to_uri=parent.uri if parent is not None else None,
        context_uri=parent.context_uri if parent is not None else uris.context(post_id),
        quote_uri=quoted.uri if quoted is not None else None,
        quote_of_id=quoted.id if quoted is not None else None,
        quote_policy=draft.quote_policy,
        to_uris=list(addressing.to),
        cc_uris=list(addressing.cc),
        attachments=[attachment_row(media) for media in draft.media],
        app_name=draft.app_name,
        created_at=moment,
        received_at=moment,
    )


async def _publish(session: AsyncSession, author: Actor, post: Post, draft: Draft) -> None:
    note = write_post(
        post,
        author,
        mentioned=draft.mentioned,
        tags=draft.tags,
        settings=settings_of(session),
        moment=now(),
        poll=await poll_document(session, post),
    )
    stored = await publish(
        session,
        author,
        build_create(post_id=post.id, note=note),
        inboxes=await post_inboxes(session, post, author, draft.mentioned),
        signs=has_proof(post),
        is_public=is_for_everybody(post),
        is_clinical=stays_clinical(post),
    )
    if stored is not None and has_proof(post):
        await save_source(session, post.id, stored.body)
    await send_quote_request(session, author, post, note)
