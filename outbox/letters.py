"""Dead letters: deliveries that were given up, kept with their reason, sent again on request."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from core.clock import now
from db.bus import announce
from db.paging import Page
from outbox.models import Delivery, GoneInbox, OutboxActivity
from outbox.queries import TOPIC, WITHDRAWN
from outbox.retry import window_of


async def list_dead_letters(session: AsyncSession, page: Page) -> list[Delivery]:
    """Return a page of deliveries that were given up, newest first."""
    statement = select(Delivery).where(
        col(Delivery.given_up_at).is_not(None), col(Delivery.last_error) != WITHDRAWN
    )
    found = await session.scalars(page.apply(statement, col(Delivery.id)))
    return page.newest_first(list(found))


async def resend(session: AsyncSession, delivery_id: int) -> bool:
    """Owe a dead letter again, with a window of its own; False when there is no such letter."""
    statement = (
        select(Delivery, OutboxActivity)
        .join(OutboxActivity, col(OutboxActivity.id) == col(Delivery.activity_id))
        .where(
            col(Delivery.id) == delivery_id,
            col(Delivery.given_up_at).is_not(None),
            col(Delivery.last_error) != WITHDRAWN,
        )
    )
    found = (await session.execute(statement)).first()
    if found is None:
        return False
    letter, activity = found
    letter.due_at, letter.given_up_at, letter.attempts = now(), None, 0
    letter.expires_at = now() + window_of(activity.type, activity.priority)
    await session.execute(delete(GoneInbox).where(col(GoneInbox.inbox) == letter.inbox))
    announce(session, TOPIC)
    return True


async def forget_done(session: AsyncSession, *, delivered: timedelta, dead: timedelta) -> int:
    """Remove deliveries that are over since these durations; return how many."""
    moment = now()
    statement = delete(Delivery).where(
        or_(
            col(Delivery.delivered_at) < moment - delivered,
            col(Delivery.given_up_at) < moment - dead,
        ),
        col(Delivery.due_at).is_(None),
    )
    return int((await session.execute(statement)).rowcount)  # type: ignore[attr-defined]
