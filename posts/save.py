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
from db.bus import Event, emit
from db.jobs import upsert
from db.session import AsyncSession
from media.copies import forget_copies
from media.upload import release_media
from posts.boosts import delete_boost, delete_boosts_of, is_counted
from posts.cards import owe_card
from posts.consent import count_quotes
from posts.conversations import note_talk, step_back
from posts.joining import add_replies, adopt, find_parent, join
from posts.likes import delete_likes_by
from posts.models import (
    Bookmark,
    Like,
    Mention,
    Pin,
    Poll,
    PollOption,
    PollVote,
    Post,
    PostEdit,
    PostSource,
    PostTag,
    Reaction,
    TimelineEntry,
    Visibility,
)
from posts.search_index import forget_post, index_post
from posts.stamps import delete_stamps_about
from posts.votes import delete_votes_by


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
    parent = await find_parent(session, post)
    await join(session, post, author, parent)
    await owe_card(session, post, named)
    session.add(post)
    await session.flush()
    await _name(session, post.id, named, silent)
    spelled = list(tags)
    await _tag(session, post.id, spelled)
    await index_post(session, post, tags=spelled)
    await note_talk(session, post)
    if is_counted(post):
        await change_posts_count(session, author.id, 1)
    if parent is not None and is_counted(post):
        await add_replies(session, parent.id, 1)
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
    spelled = list(tags)
    await _tag(session, post.id, spelled)
    await index_post(session, post, tags=spelled)
    emit(session, Event("edited", post.id, actor_id=post.author_id))
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
    quoted_id = post.quote_of_id
    await delete_stamps_about(session, post)
    await forget_copies(session, [row.get("url") for row in post.attachments])
    _empty(post)
    await session.flush()
    if quoted_id is not None:
        await count_quotes(session, quoted_id)
    await release_media(session, post.id)
    await forget_post(session, post.id)
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
        PostEdit,
        Bookmark,
    )
    for table in tables:
        await session.execute(delete(table).where(table.post_id == post.id))
    await delete_boosts_of(session, post.id)
    if post.visibility is Visibility.MENTIONED:
        await step_back(session, post.thread_id)
    emit(session, Event("deleted", post.id, actor_id=post.author_id))
    if is_counted(post):
        await change_posts_count(session, post.author_id, -1)
        if post.in_reply_to_id is not None:
            await add_replies(session, post.in_reply_to_id, -1)
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


def _empty(post: Post) -> None:
    post.deleted_at = now()
    post.content, post.source_text, post.title, post.content_warning = "", None, None, None
    post.attachments, post.emojis, post.details = [], [], {}
    post.quote_uri = post.quote_of_id = post.card_url = None
    post.language = post.app_name = None
    post.likes_count = 0
