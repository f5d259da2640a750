"""Activities that wait for a moderator: listed, let through, or thrown away; each in the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import literal, select, update
from sqlmodel import col

from core.clock import now
from core.errors import NotFound
from db.bus import announce
from db.paging import Page
from db.session import AsyncSession
from federation.documents.activity import read_activity
from federation.documents.lenient import read_document
from federation.origin import host_of
from inbox.models import InboxActivity
from inbox.queries import HELD, TOPIC
from moderation.audit import record

DISCARDED = "discarded"
# Written out in the statement, else no database sees that the index of what waits will do.
_IS_HELD = col(InboxActivity.outcome) == literal(HELD, literal_execute=True)


@dataclass(frozen=True, slots=True)
class Held:
    """What a moderator must know of an activity to decide; never what it says.

    `host` is its actor's, `brought_by` who signed the request: another one forwarded it.
    """

    id: int
    type: str
    host: str
    actor_uri: str
    object_uri: str | None
    brought_by: str
    received_at: datetime
    reason: str


async def list_held(session: AsyncSession, page: Page, *, host: str | None = None) -> list[Held]:
    """Return what waits, newest first; `host` is that of who brought it."""
    statement = select(InboxActivity).where(_IS_HELD)
    if host is not None:
        statement = statement.where(col(InboxActivity.host) == host)
    rows = list(await session.scalars(page.apply(statement, col(InboxActivity.id))))
    return [_held(row) for row in page.newest_first(rows)]


async def show_held(
    session: AsyncSession, activity_id: int, *, shown_to: str
) -> tuple[Held, bytes]:
    """Return what waits and its bytes as they came, for a moderator's eyes: that is audited.

    Raises NotFound for what does not wait.
    """
    row = await session.get(InboxActivity, activity_id)
    if row is None or row.outcome != HELD:
        raise NotFound(f"nothing waits under {activity_id}")
    held = _held(row)
    await _record(session, "held.show", [held], by=shown_to)
    return held, row.body


async def release_held(session: AsyncSession, ids: Sequence[int], *, decided_by: str) -> list[Held]:
    """Let activities through: they are processed now, as if they had just come.

    Raises NotFound when one of them does not wait; then none is let through.
    """
    released = await _take(session, ids)
    await _set(session, ids, is_released=True, due_at=now(), outcome=None, attempts=0)
    await _record(session, "held.release", released, by=decided_by)
    announce(session, TOPIC)
    return released


async def discard_held(session: AsyncSession, ids: Sequence[int], *, decided_by: str) -> list[Held]:
    """Throw activities away. Their names are kept a while, so that none comes a second time.

    Raises NotFound when one of them does not wait; then none is thrown away.
    """
    discarded = await _take(session, ids)
    await _set(session, ids, outcome=DISCARDED, processed_at=now(), body=b"")
    await _record(session, "held.discard", discarded, by=decided_by)
    return discarded


async def _take(session: AsyncSession, ids: Sequence[int]) -> list[Held]:
    statement = (
        select(InboxActivity)
        .where(col(InboxActivity.id).in_(ids), _IS_HELD)
        .order_by(col(InboxActivity.id))
        .with_for_update()
    )
    found = [_held(row) for row in await session.scalars(statement)]
    missing = set(ids) - {held.id for held in found}
    if missing:
        raise NotFound(f"nothing waits under {', '.join(map(str, sorted(missing)))}")
    return found


async def _set(session: AsyncSession, ids: Sequence[int], **values: object) -> None:
    common = {"reason": None, "locked_until": None, "processed_at": None}
    await session.execute(
        update(InboxActivity).where(col(InboxActivity.id).in_(ids)).values(**{**common, **values})
    )


async def _record(session: AsyncSession, action: str, held: Sequence[Held], *, by: str) -> None:
    for one in held:
        detail = {"id": str(one.id), "type": one.type, "object": one.object_uri}
        await record(session, actor=by, action=action, subject=one.actor_uri, detail=detail)


def _held(row: InboxActivity) -> Held:
    activity = read_activity(read_document(row.body))
    return Held(
        id=row.id,
        type=activity.type,
        host=host_of(activity.actor_id),
        actor_uri=activity.actor_id,
        object_uri=activity.object_id,
        brought_by=row.host,
        received_at=row.received_at,
        reason=row.reason or "",
    )
