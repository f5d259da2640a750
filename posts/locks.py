"""Threads that are closed: who may still answer (Lock, as Lemmy, PieFed and Mbin send it)."""

from __future__ import annotations

from core.clock import now
from db.session import AsyncSession
from posts.models import Post


async def lock_post(session: AsyncSession, post: Post) -> bool:
    """Close a thread from a post downwards; tell whether it was open."""
    if post.locked_at is not None:
        return False
    post.locked_at = now()
    await session.flush()
    return True


async def unlock_post(session: AsyncSession, post: Post) -> bool:
    """Open a thread again; tell whether it was closed."""
    if post.locked_at is None:
        return False
    post.locked_at = None
    await session.flush()
    return True


async def is_closed_to(session: AsyncSession, post: Post, actor_id: int) -> bool:
    """Tell whether somebody may not answer a post: it is locked, or its thread's first post is.

    Who wrote what is locked may still answer.
    """
    if post.locked_at is not None and post.author_id != actor_id:
        return True
    if post.thread_id in (0, post.id):
        return False
    root = await session.get(Post, post.thread_id)
    return root is not None and root.locked_at is not None and root.author_id != actor_id
