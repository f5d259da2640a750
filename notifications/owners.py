"""Who is told of something: the local people who want to, and may, know of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlmodel import col

from actors.domain_blocks import not_domain_blocked
from actors.models import LOCAL_HOST, Actor, Mute
from core.clock import now
from db.session import AsyncSession, settings_of
from posts.eyes import Eyes, eyes_of_locals, not_blocked, visible_to_eyes
from posts.models import Post, ThreadMute


async def find_owners(
    session: AsyncSession, from_id: int, wanted: set[int], post: Post | None
) -> list[int]:
    """Return those of some people who are told of what somebody did; one query.

    Not who blocks or is blocked, who mutes the sender or the thread, who may not see the post.
    """
    if not wanted:
        return []
    owner = col(Actor.id)
    eyes = eyes_of_locals(owner, settings_of(session).doctor_professions)
    statement = select(owner).where(
        owner.in_(wanted),
        col(Actor.host) == LOCAL_HOST,
        col(Actor.deleted_at).is_(None),
        col(Actor.suspended_at).is_(None),
        not_blocked(eyes, from_id),
        not_silenced(owner, from_id),
    )
    if post is not None:
        statement = statement.where(_may_see(eyes, post.id), _follows_thread(owner, post))
    return list(await session.scalars(statement.order_by(owner)))


def not_silenced(owner_id: Any, from_id: Any, *, at: Any = None) -> ColumnElement[bool]:
    """Return the condition that the owner does not mute somebody with its notices.

    Nor wants nothing of its whole domain; no moment means now.
    """
    moment = now() if at is None else at
    silenced = (
        select(col(Mute.id))
        .where(
            col(Mute.muter_id) == owner_id,
            col(Mute.muted_id) == from_id,
            col(Mute.hides_notifications).is_(True),
            or_(col(Mute.expires_at).is_(None), col(Mute.expires_at) > moment),
        )
        .correlate_except(Mute)
    )
    return ~silenced.exists() & not_domain_blocked(owner_id, from_id)


def _may_see(eyes: Eyes, post_id: int) -> ColumnElement[bool]:
    seen = select(col(Post.id)).where(col(Post.id) == post_id, visible_to_eyes(eyes))
    return seen.correlate_except(Post).exists()


def _follows_thread(owner_id: Any, post: Post) -> ColumnElement[bool]:
    muted = select(col(ThreadMute.actor_id)).where(
        col(ThreadMute.actor_id) == owner_id,
        col(ThreadMute.thread_id) == (post.thread_id or post.id),
    )
    return ~muted.correlate_except(ThreadMute).exists()
