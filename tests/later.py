"""Posts for later, as a program keeps them and time passes."""

from __future__ import annotations

from datetime import timedelta

from core.clock import now, shift
from workers.jobs import process_jobs

STATUSES, SCHEDULED = "/api/v1/statuses", "/api/v1/scheduled_statuses"


def at(**ahead) -> str:
    return (now() + timedelta(**ahead)).isoformat()


async def keep(program, text="Plus tard", *, due=None, **fields):
    sent = {"status": text, "visibility": "public", "scheduled_at": due or at(hours=1)}
    return await program.post(STATUSES, **(sent | fields))


async def pass_time(house, **ahead):
    shift(timedelta(**ahead))
    while await process_jobs(house.database, None):
        pass


async def texts_of(program):
    shown = await program.get(f"/api/v1/accounts/{program.id}/statuses")
    return [status["content"] for status in shown]
