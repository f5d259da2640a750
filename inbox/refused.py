"""SQL of what was written to the verified doctors by who is none, and was not let in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import col

from actors.models import Actor
from db.paging import Page
from db.session import AsyncSession
from inbox.models import InboxActivity
from posts.store import NO_BADGE, NOT_OF_THE_RING


@dataclass(frozen=True, slots=True)
class RefusedPost:
    """An activity that was not let in: who sent it, why, and when. Never what it said."""

    id: int
    sender: Actor
    reason: str
    received_at: datetime


async def list_refused_posts(session: AsyncSession, page: Page) -> list[RefusedPost]:
    """Return what was refused as no verified doctor wrote it, newest first, as long as it is kept.

    The sender is who signed the request: of a forwarded post, the server that forwarded it.
    """
    statement = (
        select(
            col(InboxActivity.id), Actor, col(InboxActivity.reason), col(InboxActivity.received_at)
        )
        .join(Actor, col(Actor.id) == col(InboxActivity.signer_id))
        .where(
            col(InboxActivity.outcome) == "rejected",
            or_(
                col(InboxActivity.reason).endswith(NO_BADGE, autoescape=True),
                col(InboxActivity.reason).endswith(NOT_OF_THE_RING, autoescape=True),
            ),
        )
    )
    rows = await session.execute(page.apply(statement, col(InboxActivity.id)))
    found = [RefusedPost(id, sender, reason or "", at) for id, sender, reason, at in rows]
    return page.newest_first(found)
