"""Threads: what a post answers, and what was answered to it, as far as a viewer may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlmodel import col

from db.session import AsyncSession
from posts.models import Post
from posts.visibility import Viewer, visible_to

# As at Mastodon: strangers get the beginning of a thread.
LIMIT = 4096
ANCESTORS_FOR_STRANGERS = 40
DESCENDANTS_FOR_STRANGERS = 60
DEPTH_FOR_STRANGERS = 20
# Rows of ids that are looked at for one thread, whatever is shown of it.
_MAX_ROWS = 20_000


async def list_ancestors(session: AsyncSession, viewer: Viewer, post: Post) -> list[Post]:
    """Return what a post answers, from the beginning of the thread; two queries.

    What the viewer may not see is left out, and what it answers is not.
    """
    limit = LIMIT if viewer.actor_id is not None else ANCESTORS_FOR_STRANGERS
    parents = await _parents(session, post)
    chain: dict[int, None] = {}
    parent = post.in_reply_to_id
    while parent is not None and parent not in chain and len(chain) < limit:
        chain[parent] = None
        parent = parents.get(parent)
    return await _seen(session, viewer, post, list(chain)[::-1])


async def list_descendants(session: AsyncSession, viewer: Viewer, post: Post) -> list[Post]:
    """Return what was answered to a post: each answer, then the answers to it; two queries."""
    is_known = viewer.actor_id is not None
    below = _below(
        await _parents(session, post), post.id, LIMIT if is_known else DEPTH_FOR_STRANGERS
    )
    limit = LIMIT if is_known else DESCENDANTS_FOR_STRANGERS
    return await _seen(session, viewer, post, below[:limit])


async def root_of(session: AsyncSession, post: Post) -> Post | None:
    """Return the post with which a thread begins, as far as the thread is known here."""
    return post if post.thread_id == post.id else await session.get(Post, post.thread_id)


async def find_addressee(session: AsyncSession, post: Post) -> int | None:
    """Return the author of what a post answers; None when it answers nothing.

    For an answer to what is not known here, 0: that is nobody's id.
    """
    if post.in_reply_to_uri is None:
        return None
    parent = await session.get(Post, post.in_reply_to_id) if post.in_reply_to_id else None
    return parent.author_id if parent is not None else 0


async def _parents(session: AsyncSession, post: Post) -> dict[int, int | None]:
    """Return what each post of a thread answers, in the order in which they came."""
    statement = (
        select(col(Post.id), col(Post.in_reply_to_id))
        .where(col(Post.thread_id) == post.thread_id)
        .order_by(col(Post.id))
        .limit(_MAX_ROWS)
    )
    return {post_id: parent_id for post_id, parent_id in await session.execute(statement)}


def _below(parents: Mapping[int, int | None], post_id: int, depth: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for child, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(child)
    found: list[int] = []
    waiting = [(child, 1) for child in reversed(children.pop(post_id, []))]
    while waiting:
        child, level = waiting.pop()
        found.append(child)
        if level < depth:
            waiting += [(one, level + 1) for one in reversed(children.pop(child, []))]
    return found


async def _seen(
    session: AsyncSession, viewer: Viewer, post: Post, ids: Sequence[int]
) -> list[Post]:
    if not ids:
        return []
    wanted = col(Post.id).in_(ids)
    statement = select(Post).where(wanted, visible_to(viewer))
    found = {one.id: one for one in await session.scalars(statement)}
    return [found[one] for one in ids if one in found and one != post.id]
