"""SQL of what is owed to other hosts: save, claim by host, finish, and the dead letters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from core.clock import now
from core.ids import new_id
from db.bus import announce
from db.jobs import upsert
from db.paging import Page
from outbox.models import Delivery, GoneInbox, HostState, OutboxActivity
from outbox.retry import FAILURES_TO_OPEN, window_of

TOPIC = "deliveries"
MAX_PER_HOST = 4
LEASE = timedelta(seconds=60)
_ROWS_A_STATEMENT = 500
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Owed:
    """One POST to be made now: where to, what, and who signs."""

    id: int
    activity_id: int
    type: str
    inbox: str
    host: str
    signer_id: int
    body: bytes
    clinical_only: bool
    attempts: int
    expires_at: datetime


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


async def owe(
    session: AsyncSession,
    activity: OutboxActivity,
    inboxes: Collection[tuple[str, str]],
    *,
    signer_id: int,
) -> None:
    """Owe an activity to inboxes, given as (url, host); what was delivered is delivered again."""
    moment = now()
    rows = [
        {
            "id": new_id(),
            "activity_id": activity.id,
            "inbox": url,
            "host": host,
            "signer_id": signer_id,
            "priority": activity.priority,
            "due_at": moment,
            "attempts": 0,
            "expires_at": moment + window_of(activity.type, activity.priority),
        }
        for url, host in sorted(inboxes)
    ]
    for start in range(0, len(rows), _ROWS_A_STATEMENT):
        statement = upsert(session, Delivery).values(rows[start : start + _ROWS_A_STATEMENT])
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["activity_id", "inbox"],
                set_={
                    "due_at": moment,
                    "attempts": 0,
                    "expires_at": statement.excluded.expires_at,
                    "delivered_at": None,
                    "given_up_at": None,
                },
            )
        )
    if rows:
        announce(session, TOPIC)


async def gone_inboxes(session: AsyncSession, urls: Collection[str]) -> set[str]:
    """Return those of these inboxes that answered 410."""
    found = select(col(GoneInbox.inbox)).where(col(GoneInbox.inbox).in_(urls))
    return set(await session.scalars(found)) if urls else set()


async def list_due_hosts(session: AsyncSession, limit: int) -> Sequence[tuple[str, int]]:
    """Return (host, free places) of hosts with something due and no pause, the longest due first.

    A host whose circuit was open gets one trial first.
    """
    moment = now()
    held = (
        select(col(Delivery.host), func.count().label("held"))
        .where(col(Delivery.due_at).is_not(None), col(Delivery.locked_until) >= moment)
        .group_by(col(Delivery.host))
        .subquery()
    )
    statement = (
        select(
            col(Delivery.host),
            func.max(func.coalesce(HostState.failures, 0)),
            func.max(func.coalesce(held.c.held, 0)),
        )
        .outerjoin(HostState, col(HostState.host) == col(Delivery.host))
        .outerjoin(held, held.c.host == col(Delivery.host))
        .where(
            col(Delivery.due_at) <= moment,
            _is_free(moment),
            or_(col(HostState.open_until).is_(None), col(HostState.open_until) <= moment),
            or_(col(HostState.wait_until).is_(None), col(HostState.wait_until) <= moment),
        )
        .group_by(col(Delivery.host))
        .order_by(func.min(col(Delivery.due_at)))
        .limit(limit)
    )
    found = []
    for host, failures, busy in (await session.execute(statement)).all():
        places = (1 if failures >= FAILURES_TO_OPEN else MAX_PER_HOST) - busy
        if places > 0:
            found.append((host, places))
    return found


def _is_free(moment: datetime) -> ColumnElement[bool]:
    return or_(col(Delivery.locked_until).is_(None), col(Delivery.locked_until) < moment)


def _next_of(host: str, limit: int, moment: datetime) -> Select[tuple[int]]:
    """Select what goes next to a host: by priority, then by age; one thing's story in its order."""
    earlier, story = aliased(Delivery), aliased(OutboxActivity)
    told_before = exists().where(
        col(earlier.inbox) == col(Delivery.inbox),
        col(earlier.due_at).is_not(None),
        col(earlier.id) < col(Delivery.id),
        col(story.id) == col(earlier.activity_id),
        col(story.object_uri) == col(OutboxActivity.object_uri),
        col(story.actor_id) == col(OutboxActivity.actor_id),
    )
    return (
        select(col(Delivery.id))
        .join(OutboxActivity, col(OutboxActivity.id) == col(Delivery.activity_id))
        .where(
            col(Delivery.host) == host,
            col(Delivery.due_at) <= moment,
            _is_free(moment),
            ~told_before,
        )
        .order_by(col(Delivery.priority), col(Delivery.id))
        .limit(limit)
    )


