"""SQL of the activities that leave here: stored once, listed, taken back, emptied."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from db.paging import Page
from outbox.models import Delivery, OutboxActivity
from outbox.queries import about
from posts.models import Post


async def save_activity(session: AsyncSession, activity: OutboxActivity) -> OutboxActivity:
    """Store an activity once; the stored one is returned when its uri is known."""
    known = await find_activity(session, activity.uri)
    if known is not None:
        return known
    session.add(activity)
    await session.flush()
    return activity


async def find_activity(session: AsyncSession, uri: str) -> OutboxActivity | None:
    """Return the activity with an id."""
    return await session.scalar(select(OutboxActivity).where(col(OutboxActivity.uri) == uri))


def _listed(actor_id: int, *, clinical: bool) -> ColumnElement[bool]:
    listed = and_(
        col(OutboxActivity.actor_id) == actor_id, col(OutboxActivity.is_public).is_(True)
    )
    if clinical:
        return listed
    # A thread may have become clinical after something was said in it.
    is_clinical_now = select(literal(1)).where(
        col(Post.uri) == col(OutboxActivity.object_uri), col(Post.clinical).is_(True)
    )
    return and_(listed, col(OutboxActivity.clinical_only).is_(False), ~is_clinical_now.exists())


async def list_public_activities(
    session: AsyncSession, actor_id: int, page: Page, *, clinical: bool = False
) -> list[OutboxActivity]:
    """Return a page of what an actor said to everybody, newest first, for its outbox.

    `clinical` adds what only clinical hosts may have.
    """
    statement = select(OutboxActivity).where(_listed(actor_id, clinical=clinical))
    found = await session.scalars(page.apply(statement, col(OutboxActivity.id)))
    return page.newest_first(list(found))


async def count_public_activities(
    session: AsyncSession, actor_id: int, *, clinical: bool = False
) -> int:
    """Return how many activities an actor's outbox lists."""
    statement = (
        select(func.count())
        .select_from(OutboxActivity)
        .where(_listed(actor_id, clinical=clinical))
    )
    return await session.scalar(statement) or 0


async def was_owed_to(session: AsyncSession, activity_id: int, host: str) -> bool:
    """Tell whether a host was an addressee of an activity."""
    statement = select(col(Delivery.id)).where(
        col(Delivery.activity_id) == activity_id, col(Delivery.host) == host
    )
    return await session.scalar(statement.limit(1)) is not None


async def forget_contents(
    session: AsyncSession, actor_id: int, object_uri: str | None = None
) -> None:
    """Empty what an actor said about a thing that is deleted; None: about anything."""
    await session.execute(
        update(OutboxActivity)
        .where(col(OutboxActivity.id).in_(about(actor_id, object_uri)))
        .values(body=b"", is_public=False)
        .execution_options(synchronize_session=False)
    )


async def retract(session: AsyncSession, uri: str) -> None:
    """Take an activity out of its actor's outbox: it was undone."""
    await session.execute(
        update(OutboxActivity)
        .where(col(OutboxActivity.uri) == uri)
        .values(is_public=False)
        .execution_options(synchronize_session=False)
    )


async def replace_body(session: AsyncSession, uri: str, body: bytes) -> bool:
    """Let a stored activity say what is so now, to who has not got it yet; False without one."""
    replaced = await session.execute(
        update(OutboxActivity)
        .where(col(OutboxActivity.uri) == uri)
        .values(body=body)
        .returning(col(OutboxActivity.id))
        .execution_options(synchronize_session=False)
    )
    return replaced.first() is not None
