"""Doing what is owed in the job table: claimed with a lease, retried, or set aside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from core.errors import PermanentError, TemporaryError
from core.logging import get_logger
from db import jobs
from db.jobs import Job
from db.session import Database
from federation.client import Client
from workers.registry import JOBS

LEASE = timedelta(minutes=5)
# Well within the lease, so that no job is done by two at once.
TIMEOUT_S = 120.0
log = get_logger(__name__)


async def process_jobs(database: Database, client: Client, *, limit: int = 8) -> int:
    """Do up to `limit` due jobs side by side; return how many there were."""
    async with database.transaction() as session:
        claimed: Sequence[Job] = await jobs.claim(session, limit=limit, lease=LEASE)
    # Not a task group: one that breaks must not end the others with it, each time anew.
    done = await asyncio.gather(
        *(_process(database, client, job) for job in claimed), return_exceptions=True
    )
    for job, broken in zip(claimed, done, strict=True):
        if isinstance(broken, Exception):
            log.error("a job broke", kind=job.kind, exc_info=broken)
            async with database.transaction() as session:
                await jobs.retry(session, job, f"{type(broken).__name__} here")
    return len(claimed)


async def _process(database: Database, client: Client, job: Job) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            await JOBS[job.kind](database, client, job.payload)
    except (TemporaryError, TimeoutError) as error:
        async with database.transaction() as session:
            await jobs.retry(session, job, str(error) or "it took too long")
    except (PermanentError, KeyError) as error:
        log.info("job set aside", kind=job.kind, reason=str(error))
        async with database.transaction() as session:
            await jobs.park(session, job, str(error))
    else:
        async with database.transaction() as session:
            await jobs.finish(session, job)
