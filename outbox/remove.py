"""Remove: somebody here unpins a post."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from db.session import settings_of
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from federation.uris import local_uris
from outbox.ids import fresh_id
from outbox.publish import publish
from outbox.recipients import has_proof, post_inboxes, stays_clinical
from posts.models import Post
from posts.pins import delete_pin


def build_remove(*, id: str, actor_uri: str, post: Post, featured_uri: str) -> JsonObject:
    """Build the Remove of a post from its author's `featured`, told to whom the post is for."""
    return write_activity(
        id=id,
        type="Remove",
        actor=actor_uri,
        object=post.uri,
        to=post.to_uris,
        cc=post.cc_uris,
        target=featured_uri,
    )


async def send_unpin(session: AsyncSession, author: Actor, post: Post) -> None:
    """Show a post where it belongs again; nothing happens where it is not pinned."""
    if not await delete_pin(session, author.id, post.id):
        return
    featured = local_uris(settings_of(session)).collection(author.username, "featured")
    remove = build_remove(
        id=fresh_id(author.uri),
        actor_uri=author.uri,
        post=post,
        featured_uri=featured,
    )
    await publish(
        session,
        author,
        remove,
        inboxes=await post_inboxes(session, post, author, []),
        signs=has_proof(post),
        is_clinical=stays_clinical(post),
    )
