"""SQL of followed hashtags: whose public posts come to somebody's home."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlmodel import col

from core.clock import now
from core.errors import InvalidInput
from core.ids import new_id
from core.text import find_hashtags
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession
from posts.models import FollowedTag

MOST_TAGS = 500


def read_tag(text: str) -> str | None:
    """Return a hashtag's name as written, without `#`; None for what can be none."""
    name = text.strip().removeprefix("#")
    return name if find_hashtags(f"#{name}") == (name,) else None


async def follow_tag(session: AsyncSession, actor_id: int, name: str) -> None:
    """Let the posts with a hashtag come to somebody's home from now on; twice is once.

    Raises InvalidInput for too many.
    """
    counted = select(func.count()).where(col(FollowedTag.actor_id) == actor_id)
    if (await session.scalar(counted) or 0) >= MOST_TAGS:
        raise InvalidInput("Validation failed: You follow too many hashtags")
    row = {
        "actor_id": actor_id,
        "tag": name.lower(),
        "id": new_id(),
        "name": name,
        "created_at": now(),
    }
    await session.execute(upsert(session, FollowedTag).values(**row).on_conflict_do_nothing())


async def unfollow_tag(session: AsyncSession, actor_id: int, name: str) -> None:
    """Let no more of them come; those that came stay, as at Mastodon."""
    await session.execute(
        delete(FollowedTag).where(
            col(FollowedTag.actor_id) == actor_id, col(FollowedTag.tag) == name.lower()
        )
    )


async def list_followed_tags(
    session: AsyncSession, actor_id: int, page: Page
) -> list[FollowedTag]:
    """Return a page of the hashtags that somebody follows, newest first."""
    mine = select(FollowedTag).where(col(FollowedTag.actor_id) == actor_id)
    found = await session.scalars(page.apply(mine, col(FollowedTag.id)))
    return page.newest_first(list(found))


async def find_followed_tags(
    session: AsyncSession, actor_id: int, tags: Iterable[str]
) -> frozenset[str]:
    """Return which of some hashtags, in lower case, somebody follows."""
    statement = select(col(FollowedTag.tag)).where(
        col(FollowedTag.actor_id) == actor_id, col(FollowedTag.tag).in_(list(tags))
    )
    return frozenset(await session.scalars(statement))
