"""Somebody is gone: at once nobody sees anything of theirs; what they said is removed in slices.

An account of many years has a hundred thousand posts: in one transaction, nobody else could write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import col

from actors.follows import delete_follows_of
from actors.forgetting import forget_relations
from actors.models import Actor, ActorList
from actors.queries import find_actor, mark_deleted
from db.jobs import enqueue
from db.session import AsyncSession, Database
from federation.client import Client
from media.upload import delete_media_of
from moderation.filter_editing import delete_filters_of
from posts.models import (
    Bookmark,
    Conversation,
    FeaturedTag,
    FollowedTag,
    ScheduledPost,
    ThreadMute,
    TimelineEntry,
)
from posts.save import delete_posts_of, delete_reactions_by
from users.models import User

# A transaction each.
A_SLICE = 100
# Then other jobs have their turn.
SLICES_A_TURN = 20


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far an erasure has come: posts from this id on are deleted."""

    before: int | None = None
    is_done: bool = False


async def owe_erasure(session: AsyncSession, actor: Actor) -> None:
    """Mark an actor as gone, which hides all of theirs, and owe the removal of it."""
    await mark_deleted(session, actor)
    await _owe(session, actor.id, None)


async def _owe(session: AsyncSession, actor_id: int, before: int | None) -> None:
    payload = {"actor_id": actor_id, "before": before}
    await enqueue(session, "erase actor", payload, key=f"erase actor {actor_id}")


async def erase_actor(database: Database, _client: Client, payload: Mapping[str, Any]) -> None:
    """Remove some of what an actor who is gone said and did, and owe the rest.

    Cut off in the middle, it goes on where it was. Somebody who has come back meanwhile keeps what
    is left.
    """
    actor_id, before = int(payload["actor_id"]), payload.get("before")
    for _ in range(SLICES_A_TURN):
        progress = await database.unit(partial(_erase_slice, actor_id=actor_id, before=before))
        if progress.is_done:
            return
        before = progress.before
    async with database.transaction() as session:
        await _owe(session, actor_id, before)


async def _erase_slice(session: AsyncSession, *, actor_id: int, before: int | None) -> _Progress:
    actor = await find_actor(session, actor_id)
    if actor is None or actor.deleted_at is None:
        return _Progress(is_done=True)
    last = await delete_posts_of(session, actor_id, before=before, limit=A_SLICE)
    if last is not None:
        return _Progress(last)
    if await delete_follows_of(session, actor_id, limit=A_SLICE):
        return _Progress(before)
    await delete_reactions_by(session, actor_id)
    await _forget_private(session, actor_id)
    if actor.is_local:
        await delete_media_of(session, actor_id)
    return _Progress(is_done=True)


async def _forget_private(session: AsyncSession, actor_id: int) -> None:
    """Remove what somebody kept for themself, which nobody else ever saw."""
    users = select(col(User.id)).where(col(User.actor_id) == actor_id)
    lists = select(col(ActorList.id)).where(col(ActorList.owner_id) == actor_id)
    for mine in (
        delete(TimelineEntry).where(col(TimelineEntry.owner_id).in_(lists)),
        delete(FollowedTag).where(col(FollowedTag.actor_id) == actor_id),
        delete(FeaturedTag).where(col(FeaturedTag.actor_id) == actor_id),
        delete(Bookmark).where(col(Bookmark.actor_id) == actor_id),
        delete(ThreadMute).where(col(ThreadMute.actor_id) == actor_id),
        delete(Conversation).where(col(Conversation.owner_id) == actor_id),
        delete(ScheduledPost).where(col(ScheduledPost.user_id).in_(users)),
    ):
        await session.execute(mine.execution_options(synchronize_session=False))
    await forget_relations(session, actor_id)
    await delete_filters_of(session, actor_id)
