"""SQL of notices: a person's own, as far as what they are about may still be seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlmodel import col

from actors.models import Actor
from db.paging import Page
from db.session import AsyncSession, settings_of
from notifications.models import Kind, Notification
from notifications.notify import not_silenced
from posts.eyes import Eyes, eyes_of_locals, not_blocked, visible_to_eyes
from posts.models import Post
from posts.visibility import Viewer, eyes_of


async def list_notifications(
    session: AsyncSession,
    viewer: Viewer,
    page: Page,
    *,
    kinds: Iterable[Kind] | None = None,
    excluded: Iterable[Kind] | None = None,
    from_id: int | None = None,
) -> list[Notification]:
    """Return a page of the viewer's notices, newest first; some kinds only, or without some."""
    if viewer.actor_id is None:
        return []
    statement = _of(viewer.actor_id, eyes_of(viewer))
    if kinds is not None:
        statement = statement.where(col(Notification.kind).in_(list(kinds)))
    if excluded is not None:
        statement = statement.where(col(Notification.kind).not_in(list(excluded)))
    if from_id is not None:
        statement = statement.where(col(Notification.from_id) == from_id)
    found = await session.scalars(page.apply(statement, col(Notification.id)))
    return page.newest_first(list(found))


async def find_notification(
    session: AsyncSession, viewer: Viewer, notification_id: int
) -> Notification | None:
    """Return one of the viewer's notices."""
    if viewer.actor_id is None:
        return None
    mine = _of(viewer.actor_id, eyes_of(viewer))
    found: Notification | None = await session.scalar(
        mine.where(col(Notification.id) == notification_id)
    )
    return found


async def dismiss(session: AsyncSession, owner_id: int, notification_id: int) -> bool:
    """Forget a notice; tell whether there was one of this owner's."""
    mine = delete(Notification).where(
        col(Notification.id) == notification_id, col(Notification.owner_id) == owner_id
    )
    return await session.scalar(mine.returning(col(Notification.id))) is not None


async def clear(session: AsyncSession, owner_id: int) -> None:
    """Forget every notice of somebody."""
    mine = delete(Notification).where(col(Notification.owner_id) == owner_id)
    await session.execute(mine.execution_options(synchronize_session=False))


async def count_unread(session: AsyncSession, owner_id: int, since_id: int) -> int:
    """Return how many notices somebody has after one of them (0: after none)."""
    professions = settings_of(session).doctor_professions
    eyes = eyes_of_locals(literal(owner_id, BigInteger), professions)
    unread = _of(owner_id, eyes).where(col(Notification.id) > since_id)
    counted = select(func.count()).select_from(unread.subquery())
    return await session.scalar(counted) or 0


def _of(owner_id: int, eyes: Eyes) -> Select[Any]:
    return select(Notification).where(
        col(Notification.owner_id) == owner_id,
        _is_there(),
        not_blocked(eyes, col(Notification.from_id)),
        not_silenced(col(Notification.owner_id), col(Notification.from_id)),
        or_(col(Notification.post_id).is_(None), _is_seen(eyes)),
    )


def _is_there() -> ColumnElement[bool]:
    there = select(col(Actor.id)).where(
        col(Actor.id) == col(Notification.from_id),
        col(Actor.deleted_at).is_(None),
        col(Actor.suspended_at).is_(None),
    )
    return there.correlate_except(Actor).exists()


def _is_seen(eyes: Eyes) -> ColumnElement[bool]:
    seen = select(col(Post.id)).where(
        col(Post.id) == col(Notification.post_id), visible_to_eyes(eyes)
    )
    return seen.correlate_except(Post).exists()
