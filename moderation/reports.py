"""Reports: complaints about actors and their posts, from here and from other hosts.

Of ids only: who they are, and what the posts say, the doors look up.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from core.clock import now
from core.errors import NotFound
from db.paging import Page
from db.session import AsyncSession, take_turns
from moderation.audit import record
from moderation.models import Report

CATEGORIES = frozenset({"spam", "legal", "violation", "other"})
MAX_POSTS = 100
MAX_COMMENT = 1000
_LOCK = 7_226_014


@dataclass(frozen=True, slots=True)
class Complaint:
    """What somebody complains about; `host` is empty for those who live here."""

    reporter_id: int
    target_id: int
    host: str = ""
    uri: str | None = None
    post_ids: tuple[int, ...] = ()
    category: str = "other"
    comment: str = ""
    is_forwarded: bool = False


async def save_report(session: AsyncSession, complaint: Complaint) -> Report:
    """Record a complaint; more of the same host about the same actor join the one that waits."""
    if complaint.host:
        # Two at once would each find none that waits.
        await take_turns(session, _LOCK)
        waiting = await _find_waiting(session, complaint)
        if waiting is not None:
            return await _join(session, waiting, complaint)
    report = Report(
        uri=complaint.uri,
        host=complaint.host,
        reporter_id=complaint.reporter_id,
        target_id=complaint.target_id,
        post_ids=list(complaint.post_ids[:MAX_POSTS]),
        category=complaint.category,
        comment=complaint.comment,
        is_forwarded=complaint.is_forwarded,
    )
    session.add(report)
    await session.flush()
    return report


async def _find_waiting(session: AsyncSession, complaint: Complaint) -> Report | None:
    same_id = col(Report.uri) == complaint.uri if complaint.uri is not None else None
    open_one = (
        (col(Report.host) == complaint.host)
        & (col(Report.target_id) == complaint.target_id)
        & col(Report.handled_at).is_(None)
    )
    wanted = open_one if same_id is None else open_one | same_id
    return await session.scalar(select(Report).where(wanted).order_by(col(Report.id)).limit(1))


async def _join(session: AsyncSession, waiting: Report, complaint: Complaint) -> Report:
    if waiting.uri is not None and waiting.uri == complaint.uri:
        # The same Flag once more.
        return waiting
    waiting.others += 1
    # A new list, so that the change of the column is seen.
    known = dict.fromkeys((*waiting.post_ids, *complaint.post_ids))
    waiting.post_ids = list(known)[:MAX_POSTS]
    await session.flush()
    return waiting


async def list_reports(
    session: AsyncSession, page: Page, *, handled: bool = False
) -> list[Report]:
    """Return a page of the reports that wait, or of those that are `handled`, newest first."""
    is_handled = col(Report.handled_at).is_not(None)
    statement = select(Report).where(is_handled if handled else ~is_handled)
    found = await session.scalars(page.apply(statement, col(Report.id)))
    return page.newest_first(list(found))


async def find_report(session: AsyncSession, report_id: int) -> Report | None:
    """Return a report by our id."""
    return await session.get(Report, report_id)


async def close_report(session: AsyncSession, report_id: int, *, handled_by: str) -> Report:
    """Note that a report was dealt with, in the audit log too; once is enough.

    Raises NotFound where there is none.
    """
    report = await find_report(session, report_id)
    if report is None:
        raise NotFound(f"there is no report {report_id}")
    if report.handled_at is not None:
        return report
    report.handled_at, report.handled_by = now(), handled_by
    await session.flush()
    await record(
        session,
        actor=handled_by,
        action="report.close",
        subject=str(report_id),
        detail={"target": str(report.target_id), "host": report.host},
    )
    return report
