"""Doing what is owed in the job table: claimed with a lease, retried, or set aside."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection
from datetime import timedelta

from core.errors import NotFound, PermanentError, ServerError, TemporaryError
from core.logging import get_logger
from db import jobs
from db.jobs import Claimed
from db.session import Database
from federation.client import Client
from workers.registry import GIVEN_UP, JOBS

LEASE = timedelta(minutes=5)
# Well within the lease, so that no job is done by two at once.
TIMEOUT_S = 120.0
# Within the promise for the whole stop, which is 30 s.
DRAIN_S = 15.0
MAX_OPEN, MAX_OPEN_OF_A_KIND = 32, 16
A_CLAIM = 8
log = get_logger(__name__)


class Jobs:
    """The jobs of one process, done side by side: `step` is called again and again by the loop.

    One that takes long, as when a host is slow, holds up no other; nor does a kind with many.
    """

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client
        self._open: dict[asyncio.Task[None], str] = {}

    async def step(self) -> int:
        """Begin what is due, as far as there are places; return how much that was."""
        places = min(MAX_OPEN - len(self._open), A_CLAIM)
        if places <= 0:
            return 0
        by_kind = Counter(self._open.values())
        busy = [kind for kind, count in by_kind.items() if count >= MAX_OPEN_OF_A_KIND]
        claimed = await _claim(self._database, places, but_not=busy)
        for job in claimed:
            task = asyncio.create_task(_do(self._database, self._client, job))
            self._open[task] = job.kind
            task.add_done_callback(self._end)
        return len(claimed)

    async def drain(self) -> None:
        """Wait a while for what is begun; the rest is done once its lease has ended."""
        if not self._open:
            return
        _, late = await asyncio.wait(self._open, timeout=DRAIN_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _end(self, task: asyncio.Task[None]) -> None:
        del self._open[task]
        # There is a place again.
        self._database.bus.publish([jobs.TOPIC])
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("what became of a job cannot be written down", exc_info=error)


async def process_jobs(database: Database, client: Client, *, limit: int = A_CLAIM) -> int:
    """Do up to `limit` due jobs side by side to their end; return how many there were."""
    claimed = await _claim(database, limit)
    await asyncio.gather(*(_do(database, client, job) for job in claimed))
    return len(claimed)


async def _claim(database: Database, limit: int, *, but_not: Collection[str] = ()) -> list[Claimed]:
    async with database.transaction() as session:
        return await jobs.claim(session, limit=limit, lease=LEASE, but_not=but_not)


async def _do(database: Database, client: Client, job: Claimed) -> None:
    # Each by itself: one that breaks must not end the others with it, each time anew.
    (broken,) = await asyncio.gather(_process(database, client, job), return_exceptions=True)
    if isinstance(broken, BaseException):
        log.error("a job broke", kind=job.kind, exc_info=broken)
        await _retry(database, client, job, reason=f"{type(broken).__name__} here")


async def _process(database: Database, client: Client, job: Claimed) -> None:
    try:
        work = JOBS.get(job.kind)
        if work is None:
            raise NotFound(f"there is no job {job.kind!r} here")
        async with asyncio.timeout(TIMEOUT_S):
            await work(database, client, job.payload)
    except (TemporaryError, TimeoutError) as error:
        await _retry(database, client, job, reason=str(error) or "it took too long")
    except (PermanentError, KeyError) as error:
        log.info("job set aside", kind=job.kind, reason=str(error))
        await _give_up(database, client, job)
        async with database.transaction() as session:
            await jobs.park(session, job, str(error))
    else:
        async with database.transaction() as session:
            await jobs.finish(session, job)


async def _retry(database: Database, client: Client, job: Claimed, *, reason: str) -> None:
    if job.attempts >= jobs.MAX_ATTEMPTS:
        await _give_up(database, client, job)
    async with database.transaction() as session:
        await jobs.retry(session, job, reason)


async def _give_up(database: Database, client: Client, job: Claimed) -> None:
    """Do what is left to do for a job that is about to be set aside; before, so that it is done."""
    work = GIVEN_UP.get(job.kind)
    if work is None:
        return
    try:
        await work(database, client, job.payload)
    except (ServerError, KeyError, ValueError) as error:
        # It is set aside all the same: its payload may be what is wrong.
        log.error("nobody could be told of a job that is set aside", kind=job.kind, exc_info=error)
