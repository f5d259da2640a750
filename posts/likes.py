"""SQL of likes: who approves of what; the count of the post stays right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    bindparam,
    delete,
    literal,
    select,
    true,
    update,
)
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.ids import new_id
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession
from posts.eyes import not_blocked
from posts.models import Bookmark, Like, Pin, Post, ThreadMute
from posts.visibility import ANONYMOUS, Viewer, eyes_of, visible_to


@dataclass(frozen=True, slots=True)
class Interactions:
    """Which of some posts somebody approves of, passed on, keeps, and shows first.

    `muted` are those in a thread of which they want to hear no more.
    """

    liked: frozenset[int] = frozenset()
    boosted: frozenset[int] = frozenset()
    pinned: frozenset[int] = frozenset()
    bookmarked: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()


async def find_like(session: AsyncSession, actor_id: int, post_id: int) -> Like | None:
    """Return an actor's approval of a post."""
    return await session.get(Like, (actor_id, post_id))


async def find_like_by_uri(session: AsyncSession, uri: str) -> Like | None:
    """Return an approval by the id of its Like activity."""
    return await session.scalar(select(Like).where(col(Like.uri) == uri).limit(1))


async def save_like(session: AsyncSession, actor: Actor, post: Post, uri: str) -> bool:
    """Record an approval; tell whether it is new."""
    row = {
        "actor_id": actor.id,
        "post_id": post.id,
        "id": new_id(),
        "uri": uri,
        "created_at": now(),
    }
    statement = upsert(session, Like).values(**row).on_conflict_do_nothing()
    if await session.scalar(statement.returning(col(Like.id))) is None:
        return False
    await _count(session, post.id, 1)
    return True


async def delete_like(session: AsyncSession, actor_id: int, post: Post) -> Like | None:
    """Take an approval back; return what was there."""
    like = await find_like(session, actor_id, post.id)
    if like is None:
        return None
    await session.delete(like)
    await session.flush()
    await _count(session, post.id, -1)
    return like


async def delete_likes_by(session: AsyncSession, actor_id: int) -> None:
    """Take back everything that an actor approved of."""
    liked = select(col(Like.post_id)).where(col(Like.actor_id) == actor_id)
    await session.execute(
        update(Post)
        .where(col(Post.id).in_(liked))
        .values(likes_count=Post.likes_count - 1)
        .execution_options(synchronize_session="fetch")
    )
    await session.execute(delete(Like).where(col(Like.actor_id) == actor_id))


async def list_likers(
    session: AsyncSession, post_id: int, page: Page, *, viewer: Viewer = ANONYMOUS
) -> list[tuple[Like, Actor]]:
    """Return a page of who approves of a post, newest first; pages go by Like.id."""
    statement: Any = (
        select(Like, Actor)
        .join(Actor, col(Actor.id) == col(Like.actor_id))
        .where(col(Like.post_id) == post_id, is_shown(viewer))
    )
    rows = (await session.execute(page.apply(statement, col(Like.id)))).all()
    return page.newest_first([(like, actor) for like, actor in rows])


async def list_liked(
    session: AsyncSession, viewer: Viewer, page: Page
) -> list[tuple[Like, Post]]:
    """Return a page of what the viewer approves of and may still see; pages go by Like.id."""
    statement: Any = (
        select(Like, Post)
        .join(Post, col(Post.id) == col(Like.post_id))
        .where(col(Like.actor_id) == viewer.actor_id, visible_to(viewer))
    )
    rows = (await session.execute(page.apply(statement, col(Like.id)))).all()
    return page.newest_first([(like, post) for like, post in rows])


def is_shown(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that an actor of a list is there, and not blocked either way."""
    there = col(Actor.deleted_at).is_(None) & col(Actor.suspended_at).is_(None)
    known = viewer.actor_id is not None
    return there & (not_blocked(eyes_of(viewer), col(Actor.id)) if known else true())


async def find_interactions(
    session: AsyncSession, viewer_id: int, post_ids: Iterable[int]
) -> Interactions:
    """Return what somebody did with some posts, in one query."""
    wanted = list(set(post_ids))
    if not wanted:
        return Interactions()
    found: dict[str, set[int]] = {field.name: set() for field in fields(Interactions)}
    rows = await session.execute(_interactions(), {"viewer": viewer_id, "posts": wanted})
    for post_id, what in rows.all():
        found[what].add(post_id)
    return Interactions(**{what: frozenset(ids) for what, ids in found.items()})


@lru_cache(maxsize=1)
def _interactions() -> CompoundSelect[int, str]:
    """Return the query of what somebody did: (id of a post, field of `Interactions`).

    Made once: it is asked for every list of posts, and making it costs more than running it.
    """
    viewer = bindparam("viewer", type_=BigInteger)
    wanted: Any = bindparam("posts", expanding=True, type_=BigInteger)
    liked = select(col(Like.post_id), literal("liked")).where(
        col(Like.actor_id) == viewer, col(Like.post_id).in_(wanted)
    )
    boosted = select(col(Post.boost_of_id), literal("boosted")).where(
        col(Post.author_id) == viewer,
        col(Post.boost_of_id).in_(wanted),
        col(Post.deleted_at).is_(None),
    )
    pinned = select(col(Pin.post_id), literal("pinned")).where(
        col(Pin.actor_id) == viewer, col(Pin.post_id).in_(wanted)
    )
    bookmarked = select(col(Bookmark.post_id), literal("bookmarked")).where(
        col(Bookmark.actor_id) == viewer, col(Bookmark.post_id).in_(wanted)
    )
    muted = (
        select(col(Post.id), literal("muted"))
        .join(ThreadMute, col(ThreadMute.thread_id) == col(Post.thread_id))
        .where(col(ThreadMute.actor_id) == viewer, col(Post.id).in_(wanted))
    )
    return liked.union_all(boosted, pinned, bookmarked, muted)


async def _count(session: AsyncSession, post_id: int, change: int) -> None:
    moved = update(Post).where(col(Post.id) == post_id)
    await session.execute(moved.values(likes_count=Post.likes_count + change))
