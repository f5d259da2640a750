"""SQL of the keys with which clients post: the same key gives the same post.

A key names what was written with it, now or for later; of a post for later, the post that becomes
of it.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from core.clock import now
from db.jobs import upsert
from posts.models import IdempotencyKey, Post, ScheduledPost

Written = Post | ScheduledPost


async def find_by_key(session: AsyncSession, user_id: int, key: str) -> Written | None:
    """Return what somebody wrote with a key before, a deleted post too.

    None where there was nothing, and where a post for later was dropped before its moment.
    """
    # One statement sees one moment: between two, a post for later could become a post.
    statement = (
        select(Post, ScheduledPost)
        .select_from(IdempotencyKey)
        .outerjoin(Post, col(Post.id) == col(IdempotencyKey.post_id))
        .outerjoin(ScheduledPost, col(ScheduledPost.id) == col(IdempotencyKey.post_id))
        .where(*_is(user_id, key))
    )
    found = (await session.execute(statement)).one_or_none()
    return None if found is None else found[0] or found[1]


async def claim_key(
    session: AsyncSession, user_id: int, key: str, written_id: int
) -> Written | None:
    """Take a key for what is about to be written; return what has it already, as `find_by_key`.

    A second posting with the key, even at the same moment, waits here for the first to be on disk;
    so does one that comes while a post for later, which has the key, becomes a post.
    """
    row = {"user_id": user_id, "key": key, "post_id": written_id, "created_at": now()}
    statement = upsert(session, IdempotencyKey).values(**row).on_conflict_do_nothing()
    await session.execute(statement)
    named = select(col(IdempotencyKey.post_id)).where(*_is(user_id, key))
    holder = await session.scalar(named.with_for_update())
    if holder is None or holder == written_id:
        return None
    earlier = await find_by_key(session, user_id, key)
    if earlier is None:
        await hand_on_key(session, user_id, from_id=holder, to_id=written_id)
    return earlier


async def hand_on_key(session: AsyncSession, user_id: int, *, from_id: int, to_id: int) -> None:
    """Let the keys of what somebody wrote name something else; they are as good as new."""
    theirs = update(IdempotencyKey).where(
        col(IdempotencyKey.user_id) == user_id, col(IdempotencyKey.post_id) == from_id
    )
    await session.execute(
        theirs.values(post_id=to_id, created_at=now()).execution_options(synchronize_session=False)
    )


async def forget_keys(session: AsyncSession, age: timedelta) -> None:
    """Remove keys older than this, but for those of posts that are still to be written."""
    waits = exists().where(col(ScheduledPost.id) == col(IdempotencyKey.post_id))
    old = delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now() - age, ~waits)
    await session.execute(old.execution_options(synchronize_session=False))


def _is(user_id: int, key: str) -> tuple[ColumnElement[bool], ...]:
    return col(IdempotencyKey.user_id) == user_id, col(IdempotencyKey.key) == key
