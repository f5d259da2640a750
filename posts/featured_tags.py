"""SQL of featured hashtags: what somebody shows on their profile, with how often they use it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import col

from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from posts.eyes import OPEN
from posts.models import FeaturedTag, Post, PostTag

MOST_TAGS = 10
# Suggestions are made of the hashtags of so many of somebody's newest posts.
LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class TagUse:
    """A featured hashtag: how many open posts of its owner have it, and when the last came."""

    row: FeaturedTag
    count: int = 0
    last_at: datetime | None = None


async def feature_tag(session: AsyncSession, actor_id: int, name: str) -> FeaturedTag:
    """Show a hashtag on a profile; twice is once. Raises InvalidInput for too many."""
    rows = await _rows(session, actor_id)
    known = next((row for row in rows if row.tag == name.lower()), None)
    if known is not None:
        return known
    if len(rows) >= MOST_TAGS:
        raise InvalidInput(
            "Validation failed: You have already featured the maximum number of hashtags"
        )
    row = FeaturedTag(actor_id=actor_id, tag=name.lower(), name=name)
    session.add(row)
    await session.flush()
    return row


async def unfeature_tag(session: AsyncSession, actor_id: int, name: str) -> None:
    """Show a hashtag no more."""
    await session.execute(
        delete(FeaturedTag).where(
            col(FeaturedTag.actor_id) == actor_id, col(FeaturedTag.tag) == name.lower()
        )
    )


async def delete_featured_tag(session: AsyncSession, actor_id: int, row_id: int) -> None:
    """Show a hashtag no more, by its row; raises NotFound for absent ones and others' alike."""
    row = await session.get(FeaturedTag, row_id)
    if row is None or row.actor_id != actor_id:
        raise NotFound(f"{actor_id} features no hashtag under {row_id}")
    await session.delete(row)
    await session.flush()


async def list_featured_tags(session: AsyncSession, actor_id: int) -> list[TagUse]:
    """Return what somebody features, most used first; two queries."""
    rows = await _rows(session, actor_id)
    if not rows:
        return []
    used = await _used(session, actor_id, [row.tag for row in rows])
    found = [TagUse(row, *used.get(row.tag, (0, None))) for row in rows]
    return sorted(found, key=lambda use: (-use.count, use.row.tag))


async def find_featured_tags(
    session: AsyncSession, actor_id: int, tags: Iterable[str]
) -> frozenset[str]:
    """Return which of some hashtags, in lower case, somebody features."""
    wanted = set(tags)
    return frozenset(row.tag for row in await _rows(session, actor_id) if row.tag in wanted)


async def suggest_featured_tags(session: AsyncSession, actor_id: int) -> list[str]:
    """Return hashtags that somebody used lately and does not feature, most used first."""
    newest = (
        select(col(Post.id))
        .where(*_open_posts_of(actor_id))
        .order_by(col(Post.id).desc())
        .limit(LOOKED_AT)
    )
    featured = select(col(FeaturedTag.tag)).where(col(FeaturedTag.actor_id) == actor_id)
    statement = (
        select(col(PostTag.tag))
        .where(col(PostTag.post_id).in_(newest), col(PostTag.tag).not_in(featured))
        .group_by(col(PostTag.tag))
        .order_by(func.count().desc(), col(PostTag.tag))
        .limit(MOST_TAGS)
    )
    return list(await session.scalars(statement))


async def _rows(session: AsyncSession, actor_id: int) -> list[FeaturedTag]:
    mine = select(FeaturedTag).where(col(FeaturedTag.actor_id) == actor_id)
    return list(await session.scalars(mine.order_by(col(FeaturedTag.id))))


async def _used(
    session: AsyncSession, actor_id: int, tags: list[str]
) -> dict[str, tuple[int, datetime]]:
    statement = (
        select(col(PostTag.tag), func.count(), func.max(col(Post.created_at)))
        .join(Post, col(Post.id) == col(PostTag.post_id))
        .where(col(PostTag.tag).in_(tags), *_open_posts_of(actor_id))
        .group_by(col(PostTag.tag))
    )
    return {tag: (count, last) for tag, count, last in await session.execute(statement)}


def _open_posts_of(actor_id: int) -> tuple[Any, ...]:
    # The same number for everybody: what is not for all is not counted.
    return (
        col(Post.author_id) == actor_id,
        col(Post.visibility).in_(OPEN),
        col(Post.boost_of_id).is_(None),
        col(Post.deleted_at).is_(None),
    )
