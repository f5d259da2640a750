"""SQL of notices: a person's own, as far as what they are about may still be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
)
from sqlmodel import col

from actors.models import Actor
from db.paging import Page
from db.session import AsyncSession
from notifications.models import Kind, Notification, NotificationRequest
from notifications.owners import not_silenced
from posts.eyes import Eyes, not_blocked, visible_to_eyes
from posts.models import Post
from posts.visibility import Viewer, eyes_of


@dataclass(frozen=True, slots=True)
class Choice:
    """Which notices are asked for: of some kinds only, without some, of one person.

    Those that wait for their owner's word are left out unless `with_filtered`.
    """

    kinds: frozenset[Kind] | None = None
    excluded: frozenset[Kind] = frozenset()
    from_id: int | None = None
    with_filtered: bool = False


ALL = Choice()


async def list_notifications(
    session: AsyncSession, viewer: Viewer, page: Page, choice: Choice = ALL
) -> list[Notification]:
    """Return a page of the viewer's notices, newest first."""
    if viewer.actor_id is None:
        return []
    statement = _of(viewer).where(*chosen(choice))
    found = await session.scalars(page.apply(statement, col(Notification.id)))
    return page.newest_first(list(found))


async def find_notification(
    session: AsyncSession, viewer: Viewer, notification_id: int
) -> Notification | None:
    """Return one of the viewer's notices."""
    if viewer.actor_id is None:
        return None
    found: Notification | None = await session.scalar(
        _of(viewer).where(col(Notification.id) == notification_id)
    )
    return found


async def dismiss(session: AsyncSession, owner_id: int, notification_id: int) -> bool:
    """Forget a notice; tell whether there was one of this owner's."""
    mine = delete(Notification).where(
        col(Notification.id) == notification_id, col(Notification.owner_id) == owner_id
    )
    return await session.scalar(mine.returning(col(Notification.id))) is not None


async def clear(session: AsyncSession, owner_id: int) -> None:
    """Forget every notice of somebody, those too that wait."""
    for table in (Notification, NotificationRequest):
        mine = delete(table).where(col(table.owner_id) == owner_id)
        await session.execute(mine.execution_options(synchronize_session=False))


async def count_unread(
    session: AsyncSession, viewer: Viewer, since_id: int, *, limit: int, choice: Choice = ALL
) -> int:
    """Return how many notices the viewer has after one of them (0: after none), up to a limit."""
    if viewer.actor_id is None:
        return 0
    unread = _of(viewer).where(*chosen(choice), col(Notification.id) > since_id)
    some = unread.with_only_columns(col(Notification.id)).limit(limit).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0


def _of(viewer: Viewer) -> Select[Any]:
    owner = literal(viewer.actor_id, BigInteger)
    return select(Notification).where(may_be_shown(owner, eyes_of(viewer)))


def chosen(choice: Choice, notice: Any = Notification) -> list[ColumnElement[bool]]:
    """Return the conditions of a choice; `notice` may be an alias."""
    wanted = []
    if not choice.with_filtered:
        wanted.append(notice.filtered.is_(False))
    if choice.kinds is not None:
        wanted.append(notice.kind.in_(sorted(choice.kinds)))
    if choice.excluded:
        wanted.append(notice.kind.not_in(sorted(choice.excluded)))
    if choice.from_id is not None:
        wanted.append(notice.from_id == choice.from_id)
    return wanted


def may_be_shown(
    owner_id: ColumnElement[int], eyes: Eyes, notice: Any = Notification, *, at: Any = None
) -> ColumnElement[bool]:
    """Return the condition that a notice is somebody's, and about what they may still see.

    The owner and the moment may come as parameters; no moment means now.
    """
    return and_(
        notice.owner_id == owner_id,
        _is_there(notice),
        not_blocked(eyes, notice.from_id),
        not_silenced(notice.owner_id, notice.from_id, at=at),
        or_(notice.post_id.is_(None), _is_seen(eyes, notice)),
    )


def _is_there(notice: Any) -> ColumnElement[bool]:
    there = select(col(Actor.id)).where(
        col(Actor.id) == notice.from_id,
        col(Actor.deleted_at).is_(None),
        col(Actor.suspended_at).is_(None),
    )
    return there.correlate_except(Actor).exists()


def _is_seen(eyes: Eyes, notice: Any) -> ColumnElement[bool]:
    seen = select(col(Post.id)).where(col(Post.id) == notice.post_id, visible_to_eyes(eyes))
    return seen.correlate_except(Post).exists()
