"""SQL of pins: the posts that an actor shows first on their profile (the `featured` collection)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.ids import new_id
from db.jobs import upsert
from db.session import AsyncSession
from posts.models import Pin, Post
from posts.visibility import ANONYMOUS, Viewer, visible_to

# As at Mastodon for those who live here; others are believed up to a bound.
MAX_OWN_PINS = 5
MAX_PINS = 50


async def save_pin(session: AsyncSession, actor: Actor, post: Post) -> bool:
    """Show a post of an actor's own first; tell whether it was not before, and could be."""
    if post.author_id != actor.id or post.boost_of_id is not None or post.deleted_at is not None:
        return False
    if await count_pins(session, actor.id) >= MAX_PINS:
        return False
    row = {"actor_id": actor.id, "post_id": post.id, "id": new_id(), "created_at": now()}
    statement = upsert(session, Pin).values(**row).on_conflict_do_nothing()
    return await session.scalar(statement.returning(col(Pin.id))) is not None


async def delete_pin(session: AsyncSession, actor_id: int, post_id: int) -> bool:
    """Show a post where it belongs again; tell whether it was pinned."""
    statement = delete(Pin).where(col(Pin.actor_id) == actor_id, col(Pin.post_id) == post_id)
    return (await session.execute(statement.returning(col(Pin.id)))).first() is not None


async def replace_pins(session: AsyncSession, actor: Actor, post_ids: Sequence[int]) -> None:
    """Make these posts of an actor's own the pinned ones, the first first; others are left out."""
    await session.execute(delete(Pin).where(col(Pin.actor_id) == actor.id))
    own = select(col(Post.id)).where(
        col(Post.id).in_(post_ids),
        col(Post.author_id) == actor.id,
        col(Post.boost_of_id).is_(None),
        col(Post.deleted_at).is_(None),
    )
    known = set(await session.scalars(own))
    ordered = [post_id for post_id in dict.fromkeys(post_ids) if post_id in known][:MAX_PINS]
    # What was pinned last comes first: ids grow.
    for post_id in reversed(ordered):
        session.add(Pin(actor_id=actor.id, post_id=post_id))
    await session.flush()


async def count_pins(session: AsyncSession, actor_id: int) -> int:
    """Return how many posts an actor pinned."""
    statement = select(func.count()).select_from(Pin).where(col(Pin.actor_id) == actor_id)
    return await session.scalar(statement) or 0


async def list_pins(
    session: AsyncSession, actor_id: int, viewer: Viewer | None = ANONYMOUS
) -> list[Post]:
    """Return the posts that an actor pinned and a viewer may see, pinned last first.

    `viewer` None is nobody in particular: all that are there, for doors that judge by themselves.
    """
    statement = (
        select(Post)
        .join(Pin, col(Pin.post_id) == col(Post.id))
        .where(col(Pin.actor_id) == actor_id, col(Post.deleted_at).is_(None))
        .order_by(col(Pin.id).desc())
    )
    if viewer is not None:
        statement = statement.where(visible_to(viewer))
    return list(await session.scalars(statement))


async def find_pinned(
    session: AsyncSession, actor_id: int, post_ids: Iterable[int]
) -> frozenset[int]:
    """Return which of some posts an actor pinned, in one query."""
    wanted = list(set(post_ids))
    if not wanted:
        return frozenset()
    statement = select(col(Pin.post_id)).where(
        col(Pin.actor_id) == actor_id, col(Pin.post_id).in_(wanted)
    )
    return frozenset(await session.scalars(statement))
