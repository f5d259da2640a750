"""Remove: somebody here unpins a post."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from outbox.add import tell_pinning
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
    if await delete_pin(session, author.id, post.id):
        await tell_pinning(session, author, post, build_remove)
