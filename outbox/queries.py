"""SQL of what is owed to other hosts: owe, claim by host, finish, withdraw."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from core.clock import now
from core.ids import new_id
from db.bus import announce
from db.jobs import upsert
from outbox.models import Delivery, GoneInbox, HostState, OutboxActivity
from outbox.retry import window_of
from posts.models import Post

TOPIC = "deliveries"
MAX_PER_HOST = 4
LEASE = timedelta(seconds=60)
WITHDRAWN = "withdrawn"

_deliveries: Any = Delivery.__table__  # type: ignore[attr-defined]
_activities: Any = OutboxActivity.__table__  # type: ignore[attr-defined]
_posts: Any = Post.__table__  # type: ignore[attr-defined]
_TAKING_BACK = ("Delete", "Undo")
_hosts: Any = HostState.__table__  # type: ignore[attr-defined]
_AT: Any = bindparam("at", type_=_deliveries.c.due_at.type)


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
    if not rows:
        return
    statement = upsert(session, _deliveries)
    again = {name: statement.excluded[name] for name in ("due_at", "attempts", "expires_at")}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["activity_id", "inbox"],
            set_=again | {"delivered_at": None, "given_up_at": None},
        ),
        rows,
    )
    announce(session, TOPIC)


async def gone_inboxes(session: AsyncSession, urls: Collection[str]) -> set[str]:
    """Return those of these inboxes that answered 410."""
    found = select(col(GoneInbox.inbox)).where(col(GoneInbox.inbox).in_(urls))
    return set(await session.scalars(found)) if urls else set()


async def claim(session: AsyncSession, *, hosts: int, trials: bool = True) -> list[Owed]:
    """Hold what is due for a lease, of up to so many hosts and never more than 4 at a time a host.

    Hosts take turns, the longest due first; without `trials` only those that answered last time.
    Two processes may read the same candidates; the second finds them held and takes nothing.
    """
    moment = now()
    asked = {"at": moment, "until": moment + LEASE, "hosts": hosts, "trials": trials}
    held: list[int] = []
    for _ in range(MAX_PER_HOST):
        taken = (await session.scalars(_hold_next(), asked)).all()
        if not taken:
            break
        held += taken
    if not held:
        return []
    rows = await session.execute(_owed_now(), {"held": held})
    return [Owed(*row) for row in rows.all()]


# The statements below are run all the time, and made once: making them costs more than they do.


@cache
def _hold_next() -> Any:
    """Hold the next delivery of each host that has a place for one more."""
    table, hosts = _deliveries.c, _due_hosts().subquery("due_hosts")
    following = _next_of(hosts.c.host).correlate(hosts).scalar_subquery()
    return (
        update(_deliveries)
        .where(
            table.id.in_(select(following).select_from(hosts)),
            _is_free(table),
            table.due_at.is_not(None),
        )
        .values(locked_until=bindparam("until", type_=_AT.type), attempts=table.attempts + 1)
        .returning(table.id)
    )


def _due_hosts() -> Any:
    """Select hosts with something due, no pause, and a place; each is looked up in an index.

    A host that failed last gets one trial at a time.
    """
    table, state, hosts = _deliveries.c, _hosts.c, _hosts_owed_to()
    due = exists().where(table.host == hosts.c.host, table.due_at <= _AT, _is_free(table))
    held = select(func.count()).where(table.host == hosts.c.host, table.locked_until >= _AT)
    first = select(func.min(table.due_at)).where(
        table.host == hosts.c.host, table.due_at.is_not(None)
    )
    places = case((state.failures > 0, 1), else_=MAX_PER_HOST)
    answered_last = and_(state.failures == 0, state.last_success_at.is_not(None))
    return (
        select(hosts.c.host)
        .outerjoin(_hosts, state.host == hosts.c.host)
        .where(
            due,
            or_(state.open_until.is_(None), state.open_until <= _AT),
            or_(state.wait_until.is_(None), state.wait_until <= _AT),
            held.scalar_subquery() < places,
            or_(bindparam("trials", type_=Boolean), answered_last),
        )
        .order_by(first.scalar_subquery())
        .limit(bindparam("hosts", type_=Integer))
    )


def _hosts_owed_to() -> Any:
    """Return the hosts to which something is owed, found step by step: queues are long."""
    table = _deliveries.c
    first = select(func.min(table.host).label("host")).where(table.due_at.is_not(None))
    hosts = first.cte("hosts", recursive=True)
    following = select(func.min(table.host)).where(
        table.due_at.is_not(None), table.host > hosts.c.host
    )
    step = select(following.correlate(hosts).scalar_subquery()).where(hosts.c.host.is_not(None))
    return hosts.union_all(step)


def _is_free(table: Any) -> ColumnElement[bool]:
    return or_(table.locked_until.is_(None), table.locked_until < _AT)


def _next_of(host: Any) -> Any:
    """Select what goes next to a host: by priority, then by age; one thing's story in its order."""
    queue, activity = _deliveries.alias("queue"), _activities.alias("activity")
    earlier, story = _deliveries.alias("earlier"), _activities.alias("story")
    told_before = exists().where(
        earlier.c.inbox == queue.c.inbox,
        # What was withdrawn while it was on its way is still waited for.
        or_(earlier.c.due_at.is_not(None), earlier.c.locked_until >= _AT),
        earlier.c.id < queue.c.id,
        story.c.id == earlier.c.activity_id,
        story.c.object_uri == activity.c.object_uri,
        # The sum keeps SQLite from the actor's index: one thing has few activities, an actor many.
        story.c.actor_id + 0 == activity.c.actor_id,
    )
    return (
        select(queue.c.id)
        .join(activity, activity.c.id == queue.c.activity_id)
        .where(
            queue.c.host == host,
            queue.c.due_at.is_not(None),
            # Opaque, so that SQLite reads the host's queue in its order instead of sorting it.
            func.coalesce(queue.c.due_at, _AT) <= _AT,
            _is_free(queue.c),
            ~told_before,
        )
        .order_by(queue.c.priority, queue.c.id)
        .limit(1)
    )


