"""Add: somebody here pins a post of their own."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from core.errors import InvalidInput
from db.session import settings_of
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from federation.uris import local_uris
from outbox.ids import fresh_id
from outbox.publish import publish
from outbox.recipients import has_proof, post_inboxes, stays_clinical
from posts.models import Post, Visibility
from posts.pins import MAX_OWN_PINS, count_pins, find_pinned, save_pin


def build_add(*, id: str, actor_uri: str, post: Post, featured_uri: str) -> JsonObject:
    """Build the Add of a post to its author's `featured`, told to whom the post is for."""
    return write_activity(
        id=id,
        type="Add",
        actor=actor_uri,
        object=post.uri,
        to=post.to_uris,
        cc=post.cc_uris,
        target=featured_uri,
    )


async def send_pin(session: AsyncSession, author: Actor, post: Post) -> None:
    """Show a post of one's own first; once more changes nothing.

    Raises InvalidInput, worded as Mastodon does, for others' posts, private ones and too many.
    """
    if post.author_id != author.id:
        raise InvalidInput("Validation failed: Someone else's post cannot be pinned")
    if post.boost_of_id is not None:
        raise InvalidInput("Validation failed: A boost cannot be pinned")
    if post.visibility is Visibility.MENTIONED:
        message = "Posts that are only visible to mentioned users cannot be pinned"
        raise InvalidInput(f"Validation failed: {message}")
    if post.id in await find_pinned(session, author.id, [post.id]):
        return
    if await count_pins(session, author.id) >= MAX_OWN_PINS:
        message = "You have already pinned the maximum number of posts"
        raise InvalidInput(f"Validation failed: {message}")
    await save_pin(session, author, post)
    await tell_pinning(session, author, post, build_add)


async def tell_pinning(
    session: AsyncSession, author: Actor, post: Post, build: Callable[..., JsonObject]
) -> None:
    """Tell whom a post is for, and nobody else, that it is pinned or no longer is."""
    featured = local_uris(settings_of(session)).collection(author.username, "featured")
    await publish(
        session,
        author,
        build(id=fresh_id(author.uri), actor_uri=author.uri, post=post, featured_uri=featured),
        # As wide as the post, and no wider: who is only named in it need not know.
        inboxes=await post_inboxes(session, post, author, []),
        signs=has_proof(post),
        is_clinical=stays_clinical(post),
    )
