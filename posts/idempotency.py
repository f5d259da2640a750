"""SQL of the keys with which clients post: the same key gives the same post."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from core.clock import now
from db.jobs import upsert
from posts.models import IdempotencyKey


async def claim_key(session: AsyncSession, user_id: int, key: str, post_id: int) -> int:
    """Take a key for a post about to be written; return the id of the post that has it.

    A second posting with the key, even at the same moment, waits here for the first to be on disk.
    """
    row = {"user_id": user_id, "key": key, "post_id": post_id, "created_at": now()}
    statement = upsert(session, IdempotencyKey).values(**row).on_conflict_do_nothing()
    await session.execute(statement)
    holder = select(col(IdempotencyKey.post_id)).where(
        col(IdempotencyKey.user_id) == user_id, col(IdempotencyKey.key) == key
    )
    return await session.scalar(holder) or post_id


async def forget_keys(session: AsyncSession, age: timedelta) -> None:
    """Remove keys older than this."""
    await session.execute(
        delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now() - age)
    )
