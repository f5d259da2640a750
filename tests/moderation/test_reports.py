"""Reports: kept apart, listed, closed once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.errors import NotFound
from db.paging import Page
from factories import make_local_actor, make_remote_actor
from moderation.models import AuditEntry
from moderation.reports import Complaint, close_report, find_report, list_reports, save_report


async def test_people_here_complain_each_for_themselves(session):
    alice = await make_local_actor(session, "alice")
    reporters = [await make_local_actor(session, f"r{n}") for n in range(2)]

    for reporter in reporters:
        await save_report(session, Complaint(reporter.id, alice.id))

    assert len(await list_reports(session, Page())) == 2


async def test_one_flag_is_counted_once(session):
    alice = await make_local_actor(session, "alice")
    bob = await make_remote_actor(session)
    complaint = Complaint(bob.id, alice.id, host=bob.host, uri=f"{bob.uri}/flags/1")

    first = await save_report(session, complaint)
    again = await save_report(session, complaint)

    assert (again.id, again.others) == (first.id, 0)


async def test_another_host_or_another_target_is_another_report(session):
    alice, dora = [await make_local_actor(session, name) for name in ("alice", "dora")]
    bob = await make_remote_actor(session)
    for host, target in ((bob.host, alice), (bob.host, dora), ("c.example", alice)):
        await save_report(session, Complaint(bob.id, target.id, host=host))

    assert [report.others for report in await list_reports(session, Page())] == [0, 0, 0]


async def test_a_report_is_closed_once_and_that_is_written_down(session):
    alice = await make_local_actor(session, "alice")
    report = await save_report(session, Complaint(alice.id, alice.id, comment="secret words"))

    for who in ("admin", "somebody else"):
        closed = await close_report(session, report.id, handled_by=who)

    assert (closed.handled_by, closed.handled_at is not None) == ("admin", True)
    assert await list_reports(session, Page()) == []
    assert [r.id for r in await list_reports(session, Page(), handled=True)] == [report.id]
    (entry,) = await session.scalars(select(AuditEntry))
    assert (entry.action, entry.subject) == ("report.close", str(report.id))
    assert "secret" not in str(entry.detail)


async def test_there_is_nothing_to_close_where_there_is_no_report(session):
    assert await find_report(session, 1) is None
    with pytest.raises(NotFound):
        await close_report(session, 1, handled_by="admin")
