"""Like: somebody here approves of a post."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import get_actor
from core.clock import now
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from notifications.notify import notify_like
from outbox.ids import fresh_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import Inbox, has_proof, own_inboxes_of, stays_clinical
from posts.likes import save_like
from posts.models import Post


def build_like(
    *,
    id: str,
    actor_uri: str,
    post_uri: str,
    author_uri: str,
    published: datetime | None = None,
) -> JsonObject:
    """Build a Like, told to the post's author and nobody else."""
    return write_activity(
        id=id,
        type="Like",
        actor=actor_uri,
        object=post_uri,
        to=[author_uri],
        published=published,
    )


def like_inboxes(author: Actor) -> set[Inbox]:
    """Return where a like of an author's post goes."""
    return own_inboxes_of([author])


async def send_like(session: AsyncSession, actor: Actor, post: Post) -> None:
    """Like a post that the actor may see; liking it again changes nothing."""
    uri = fresh_id(actor.uri)
    if not await save_like(session, actor, post, uri):
        return
    author = await get_actor(session, post.author_id)
    if author.is_local:
        await notify_like(session, post, actor.id)
        return
    await publish(
        session,
        actor,
        build_like(
            id=uri,
            actor_uri=actor.uri,
            post_uri=post.uri,
            author_uri=author.uri,
            published=now(),
        ),
        inboxes=like_inboxes(author),
        priority=Priority.REACTION,
        signs=has_proof(post),
        is_clinical=stays_clinical(post),
    )
