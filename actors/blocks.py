"""SQL of blocks and mutes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import col

from actors.follows import delete_follow
from actors.models import Actor, Block, Mute
from core.clock import now
from db.paging import Page
from db.session import AsyncSession


async def find_block(session: AsyncSession, blocker_id: int, blocked_id: int) -> Block | None:
    """Return a block, in this direction only."""
    return await session.get(Block, (blocker_id, blocked_id))


async def find_block_by_uri(session: AsyncSession, uri: str) -> Block | None:
    """Return a block by the id of its Block activity."""
    return await session.scalar(select(Block).where(col(Block.uri) == uri).limit(1))


async def find_blockers(
    session: AsyncSession, blocked_id: int, actor_ids: Iterable[int]
) -> frozenset[int]:
    """Return which of some actors block somebody, in one query."""
    statement = select(col(Block.blocker_id)).where(
        col(Block.blocked_id) == blocked_id, col(Block.blocker_id).in_(set(actor_ids))
    )
    return frozenset(await session.scalars(statement))


async def is_blocked_between(session: AsyncSession, first_id: int, second_id: int) -> bool:
    """Tell whether either blocks the other."""
    statement = select(col(Block.id)).where(
        or_(
            (col(Block.blocker_id) == first_id) & (col(Block.blocked_id) == second_id),
            (col(Block.blocker_id) == second_id) & (col(Block.blocked_id) == first_id),
        )
    )
    return await session.scalar(statement.limit(1)) is not None


async def save_block(
    session: AsyncSession, blocker: Actor, blocked: Actor, *, uri: str
) -> Block:
    """Record a block and cut follows and requests in both directions."""
    await delete_follow(session, blocker.id, blocked.id)
    await delete_follow(session, blocked.id, blocker.id)
    block = await find_block(session, blocker.id, blocked.id)
    if block is None:
        block = Block(blocker_id=blocker.id, blocked_id=blocked.id, uri=uri)
        session.add(block)
    block.uri = uri
    await session.flush()
    return block


async def delete_block(
    session: AsyncSession, blocker_id: int, blocked_id: int
) -> Block | None:
    """End a block; return what was there."""
    block = await find_block(session, blocker_id, blocked_id)
    if block is not None:
        await session.delete(block)
        await session.flush()
    return block


async def list_blocks(
    session: AsyncSession, blocker_id: int, page: Page
) -> list[tuple[Block, Actor]]:
    """Return a page of those whom an actor blocks, newest first."""
    statement = (
        select(Block, Actor)
        .join(Actor, col(Actor.id) == col(Block.blocked_id))
        .where(col(Block.blocker_id) == blocker_id)
    )
    rows = (await session.execute(page.apply(statement, col(Block.id)))).all()
    return page.newest_first([(block, actor) for block, actor in rows])


async def save_mute(
    session: AsyncSession,
    muter: Actor,
    muted: Actor,
    *,
    hides_notifications: bool = True,
    expires_at: datetime | None = None,
) -> Mute:
    """Record a mute; a repeated one takes the new wishes."""
    mute = await session.get(Mute, (muter.id, muted.id))
    if mute is None:
        mute = Mute(muter_id=muter.id, muted_id=muted.id)
        session.add(mute)
    mute.hides_notifications, mute.expires_at = hides_notifications, expires_at
    await session.flush()
    return mute


async def delete_mute(session: AsyncSession, muter_id: int, muted_id: int) -> Mute | None:
    """End a mute; return what was there."""
    mute = await session.get(Mute, (muter_id, muted_id))
    if mute is not None:
        await session.delete(mute)
        await session.flush()
    return mute


async def list_mutes(
    session: AsyncSession, muter_id: int, page: Page
) -> list[tuple[Mute, Actor]]:
    """Return a page of those whom an actor mutes, newest first."""
    statement = (
        select(Mute, Actor)
        .join(Actor, col(Actor.id) == col(Mute.muted_id))
        .where(
            col(Mute.muter_id) == muter_id,
            or_(col(Mute.expires_at).is_(None), col(Mute.expires_at) > now()),
        )
    )
    rows = (await session.execute(page.apply(statement, col(Mute.id)))).all()
    return page.newest_first([(mute, actor) for mute, actor in rows])
