"""How a post gets its place in a thread, also when what it answers comes after it."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlmodel import col

from actors.models import Actor
from actors.queries import change_posts_count
from db.jobs import enqueue
from db.session import AsyncSession
from posts.boosts import is_counted
from posts.conversations import note_talk, step_back
from posts.eyes import OPEN
from posts.models import Post, Visibility
from posts.queries import find_post_by_uri
from posts.visibility import narrowed

# So many replies that came early are joined in one transaction.
ADOPTED_AT_ONCE = 100


async def find_parent(session: AsyncSession, post: Post) -> Post | None:
    """Return what a post answers, if it is here."""
    if post.in_reply_to_id is not None:
        return await session.get(Post, post.in_reply_to_id)
    if post.in_reply_to_uri is not None:
        return await find_post_by_uri(session, post.in_reply_to_uri)
    return None


async def join(session: AsyncSession, post: Post, author: Actor, parent: Post | None) -> None:
    """Give a post its place under what it answers, and what it inherits from there."""
    post.thread_id = post.id
    if parent is None:
        return
    asked = post.visibility
    post.in_reply_to_id, post.in_reply_to_uri = parent.id, parent.uri
    post.thread_id = parent.thread_id or parent.id
    post.context_uri = post.context_uri or parent.context_uri
    post.clinical = post.clinical or parent.clinical
    post.visibility = narrowed(asked, parent)
    post.ring_id, post.is_narrowed = None, False
    if parent.visibility in OPEN or post.visibility is Visibility.MENTIONED:
        return
    first = await _first_of_ring(session, parent)
    post.ring_id = first.id
    if post.visibility is Visibility.FOLLOWERS:
        # Within a ring a reply is addressed to the followers of its first author. A server that
        # knows no rings addresses the replier's own: then readers must belong to both.
        addressed = {*post.to_uris, *post.cc_uris}
        is_for_own = asked is Visibility.FOLLOWERS and author.followers_uri in addressed
        post.is_narrowed = is_for_own or first.visibility is Visibility.DOCTORS


async def _first_of_ring(session: AsyncSession, parent: Post) -> Post:
    first = await session.get(Post, parent.ring_id) if parent.ring_id is not None else None
    return first or parent


async def add_replies(session: AsyncSession, post_id: int, change: int) -> None:
    """Count more, or fewer, answers to a post."""
    moved = update(Post).where(col(Post.id) == post_id)
    await session.execute(moved.values(replies_count=Post.replies_count + change))


async def adopt(session: AsyncSession, post: Post) -> None:
    """Join the replies that came before this post, each with what hangs on it.

    Of very many some are joined now, and the rest is owed: one post does not hold everybody up.
    """
    waiting = (
        select(Post)
        .where(
            col(Post.in_reply_to_uri) == post.uri,
            col(Post.in_reply_to_id).is_(None),
            # What answers its own answer has no place in a tree.
            col(Post.id) != post.thread_id,
        )
        .order_by(col(Post.id))
        .limit(ADOPTED_AT_ONCE + 1)
    )
    orphans = (await session.scalars(waiting)).all()
    for orphan in orphans[:ADOPTED_AT_ONCE]:
        await _rejoin(session, orphan, post, is_new=True)
        await _move_thread(session, orphan)
    if len(orphans) > ADOPTED_AT_ONCE:
        owed = {"post_id": post.id}
        await enqueue(session, "adopt replies", owed, key=f"adopt replies {post.id}")


async def _move_thread(session: AsyncSession, orphan: Post) -> None:
    """Bring along what answers an adopted reply, parents before children."""
    below = select(Post).where(col(Post.thread_id) == orphan.id, col(Post.id) != orphan.id)
    children: dict[int | None, list[Post]] = {}
    for reply in (await session.scalars(below)).all():
        children.setdefault(reply.in_reply_to_id, []).append(reply)
    parents = [orphan]
    while parents:
        parent = parents.pop()
        for reply in children.pop(parent.id, []):
            await _rejoin(session, reply, parent, is_new=False)
            parents.append(reply)


async def _rejoin(session: AsyncSession, reply: Post, parent: Post, *, is_new: bool) -> None:
    author = await session.get(Actor, reply.author_id)
    assert author is not None
    was_counted, thread_before = is_counted(reply), reply.thread_id
    await join(session, reply, author, parent)
    await session.flush()
    if reply.thread_id != thread_before:
        await step_back(session, thread_before)
    await note_talk(session, reply)
    if reply.deleted_at is not None:
        return
    if was_counted and not is_counted(reply):
        await change_posts_count(session, author.id, -1)
    change = int(is_counted(reply)) - (0 if is_new else int(was_counted))
    if change:
        await add_replies(session, parent.id, change)
