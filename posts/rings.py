"""Rings: in a thread for doctors or followers, all reaches whom the first post reached."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from posts.models import Post, Visibility

RESTRICTED = frozenset({Visibility.DOCTORS, Visibility.FOLLOWERS})
_MAX_CLIMB = 200


async def ring_root(session: AsyncSession, post: Post) -> Post:
    """Return the post whose recipients this one reaches: itself, unless it answers in a ring.

    A ring begins where a thread is narrowed: it is climbed as long as the parent has the same
    restricted audience, and ends at what is not known here.
    """
    if post.visibility not in RESTRICTED or post.in_reply_to_id is None:
        return post
    if post.ring_id is not None:
        return await session.get(Post, post.ring_id) or post
    root = await session.get(Post, post.thread_id)
    # Under a restricted root everything is its audience's, or narrower.
    if root is not None and root.visibility is post.visibility:
        return root
    for _ in range(_MAX_CLIMB):
        if post.in_reply_to_id is None:
            break
        parent = await session.get(Post, post.in_reply_to_id)
        if parent is None or parent.visibility is not post.visibility:
            break
        post = parent
    return post
