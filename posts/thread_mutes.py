"""SQL of muted threads: those of which somebody wants to hear no more."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlmodel import col

from core.clock import now
from db.jobs import upsert
from db.session import AsyncSession
from posts.models import Post, ThreadMute


async def mute_thread(session: AsyncSession, actor_id: int, thread_id: int) -> None:
    """Tell somebody nothing more of a thread, whatever is said in it from now on."""
    row = {"actor_id": actor_id, "thread_id": thread_id, "created_at": now()}
    await session.execute(upsert(session, ThreadMute).values(**row).on_conflict_do_nothing())


async def unmute_thread(session: AsyncSession, actor_id: int, thread_id: int) -> None:
    """Tell somebody of a thread again."""
    await session.execute(
        delete(ThreadMute).where(
            col(ThreadMute.actor_id) == actor_id, col(ThreadMute.thread_id) == thread_id
        )
    )


def not_thread_muted(owner_id: Any, post_id: Any) -> ColumnElement[bool]:
    """Return the condition that the owner does not mute the thread of a post."""
    muted = (
        select(col(ThreadMute.thread_id))
        .join(Post, col(Post.thread_id) == col(ThreadMute.thread_id))
        .where(col(ThreadMute.actor_id) == owner_id, col(Post.id) == post_id)
        .correlate_except(ThreadMute, Post)
    )
    return ~muted.exists()
