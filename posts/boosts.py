"""SQL of boosts: posts that pass another one on; the counts of both sides stay right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import col

from actors.models import Actor
from actors.queries import change_posts_count
from core.clock import now
from core.ids import new_id
from db.bus import Event, emit
from db.paging import Page
from db.session import AsyncSession
from posts.eyes import OPEN
from posts.likes import is_shown
from posts.models import Post, TimelineEntry, Visibility
from posts.visibility import ANONYMOUS, Viewer


def is_counted(post: Post) -> bool:
    """Tell whether a post shows in numbers: what is for named people must not."""
    return post.visibility is not Visibility.MENTIONED


def may_be_boosted(post: Post, *, by_doctor: bool) -> bool:
    """Tell whether a post may be passed on by who sees it (WIRE §6).

    What is public or unlisted may; what is for doctors by a verified doctor; nothing else.
    """
    return by_doctor if post.visibility is Visibility.DOCTORS else post.visibility in OPEN


async def find_boost(session: AsyncSession, actor_id: int, post_id: int) -> Post | None:
    """Return how an actor passed a post on, if it did and did not take it back."""
    statement = select(Post).where(
        col(Post.boost_of_id) == post_id,
        col(Post.author_id) == actor_id,
        col(Post.deleted_at).is_(None),
    )
    return await session.scalar(statement)


async def save_boost(
    session: AsyncSession,
    actor: Actor,
    post: Post,
    *,
    uri: str,
    visibility: Visibility,
    to: Sequence[str] = (),
    cc: Sequence[str] = (),
    created_at: datetime | None = None,
    boost_id: int | None = None,
) -> Post:
    """Record that an actor passes a post on; a second time gives the first boost."""
    known = await find_boost(session, actor.id, post.id)
    if known is not None:
        return known
    number = boost_id or new_id()
    boost = Post(
        id=number,
        uri=uri,
        author_id=actor.id,
        kind="Announce",
        visibility=visibility,
        clinical=post.clinical,
        thread_id=number,
        boost_of_id=post.id,
        to_uris=list(to),
        cc_uris=list(cc),
        created_at=created_at or now(),
    )
    session.add(boost)
    await session.flush()
    await _count(session, post.id, 1)
    if is_counted(boost):
        await change_posts_count(session, actor.id, 1)
    return boost


async def delete_boost(session: AsyncSession, boost: Post) -> None:
    """Take a boost back; its id stays taken, so that the same Announce does not come again."""
    if boost.deleted_at is not None or boost.boost_of_id is None:
        return
    boost.deleted_at = now()
    await session.flush()
    await _count(session, boost.boost_of_id, -1)
    if is_counted(boost):
        await change_posts_count(session, boost.author_id, -1)
    await session.execute(delete(TimelineEntry).where(col(TimelineEntry.post_id) == boost.id))
    emit(session, Event("deleted", boost.id, actor_id=boost.author_id))


async def delete_boosts_of(session: AsyncSession, post_id: int) -> None:
    """Take back every boost of a post."""
    statement = select(Post).where(col(Post.boost_of_id) == post_id, col(Post.deleted_at).is_(None))
    for boost in (await session.scalars(statement)).all():
        await delete_boost(session, boost)


async def list_boosters(
    session: AsyncSession, post_id: int, page: Page, *, viewer: Viewer = ANONYMOUS
) -> list[tuple[Post, Actor]]:
    """Return a page of who passed a post on, newest first; pages go by the boost's id."""
    statement: Any = (
        select(Post, Actor)
        .join(Actor, col(Actor.id) == col(Post.author_id))
        .where(col(Post.boost_of_id) == post_id, col(Post.deleted_at).is_(None), is_shown(viewer))
    )
    rows = (await session.execute(page.apply(statement, col(Post.id)))).all()
    return page.newest_first([(boost, actor) for boost, actor in rows])


async def _count(session: AsyncSession, post_id: int, change: int) -> None:
    moved = update(Post).where(col(Post.id) == post_id)
    await session.execute(moved.values(boosts_count=Post.boosts_count + change))
