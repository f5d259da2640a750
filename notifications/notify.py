"""Notices to local actors, one function a kind: once for the same cause.

Never about oneself, but that one's own poll is over. Nobody is told of somebody whom they block,
who blocks them, or whom they mute with its notices, nor of a post that they may not see. A flood of
one host is told as a digest (`floods.py`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor, Follow, Mute
from core.clock import now
from core.ids import new_id
from db.jobs import upsert
from db.session import AsyncSession, settings_of
from notifications.floods import count_others, find_flooded
from notifications.models import Kind, Notification
from posts.eyes import Eyes, eyes_of_locals, not_blocked, visible_to_eyes
from posts.models import Mention, Post
from posts.threads import find_addressee


async def notify_mention(
    session: AsyncSession, post: Post, from_actor: Actor, owner_ids: Iterable[int]
) -> list[int]:
    """Tell those whom a post names; returns who was told."""
    return await _notify(session, Kind.MENTION, from_actor.id, owner_ids, post=post)


async def notify_follow(session: AsyncSession, owner_id: int, from_id: int) -> list[int]:
    """Tell somebody of a new follower; returns who was told."""
    return await _notify(session, Kind.FOLLOW, from_id, [owner_id])


async def notify_follow_request(session: AsyncSession, owner_id: int, from_id: int) -> list[int]:
    """Tell somebody who wants to follow; returns who was told."""
    return await _notify(session, Kind.FOLLOW_REQUEST, from_id, [owner_id])


async def notify_like(session: AsyncSession, post: Post, from_id: int) -> list[int]:
    """Tell the author who approves of a post; returns who was told."""
    return await _notify(session, Kind.LIKE, from_id, [post.author_id], post=post)


async def notify_boost(session: AsyncSession, post: Post, from_id: int) -> list[int]:
    """Tell the author who passes a post on (`post` is what was passed on); returns who was told."""
    return await _notify(session, Kind.BOOST, from_id, [post.author_id], post=post)


async def notify_status(session: AsyncSession, post: Post, author: Actor) -> list[int]:
    """Tell followers who asked for it that somebody posted; returns who was told.

    Not of boosts, of answers to others, nor twice to those whom the post names.
    """
    is_boost = post.boost_of_id is not None
    if is_boost or await find_addressee(session, post) not in {None, author.id}:
        return []
    named = select(col(Mention.actor_id)).where(
        col(Mention.post_id) == post.id, col(Mention.silent).is_(False)
    )
    wanting = select(col(Follow.follower_id)).where(
        col(Follow.followee_id) == author.id,
        col(Follow.accepted_at).is_not(None),
        col(Follow.notifies).is_(True),
        col(Follow.follower_id).not_in(named),
    )
    owners = list(await session.scalars(wanting))
    return await _notify(session, Kind.STATUS, author.id, owners, post=post)


async def notify_update(session: AsyncSession, post: Post) -> list[int]:
    """Tell those who passed a post on that it was edited; returns who was told."""
    boosters = select(col(Post.author_id)).where(
        col(Post.boost_of_id) == post.id, col(Post.deleted_at).is_(None)
    )
    owners = list(await session.scalars(boosters))
    edited = post.edited_at.isoformat() if post.edited_at is not None else ""
    cause = f"{post.id}/{edited}"
    return await _notify(session, Kind.UPDATE, post.author_id, owners, post=post, cause=cause)


async def notify_poll(session: AsyncSession, post: Post, owner_ids: Iterable[int]) -> list[int]:
    """Tell those who voted, and who asked, that a poll is over; returns who was told."""
    return await _notify(session, Kind.POLL, post.author_id, owner_ids, post=post)


async def withdraw(
    session: AsyncSession, owner_id: int, kind: Kind, from_id: int, *, cause: str = ""
) -> None:
    """Take a notice back; the cause of a notice about a post is the post's id."""
    await session.execute(
        delete(Notification)
        .where(
            col(Notification.owner_id) == owner_id,
            col(Notification.kind) == kind,
            col(Notification.from_id) == from_id,
            col(Notification.cause) == cause,
        )
        .execution_options(synchronize_session=False)
    )


async def forget_post(session: AsyncSession, post_id: int) -> None:
    """Take back every notice about a post that is deleted."""
    about = delete(Notification).where(col(Notification.post_id) == post_id)
    await session.execute(about.execution_options(synchronize_session=False))


async def forget_between(session: AsyncSession, owner_id: int, from_id: int) -> None:
    """Take back every notice to somebody about another, as after a block."""
    between = delete(Notification).where(
        col(Notification.owner_id) == owner_id, col(Notification.from_id) == from_id
    )
    await session.execute(between.execution_options(synchronize_session=False))


async def _notify(
    session: AsyncSession,
    kind: Kind,
    from_id: int,
    owner_ids: Iterable[int],
    *,
    post: Post | None = None,
    cause: str | None = None,
) -> list[int]:
    """Write one notice for each who wants it; a fixed number of statements, whoever they are."""
    post_id = post.id if post is not None else None
    # One's own poll is over for oneself, too.
    oneself = set() if kind is Kind.POLL else {from_id}
    owners = await _who_wants(session, from_id, set(owner_ids) - oneself, post_id)
    if not owners:
        return []
    cause = cause or str(post_id or "")
    flooded = await find_flooded(session, kind, from_id, owners)
    if flooded:
        await count_others(session, flooded.values(), from_id=from_id, cause=cause)
    moment = now()
    rows = [
        {
            "id": new_id(),
            "owner_id": owner,
            "kind": kind,
            "from_id": from_id,
            "post_id": post_id,
            "cause": cause,
            "others": 0,
            "created_at": moment,
        }
        for owner in owners
        if owner not in flooded
    ]
    if not rows:
        return []
    statement = upsert(session, Notification).values(rows).on_conflict_do_nothing()
    return list(await session.scalars(statement.returning(col(Notification.owner_id))))


async def _who_wants(
    session: AsyncSession, from_id: int, wanted: set[int], post_id: int | None
) -> list[int]:
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
    if post_id is not None:
        statement = statement.where(_may_see(eyes, post_id))
    return list(await session.scalars(statement.order_by(owner)))


def not_silenced(owner_id: Any, from_id: Any) -> ColumnElement[bool]:
    """Return the condition that the owner does not mute somebody with its notices."""
    silenced = (
        select(col(Mute.id))
        .where(
            col(Mute.muter_id) == owner_id,
            col(Mute.muted_id) == from_id,
            col(Mute.hides_notifications).is_(True),
            or_(col(Mute.expires_at).is_(None), col(Mute.expires_at) > now()),
        )
        .correlate_except(Mute)
    )
    return ~silenced.exists()


def _may_see(eyes: Eyes, post_id: int) -> ColumnElement[bool]:
    seen = select(col(Post.id)).where(col(Post.id) == post_id, visible_to_eyes(eyes))
    return seen.correlate_except(Post).exists()
