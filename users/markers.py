"""How far somebody has read their timelines."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlmodel import col

from core.clock import now
from db.jobs import upsert
from db.session import AsyncSession
from users.models import Marker, User

TIMELINES = ("home", "notifications")


async def list_markers(
    session: AsyncSession, user_id: int, timelines: Iterable[str]
) -> list[Marker]:
    """Return the markers of a person for some timelines."""
    mine = select(Marker).where(col(Marker.user_id) == user_id)
    wanted = mine.where(col(Marker.timeline).in_(list(timelines)))
    return list((await session.scalars(wanted.order_by(Marker.timeline))).all())


async def save_marker(
    session: AsyncSession, user_id: int, timeline: str, last_read_id: int
) -> Marker:
    """Remember a place in a timeline; the version counts up with each change."""
    moment = now()
    row = {
        "user_id": user_id,
        "timeline": timeline,
        "last_read_id": last_read_id,
        "version": 1,
        "updated_at": moment,
    }
    change = {
        "last_read_id": last_read_id,
        "version": col(Marker.version) + 1,
        "updated_at": moment,
    }
    statement = upsert(session, Marker).values(**row)
    statement = statement.on_conflict_do_update(
        index_elements=["user_id", "timeline"], set_=change
    ).returning(Marker)
    saved: Marker = (
        await session.scalars(statement, execution_options={"populate_existing": True})
    ).one()
    return saved


async def find_last_read(session: AsyncSession, user_id: int, timeline: str) -> int | None:
    """Return the id up to which a person has read a timeline."""
    found = await list_markers(session, user_id, [timeline])
    return found[0].last_read_id if found else None


async def find_last_read_by(session: AsyncSession, actor_id: int, timeline: str) -> int | None:
    """Return the id up to which the person behind an actor has read a timeline; one query."""
    statement = (
        select(col(Marker.last_read_id))
        .join(User, col(User.id) == col(Marker.user_id))
        .where(col(User.actor_id) == actor_id, col(Marker.timeline) == timeline)
    )
    return await session.scalar(statement)
