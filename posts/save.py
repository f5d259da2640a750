"""Posts written, edited and deleted as rows; every count stays what counting rows would give.

`replies_count` and the author's `posts_count` leave out what is for named people only: a number
must not tell that they talk.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlmodel import col

from actors.models import Actor
from actors.queries import change_posts_count
from core.clock import now
from db.jobs import enqueue, upsert
from db.session import AsyncSession
from posts.boosts import delete_boost, delete_boosts_of, is_counted
from posts.cards import owe_card
from posts.eyes import OPEN
from posts.likes import delete_likes_by
from posts.models import (
    Like,
    Mention,
    Pin,
    Poll,
    PollOption,
    PollVote,
    Post,
    PostSource,
    PostTag,
    Reaction,
    TimelineEntry,
    Visibility,
)
from posts.queries import find_post_by_uri
from posts.visibility import narrowed
from posts.votes import delete_votes_by

# So many replies that came early are joined in one transaction.
ADOPTED_AT_ONCE = 100


async def save_post(
    session: AsyncSession,
    post: Post,
    *,
    author: Actor,
    mentioned: Iterable[Actor] = (),
    silent: Iterable[Actor] = (),
    tags: Iterable[str] = (),
) -> Post:
    """Insert a post into its thread, with whom it names and its hashtags (without `#`).

    A reply is kept with an audience that is not wider than its parent's, and is clinical when that
    is. Replies that came before what they answer are joined to it.
    """
    named = list(mentioned)
    parent = await _find_parent(session, post)
    await _join(session, post, author, parent)
    await owe_card(session, post, named)
    session.add(post)
    await session.flush()
    await _name(session, post.id, named, silent)
    await _tag(session, post.id, tags)
    if is_counted(post):
        await change_posts_count(session, author.id, 1)
    if parent is not None and is_counted(post):
        await _add_replies(session, parent.id, 1)
    if not author.is_local:
        # Nobody can answer what is written here before it is.
        await adopt(session, post)
    return post


async def edit_post(
    session: AsyncSession,
    post: Post,
    *,
    mentioned: Iterable[Actor] = (),
    silent: Iterable[Actor] = (),
    tags: Iterable[str] = (),
) -> Post:
    """Write what the caller changed of a post, with whom it names now and its hashtags now.

    Who is not named any more keeps reading it; the audience never changes.
    """
    post.edited_at = post.edited_at or now()
    named = list(mentioned)
    await owe_card(session, post, named)
    await session.flush()
    kept = [actor.id for actor in named]
    await session.execute(
        update(Mention)
        .where(col(Mention.post_id) == post.id, col(Mention.actor_id).not_in(kept))
        .values(silent=True)
    )
    await _name(session, post.id, named, silent)
    await session.execute(delete(PostTag).where(col(PostTag.post_id) == post.id))
    await _tag(session, post.id, tags)
    return post


async def mark_clinical(session: AsyncSession, post: Post) -> None:
    """Make a post clinical, and with it all that answers it or passes it on (WIRE §2)."""
    below = select(col(Post.id)).where(col(Post.id) == post.id).cte("below", recursive=True)
    below = below.union(select(col(Post.id)).where(col(Post.in_reply_to_id) == below.c.id))
    marked = select(below.c.id)
    await session.execute(
        update(Post)
        .where(or_(col(Post.id).in_(marked), col(Post.boost_of_id).in_(marked)))
        .values(clinical=True, card_url=None)
        .execution_options(synchronize_session="fetch")
    )


async def delete_post(session: AsyncSession, post: Post) -> None:
    """Empty a post, and remove what hangs on it; a boost is taken back.

    The row stays with its id, its place in the thread and its audience: who was entitled to it is
    told that it is gone.
    """
    if post.boost_of_id is not None:
        return await delete_boost(session, post)
    if post.deleted_at is not None:
        return None
    _empty(post)
    await session.flush()
    tables: tuple[Any, ...] = (
        PostTag,
        Like,
        Reaction,
        Pin,
        PollVote,
        PollOption,
        Poll,
        TimelineEntry,
        PostSource,
    )
    for table in tables:
        await session.execute(delete(table).where(table.post_id == post.id))
    await delete_boosts_of(session, post.id)
    if is_counted(post):
        await change_posts_count(session, post.author_id, -1)
        if post.in_reply_to_id is not None:
            await _add_replies(session, post.in_reply_to_id, -1)
    return None


async def delete_posts_of(
    session: AsyncSession, author_id: int, *, limit: int, before: int | None = None
) -> int | None:
    """Delete some of what an actor said and passed on, newest first.

    Returns the id `before` which the next are; None when there was nothing left.
    """
    statement = select(Post).where(
        col(Post.author_id) == author_id, col(Post.deleted_at).is_(None)
    )
    if before is not None:
        statement = statement.where(col(Post.id) < before)
    posts = list(await session.scalars(statement.order_by(col(Post.id).desc()).limit(limit)))
    for post in posts:
        await delete_post(session, post)
    return posts[-1].id if posts else None


async def delete_reactions_by(session: AsyncSession, author_id: int) -> None:
    """Take back everything that an actor approved of, reacted to and voted for."""
    await delete_likes_by(session, author_id)
    await delete_votes_by(session, author_id)
    await session.execute(delete(Reaction).where(col(Reaction.actor_id) == author_id))


async def _find_parent(session: AsyncSession, post: Post) -> Post | None:
    if post.in_reply_to_id is not None:
        return await session.get(Post, post.in_reply_to_id)
    if post.in_reply_to_uri is not None:
        return await find_post_by_uri(session, post.in_reply_to_uri)
    return None


async def _join(session: AsyncSession, post: Post, author: Actor, parent: Post | None) -> None:
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


async def _name(
    session: AsyncSession, post_id: int, mentioned: Iterable[Actor], silent: Iterable[Actor]
) -> None:
    rows = {actor.id: True for actor in silent} | {actor.id: False for actor in mentioned}
    if not rows:
        return
    values = [
        {"post_id": post_id, "actor_id": actor_id, "silent": is_silent}
        for actor_id, is_silent in rows.items()
    ]
    statement = upsert(session, Mention).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["post_id", "actor_id"], set_={"silent": statement.excluded.silent}
        )
    )


async def _tag(session: AsyncSession, post_id: int, tags: Iterable[str]) -> None:
    names = {name.lower(): name for name in tags if name}
    if not names:
        return
    values = [{"tag": tag, "post_id": post_id, "name": name} for tag, name in names.items()]
    await session.execute(upsert(session, PostTag).values(values).on_conflict_do_nothing())


async def _add_replies(session: AsyncSession, post_id: int, change: int) -> None:
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
    was_counted = is_counted(reply)
    await _join(session, reply, author, parent)
    await session.flush()
    if reply.deleted_at is not None:
        return
    if was_counted and not is_counted(reply):
        await change_posts_count(session, author.id, -1)
    change = int(is_counted(reply)) - (0 if is_new else int(was_counted))
    if change:
        await _add_replies(session, parent.id, change)


def _empty(post: Post) -> None:
    post.deleted_at = now()
    post.content, post.source_text, post.title, post.content_warning = "", None, None, None
    post.attachments, post.emojis, post.details = [], [], {}
    post.quote_uri = post.quote_of_id = post.card_url = None
    post.language = post.app_name = None
    post.likes_count = 0
