"""Floods: of one host, so many notices of a kind an hour for one person; the others are counted.

What somebody is told of is a digest then. What happened is all there: follows, likes, posts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor
from core.clock import now
from core.ids import id_at
from db.session import AsyncSession
from notifications.models import Kind, Notification

WITHIN = timedelta(hours=1)
# Being named may be about a patient: more of it is told.
NOTICES: Mapping[Kind, int] = {
    Kind.FOLLOW: 40,
    Kind.FOLLOW_REQUEST: 40,
    Kind.LIKE: 40,
    Kind.BOOST: 40,
    Kind.MENTION: 100,
}
_Sender: Any = aliased(Actor, name="flooding")
_Same: Any = aliased(Notification, name="same_notice")


async def find_flooded(
    session: AsyncSession, kind: Kind, from_id: int, owner_ids: Collection[int]
) -> dict[int, int]:
    """Return those who were told enough by the sender's host, each with the newest notice of it.

    One query. People of our own host are no flood.
    """
    most = NOTICES.get(kind)
    if most is None or not owner_ids:
        return {}
    host = select(col(Actor.host)).where(col(Actor.id) == from_id).scalar_subquery()
    statement = (
        select(col(Notification.owner_id), func.max(col(Notification.id)))
        .join(_Sender, _Sender.id == col(Notification.from_id))
        .where(
            col(Notification.owner_id).in_(owner_ids),
            # By id, as the index goes: ids are ordered by time.
            col(Notification.id) > id_at(now() - WITHIN),
            col(Notification.kind) == kind,
            _Sender.host != LOCAL_HOST,
            _Sender.host == host,
        )
        .group_by(col(Notification.owner_id))
        .having(func.count() >= most)
    )
    return {owner: newest for owner, newest in (await session.execute(statement)).all()}


async def count_others(
    session: AsyncSession, notices: Collection[int], *, from_id: int, cause: str
) -> None:
    """Let notices stand for one more each, unless there is one of the same cause already."""
    told = select(_Same.id).where(
        _Same.owner_id == col(Notification.owner_id),
        _Same.kind == col(Notification.kind),
        _Same.from_id == from_id,
        _Same.cause == cause,
    )
    await session.execute(
        update(Notification)
        .where(col(Notification.id).in_(notices), ~told.exists())
        .values(others=col(Notification.others) + 1)
        .execution_options(synchronize_session=False)
    )
