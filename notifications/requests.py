"""Those whose notices wait: who asks, letting them in, sending them away.

Only what waits and may still be seen counts: somebody whose posts are all gone asks nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from core.clock import now
from core.errors import NotFound
from core.ids import new_id
from db.bus import Event, emit
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession
from notifications.models import (
    Kind,
    Notification,
    NotificationPermission,
    NotificationRequest,
)
from notifications.queries import may_be_shown
from posts.visibility import Viewer, eyes_of

# What somebody said; what they approved of, or passed on, is not theirs.
_SAID = frozenset({Kind.MENTION, Kind.QUOTE})
# Of more than so many nobody wants the exact number.
COUNTED = 1000
_Waiting: Any = aliased(Notification, name="waiting")


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody whose notices wait, and how many do."""

    request: NotificationRequest
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """How many people ask, and how many notices of theirs wait; at most COUNTED are looked at."""

    requests: int
    notices: int


async def note_waiting(session: AsyncSession, notices: Sequence[Notification]) -> None:
    """Remember who asks, for notices that have just been written and wait."""
    if not notices:
        return
    moment = now()
    rows = [
        {
            "id": new_id(),
            "owner_id": notice.owner_id,
            "from_id": notice.from_id,
            "last_post_id": notice.post_id if notice.kind in _SAID else None,
            "created_at": moment,
            "updated_at": moment,
        }
        for notice in notices
    ]
    statement = upsert(session, NotificationRequest).values(rows)
    last = func.coalesce(statement.excluded.last_post_id, col(NotificationRequest.last_post_id))
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["owner_id", "from_id"],
            set_={"last_post_id": last, "updated_at": moment},
        )
    )


async def list_requests(session: AsyncSession, viewer: Viewer, page: Page) -> list[Asking]:
    """Return a page of those whose notices to the viewer wait, newest first; two queries."""
    statement = page.apply(_asking(viewer), col(NotificationRequest.id))
    found = page.newest_first(list(await session.scalars(statement)))
    return await _counted(session, viewer, found)


async def find_request(session: AsyncSession, viewer: Viewer, request_id: int) -> Asking:
    """Return one of those whose notices to the viewer wait; raises NotFound."""
    statement = _asking(viewer).where(col(NotificationRequest.id) == request_id)
    found = await _counted(session, viewer, list(await session.scalars(statement)))
    if not found:
        raise NotFound(f"no notification request {request_id}")
    return found[0]


async def summarise(session: AsyncSession, viewer: Viewer) -> Summary:
    """Count those whose notices to the viewer wait; one query."""
    # By those who ask, as the index of what waits goes.
    asking = select(col(NotificationRequest.from_id)).where(
        col(NotificationRequest.owner_id) == viewer.actor_id
    )
    waiting = (
        _waiting_for(viewer)
        .where(_Waiting.from_id.in_(asking))
        .with_only_columns(_Waiting.from_id)
        .limit(COUNTED)
        .subquery()
    )
    statement = select(func.count(waiting.c.from_id.distinct()), func.count())
    row = (await session.execute(statement.select_from(waiting))).one()
    return Summary(row[0], row[1])


async def accept_requests(session: AsyncSession, owner_id: int, ids: Iterable[int]) -> None:
    """Let people in, now and from now on: what waited is in the list; raises NotFound.

    Either all of them are the owner's, or nothing happens.
    """
    senders = await _take(session, owner_id, ids)
    permissions = [
        {"owner_id": owner_id, "from_id": sender, "created_at": now()} for sender in senders
    ]
    permitted = upsert(session, NotificationPermission).values(permissions)
    await session.execute(permitted.on_conflict_do_nothing())
    await session.execute(
        update(Notification)
        .where(*_of_senders(owner_id, senders))
        .values(filtered=False)
        .execution_options(synchronize_session=False)
    )
    emit(session, Event("notifications_merged", actor_id=owner_id))


async def dismiss_requests(session: AsyncSession, owner_id: int, ids: Iterable[int]) -> None:
    """Forget what waits of people; what they do next asks anew. Raises NotFound.

    Either all of them are the owner's, or nothing happens.
    """
    senders = await _take(session, owner_id, ids)
    await session.execute(
        delete(Notification)
        .where(*_of_senders(owner_id, senders))
        .execution_options(synchronize_session=False)
    )


async def _take(session: AsyncSession, owner_id: int, ids: Iterable[int]) -> list[int]:
    wanted = set(ids)
    statement = delete(NotificationRequest).where(
        col(NotificationRequest.id).in_(wanted), col(NotificationRequest.owner_id) == owner_id
    )
    taken = await session.scalars(statement.returning(col(NotificationRequest.from_id)))
    senders = list(taken)
    if not senders or len(senders) < len(wanted):
        raise NotFound(f"not all of {len(wanted)} notification requests are there")
    return senders


def _of_senders(owner_id: int, senders: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Notification.owner_id) == owner_id,
        col(Notification.from_id).in_(senders),
        col(Notification.filtered).is_(True),
    )


async def _counted(
    session: AsyncSession, viewer: Viewer, found: Sequence[NotificationRequest]
) -> list[Asking]:
    senders = [request.from_id for request in found]
    if not senders:
        return []
    counting = (
        _waiting_for(viewer)
        .where(_Waiting.from_id.in_(senders))
        .with_only_columns(_Waiting.from_id, func.count())
        .group_by(_Waiting.from_id)
    )
    rows = (await session.execute(counting)).all()
    counts: dict[int, int] = {sender: count for sender, count in rows}
    return [Asking(request, counts.get(request.from_id, 0)) for request in found]


def _asking(viewer: Viewer) -> Select[Any]:
    waiting = _waiting_for(viewer).where(_Waiting.from_id == col(NotificationRequest.from_id))
    return select(NotificationRequest).where(
        col(NotificationRequest.owner_id) == viewer.actor_id,
        waiting.with_only_columns(literal(1)).correlate(NotificationRequest).exists(),
    )


def _waiting_for(viewer: Viewer) -> Select[Any]:
    owner = literal(viewer.actor_id, BigInteger)
    return select(_Waiting).where(
        may_be_shown(owner, eyes_of(viewer), _Waiting), _Waiting.filtered.is_(True)
    )
