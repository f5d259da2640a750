"""Posts to be written later: kept, moved, dropped, listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlmodel import col

from core.clock import now
from core.errors import InvalidInput, NotFound
from core.ids import new_id
from db.jobs import enqueue
from db.paging import Page
from db.session import AsyncSession, take_turns
from media.models import Media
from media.upload import free_media, reserve_media
from posts.audience import word_of
from posts.drafts import Draft
from posts.idempotency import Written, claim_key
from posts.models import ScheduledPost
from posts.params import PostParams

SOONEST, FARTHEST = timedelta(minutes=5), timedelta(days=366)
MAX_SCHEDULED, MAX_A_DAY = 300, 25
JOB = "publish scheduled"
_TOO_SOON = "Validation failed: Scheduled at The scheduled date must be in the future"
_TOO_FAR = "Validation failed: Scheduled at is more than a year away"
_TOO_MANY = f"Validation failed: You have exceeded the limit of {MAX_SCHEDULED} scheduled posts"
_TOO_MANY_A_DAY = (
    f"Validation failed: You have exceeded the limit of {MAX_A_DAY} scheduled posts for that day"
)


def read_due(text: str) -> datetime:
    """Read when something is to be posted; raises InvalidInput for what is too near, or too far."""
    try:
        due_at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidInput("Validation failed: Scheduled at is invalid") from error
    if due_at.tzinfo is None:
        due_at = due_at.replace(tzinfo=now().tzinfo)
    try:
        ahead = due_at - now()
        due_at = now() + ahead
    except OverflowError as error:
        raise InvalidInput(_TOO_FAR) from error
    if ahead < SOONEST:
        raise InvalidInput(_TOO_SOON)
    if ahead > FARTHEST:
        raise InvalidInput(_TOO_FAR)
    return due_at


async def schedule_draft(
    session: AsyncSession,
    user_id: int,
    *,
    params: PostParams,
    draft: Draft,
    due_at: datetime,
    key: str | None = None,
) -> Written:
    """Keep for later what was checked as if it were posted now; it is checked again then.

    The same `key` of the same user gives what was written with it before. Raises as `schedule`.
    """
    checked = replace(
        params,
        # Settings that change meanwhile, and a badge that is lost, make no audience wider.
        visibility=word_of(draft.visibility),
        sensitive=draft.sensitive,
        language=draft.language,
        quote_policy=draft.quote_policy,
    )
    row = ScheduledPost(
        id=new_id(),
        user_id=user_id,
        due_at=due_at,
        params=checked.to_json(),
        app_name=params.app_name,
    )
    earlier = await claim_key(session, user_id, key, row.id) if key is not None else None
    return earlier or await schedule(session, row, media=draft.media)


async def schedule(
    session: AsyncSession, row: ScheduledPost, *, media: Sequence[Media] = ()
) -> ScheduledPost:
    """Keep a post for later, and owe that it is written; raises InvalidInput beyond the limits."""
    await _require_room(session, row.user_id, row.due_at)
    session.add(row)
    await session.flush()
    await reserve_media(session, media)
    await _owe(session, row)
    return row


async def move(session: AsyncSession, row: ScheduledPost, due_at: datetime) -> None:
    """Write a post at another moment; one that could not be written is tried again then."""
    await _require_room(session, row.user_id, due_at, but_not=row.id)
    row.due_at, row.failed_at, row.error = due_at, None, ""
    await session.flush()
    await _owe(session, row)


async def drop(session: AsyncSession, row: ScheduledPost) -> None:
    """Write a post neither now nor later."""
    await free_media(session, PostParams.from_json(row.params).media_ids or ())
    await session.delete(row)
    await session.flush()


async def note_failure(session: AsyncSession, row: ScheduledPost, error: str) -> None:
    """Keep why a post could not be written, for its author to see."""
    row.failed_at, row.error = now(), error[:500]
    await session.flush()


async def find_scheduled(session: AsyncSession, scheduled_id: int) -> ScheduledPost | None:
    """Return a post that is to be written later."""
    return await session.get(ScheduledPost, scheduled_id)


async def hold_due(session: AsyncSession, scheduled_id: int) -> ScheduledPost | None:
    """Return a post that is to be written now, held until this transaction ends.

    None for one that was dropped, moved to later, or given up.
    """
    statement = select(ScheduledPost).where(
        col(ScheduledPost.id) == scheduled_id,
        col(ScheduledPost.due_at) <= now(),
        col(ScheduledPost.failed_at).is_(None),
    )
    return await session.scalar(statement.with_for_update())


async def get_own_scheduled(
    session: AsyncSession, user_id: int, scheduled_id: int
) -> ScheduledPost:
    """Return somebody's post for later; raises NotFound for absent ones and those of others."""
    return _required(await session.scalar(_own(user_id, scheduled_id)), scheduled_id)


async def hold_own_scheduled(
    session: AsyncSession, user_id: int, scheduled_id: int
) -> ScheduledPost:
    """Return somebody's post for later, held until this transaction ends; raises NotFound.

    One that is being written now is waited for, and then not there any more.
    """
    held = _own(user_id, scheduled_id).with_for_update()
    return _required(await session.scalar(held), scheduled_id)


async def list_scheduled(session: AsyncSession, user_id: int, page: Page) -> list[ScheduledPost]:
    """Return a page of somebody's posts for later, what was scheduled last first."""
    statement = select(ScheduledPost).where(col(ScheduledPost.user_id) == user_id)
    found = await session.scalars(page.apply(statement, col(ScheduledPost.id)))
    return page.newest_first(list(found))


def _own(user_id: int, scheduled_id: int) -> Select[ScheduledPost]:
    return select(ScheduledPost).where(
        col(ScheduledPost.id) == scheduled_id, col(ScheduledPost.user_id) == user_id
    )


def _required(row: ScheduledPost | None, scheduled_id: int) -> ScheduledPost:
    if row is None:
        raise NotFound(f"there is no scheduled post {scheduled_id} of this person")
    return row


async def _require_room(
    session: AsyncSession, user_id: int, due_at: datetime, *, but_not: int = 0
) -> None:
    await take_turns(session, user_id)
    day = due_at.replace(hour=0, minute=0, second=0, microsecond=0)
    count = select(func.count()).select_from(ScheduledPost)
    others = count.where(
        col(ScheduledPost.user_id) == user_id, col(ScheduledPost.id) != but_not
    )
    if (await session.scalar(others) or 0) >= MAX_SCHEDULED:
        raise InvalidInput(_TOO_MANY)
    that_day = others.where(
        col(ScheduledPost.due_at) >= day, col(ScheduledPost.due_at) < day + timedelta(days=1)
    )
    if (await session.scalar(that_day) or 0) >= MAX_A_DAY:
        raise InvalidInput(_TOO_MANY_A_DAY)


async def _owe(session: AsyncSession, row: ScheduledPost) -> None:
    # A job for each moment: what was owed for another one finds nothing to do.
    key = f"{JOB} {row.id} {row.due_at.isoformat()}"
    await enqueue(session, JOB, {"id": row.id}, key=key, due_at=row.due_at)