async def claim(session: AsyncSession, *, hosts: int) -> list[Owed]:
    """Hold what is due for a lease, by host and never more than 4 at a time a host.

    Two processes may read the same candidates; the second finds them held and takes nothing.
    """
    moment = now()
    held: list[int] = []
    for host, places in await list_due_hosts(session, hosts):
        statement = (
            update(Delivery)
            .where(
                col(Delivery.id).in_(_next_of(host, places, moment)),
                _is_free(moment),
                col(Delivery.due_at).is_not(None),
            )
            .values(locked_until=moment + LEASE, attempts=col(Delivery.attempts) + 1)
            .returning(col(Delivery.id))
            .execution_options(synchronize_session=False)
        )
        held += (await session.scalars(statement)).all()
    return await _owed(session, held)


async def _owed(session: AsyncSession, ids: Sequence[int]) -> list[Owed]:
    if not ids:
        return []
    statement = (
        select(
            col(Delivery.id),
            col(Delivery.activity_id),
            col(OutboxActivity.type),
            col(Delivery.inbox),
            col(Delivery.host),
            col(Delivery.signer_id),
            col(OutboxActivity.body),
            col(OutboxActivity.clinical_only),
            col(Delivery.attempts),
            col(Delivery.expires_at),
        )
        .join(OutboxActivity, col(OutboxActivity.id) == col(Delivery.activity_id))
        .where(col(Delivery.id).in_(ids))
        .order_by(col(Delivery.priority), col(Delivery.id))
    )
    return [Owed(**row) for row in (await session.execute(statement)).mappings().all()]


async def mark_delivered(session: AsyncSession, owed: Owed, status: int) -> None:
    """Note that an inbox has it."""
    await _write(
        session, owed, due_at=None, delivered_at=now(), last_status=status, last_error=None
    )


async def mark_waiting(
    session: AsyncSession, owed: Owed, *, due_at: datetime, status: int | None, error: str
) -> None:
    """Try again later; past the activity's window it is given up."""
    if due_at > owed.expires_at:
        return await mark_given_up(session, owed, status=status, error=error)
    await _write(session, owed, due_at=due_at, last_status=status, last_error=error[:500])


async def mark_given_up(
    session: AsyncSession, owed: Owed, *, status: int | None, error: str
) -> None:
    """Make it a dead letter: kept with its reason, listed, and sent again on request."""
    await _write(
        session, owed, due_at=None, given_up_at=now(), last_status=status, last_error=error[:500]
    )


async def _write(session: AsyncSession, owed: Owed, **values: object) -> None:
    await session.execute(
        update(Delivery).where(col(Delivery.id) == owed.id).values(locked_until=None, **values)
    )


async def close_inbox(session: AsyncSession, owed: Owed) -> None:
    """Note that an inbox is gone, and give up what else is owed to it."""
    await session.execute(
        upsert(session, GoneInbox)
        .values(inbox=owed.inbox, host=owed.host, gone_at=now())
        .on_conflict_do_nothing()
    )
    await session.execute(
        update(Delivery)
        .where(col(Delivery.inbox) == owed.inbox, col(Delivery.due_at).is_not(None))
        .values(due_at=None, locked_until=None, given_up_at=now(), last_error="the inbox is gone")
    )


async def withdraw(
    session: AsyncSession, actor_id: int, object_uri: str | None = None
) -> None:
    """Give up what an actor still owes about a thing that is deleted; None: about anything."""
    about = select(col(OutboxActivity.id)).where(col(OutboxActivity.actor_id) == actor_id)
    if object_uri is not None:
        about = about.where(col(OutboxActivity.object_uri) == object_uri)
    await session.execute(
        update(Delivery)
        .where(col(Delivery.activity_id).in_(about), col(Delivery.due_at).is_not(None))
        .values(due_at=None, locked_until=None, given_up_at=now(), last_error=WITHDRAWN)
    )


async def list_recipients_of(
    session: AsyncSession, actor_id: int, object_uri: str
) -> set[tuple[str, str]]:
    """Return the (inbox, host) to which anything about a thing was owed by an actor."""
    statement = (
        select(col(Delivery.inbox), col(Delivery.host))
        .join(OutboxActivity, col(OutboxActivity.id) == col(Delivery.activity_id))
        .where(
            col(OutboxActivity.actor_id) == actor_id,
            col(OutboxActivity.object_uri) == object_uri,
        )
        .distinct()
    )
    return {(inbox, host) for inbox, host in (await session.execute(statement)).all()}


async def list_public_activities(
    session: AsyncSession, actor_id: int, page: Page
) -> list[OutboxActivity]:
    """Return a page of what an actor said to everybody, newest first, for its outbox."""
    statement = select(OutboxActivity).where(
        and_(col(OutboxActivity.actor_id) == actor_id, col(OutboxActivity.is_public).is_(True))
    )
    found = await session.scalars(page.apply(statement, col(OutboxActivity.id)))
    return page.newest_first(list(found))


async def count_public_activities(session: AsyncSession, actor_id: int) -> int:
    """Return how many activities an actor's outbox lists."""
    statement = (
        select(func.count())
        .select_from(OutboxActivity)
        .where(col(OutboxActivity.actor_id) == actor_id, col(OutboxActivity.is_public).is_(True))
    )
    return await session.scalar(statement) or 0