@cache
def _owed_now() -> Any:
    queue, activity, post = _deliveries.c, _activities.c, _posts.c
    # A thread may have become clinical while it waited. What takes something back tells nothing.
    became_clinical = exists().where(
        post.uri == activity.object_uri,
        post.clinical.is_(True),
        activity.type.not_in(_TAKING_BACK),
    )
    return (
        select(
            queue.id,
            queue.activity_id,
            activity.type,
            queue.inbox,
            queue.host,
            queue.signer_id,
            activity.body,
            or_(activity.clinical_only, became_clinical),
            queue.attempts,
            queue.expires_at,
        )
        .join(_activities, activity.id == queue.activity_id)
        .where(queue.id.in_(bindparam("held", expanding=True)))
        .order_by(queue.priority, queue.id)
    )


async def withdraw(
    session: AsyncSession, actor_id: int, object_uri: str | None = None
) -> set[str]:
    """Give up what an actor still owes about a thing that is deleted; None: about anything.

    Returns the inboxes that never got any of it. What is on its way stays held until it is over, so
    that what is said next comes after it; dead letters about the thing cannot be sent again.
    """
    story = about(actor_id, object_uri)
    statement = select(col(Delivery.inbox), func.max(col(Delivery.attempts))).where(
        col(Delivery.activity_id).in_(story)
    )
    tried = (await session.execute(statement.group_by(col(Delivery.inbox)))).all()
    await session.execute(
        update(Delivery)
        .where(col(Delivery.activity_id).in_(story), col(Delivery.delivered_at).is_(None))
        .values(due_at=None, given_up_at=now(), last_error=WITHDRAWN)
        .execution_options(synchronize_session=False)
    )
    return {inbox for inbox, attempts in tried if attempts == 0}


def about(actor_id: int, object_uri: str | None) -> Select[Any]:
    """Select the activities of an actor about a thing; None: all of them."""
    said = select(col(OutboxActivity.id)).where(col(OutboxActivity.actor_id) == actor_id)
    return said if object_uri is None else said.where(
        col(OutboxActivity.object_uri) == object_uri
    )


async def list_recipients_of(
    session: AsyncSession, actor_id: int, object_uri: str | None = None
) -> set[tuple[str, str]]:
    """Return the (inbox, host) to which anything about a thing was owed by an actor.

    None: about anything at all.
    """
    statement = (
        select(col(Delivery.inbox), col(Delivery.host))
        .where(col(Delivery.activity_id).in_(about(actor_id, object_uri)))
        .distinct()
    )
    return {(inbox, host) for inbox, host in (await session.execute(statement)).all()}
