"""SQL of the posts room: posts by id and address, by author, with whom they name and their tags."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.errors import NotFound
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession
from posts.models import Mention, Post, PostSource, PostTag, Tombstone
from posts.visibility import Viewer, find_visible_post, visible_to

_Parent: Any = aliased(Post, name="answered")


async def find_post(session: AsyncSession, post_id: int) -> Post | None:
    """Return a post by our id, whoever may see it; deleted ones too."""
    return await session.get(Post, post_id)


async def find_posts(session: AsyncSession, ids: Iterable[int]) -> dict[int, Post]:
    """Return posts by our ids, whoever may see them, in one query; deleted ones are left out."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    statement = select(Post).where(col(Post.id).in_(wanted), col(Post.deleted_at).is_(None))
    return {post.id: post for post in await session.scalars(statement)}


async def find_post_by_uri(session: AsyncSession, uri: str) -> Post | None:
    """Return a post by its id on the wire, whoever may see it; deleted ones too."""
    return await session.scalar(select(Post).where(col(Post.uri) == uri))


async def get_visible_post(session: AsyncSession, viewer: Viewer, post_id: int) -> Post:
    """Return a post that a viewer may see; raises NotFound for absent and hidden ones alike."""
    post = await find_visible_post(session, viewer, post_id)
    if post is None:
        raise NotFound(f"there is no post {post_id}")
    return post


async def list_visible_posts(
    session: AsyncSession, viewer: Viewer, ids: Iterable[int]
) -> dict[int, Post]:
    """Return those of some posts that a viewer may see, by our ids, in one query."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    statement = select(Post).where(col(Post.id).in_(wanted), visible_to(viewer))
    return {post.id: post for post in await session.scalars(statement)}


async def list_posts_of(
    session: AsyncSession,
    viewer: Viewer,
    author_id: int,
    page: Page,
    *,
    with_replies: bool = True,
    with_boosts: bool = True,
    tag: str | None = None,
    only_media: bool = False,
) -> list[Post]:
    """Return a page of what an actor said and passed on, as far as the viewer may see it.

    Answers to oneself are no replies.
    """
    statement = select(Post).where(col(Post.author_id) == author_id, visible_to(viewer))
    if not with_replies:
        statement = statement.where(is_no_reply_to_others())
    if not with_boosts:
        statement = statement.where(col(Post.boost_of_id).is_(None))
    if tag is not None:
        statement = statement.join(PostTag, col(PostTag.post_id) == col(Post.id))
        statement = statement.where(col(PostTag.tag) == tag.lower())
    if only_media:
        statement = statement.where(col(Post.attachments) != [])
    found = await session.scalars(page.apply(statement, col(Post.id)))
    return page.newest_first(list(found))


def is_no_reply_to_others() -> ColumnElement[bool]:
    """Return the condition that a post answers nothing, or its own author."""
    to_oneself = (
        select(col(_Parent.id))
        .where(
            col(_Parent.id) == col(Post.in_reply_to_id),
            col(_Parent.author_id) == col(Post.author_id),
        )
        .correlate_except(_Parent)
    )
    return or_(col(Post.in_reply_to_uri).is_(None), to_oneself.exists())


async def list_mentioned(session: AsyncSession, post_ids: Iterable[int]) -> dict[int, list[Actor]]:
    """Return whom posts name, by post, in one query; those addressed in silence are left out."""
    wanted = list(set(post_ids))
    if not wanted:
        return {}
    statement = (
        select(col(Mention.post_id), Actor)
        .join(Actor, col(Actor.id) == col(Mention.actor_id))
        .where(col(Mention.post_id).in_(wanted), col(Mention.silent).is_(False))
        .order_by(col(Mention.post_id), col(Actor.id))
    )
    named: dict[int, list[Actor]] = {}
    for post_id, actor in (await session.execute(statement)).all():
        named.setdefault(post_id, []).append(actor)
    return named


async def list_tags(session: AsyncSession, post_ids: Iterable[int]) -> dict[int, list[PostTag]]:
    """Return the hashtags of posts, by post, in one query."""
    wanted = list(set(post_ids))
    if not wanted:
        return {}
    statement = select(PostTag).where(col(PostTag.post_id).in_(wanted)).order_by(col(PostTag.tag))
    tags: dict[int, list[PostTag]] = {}
    for tag in await session.scalars(statement):
        tags.setdefault(tag.post_id, []).append(tag)
    return tags


async def save_source(session: AsyncSession, post_id: int, activity: bytes) -> None:
    """Keep the signed bytes by which a post came or left; those of an edit take their place."""
    statement = upsert(session, PostSource).values(post_id=post_id, activity=activity)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["post_id"], set_={"activity": activity})
    )


async def find_tombstone(session: AsyncSession, uri: str) -> Tombstone | None:
    """Return the note that an id was deleted before we ever saw it."""
    return await session.get(Tombstone, uri)


async def forget_tombstones(session: AsyncSession, age: timedelta) -> None:
    """Forget what was deleted longer ago than this before it came: it does not come any more."""
    await session.execute(delete(Tombstone).where(col(Tombstone.deleted_at) < now() - age))


async def save_tombstone(session: AsyncSession, uri: str, actor_uri: str) -> None:
    """Note that an id was deleted before we ever saw it; a Create that comes late stays out."""
    statement = upsert(session, Tombstone).values(uri=uri, actor_uri=actor_uri, deleted_at=now())
    await session.execute(statement.on_conflict_do_nothing())
