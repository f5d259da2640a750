"""The engine room: each kind of work in a loop of its own, woken by commits, stopped cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from core.logging import get_logger
from db import jobs
from db.bus import listen
from db.session import Database
from federation.client import Client
from inbox.queries import TOPIC as INCOMING
from outbox.queries import TOPIC as DELIVERIES
from workers.incoming import process_incoming
from workers.jobs import Jobs
from workers.outgoing import Outgoing
from workers.periodic import Periodic

# Other processes cannot wake us on SQLite: what they owe is found by looking.
POLL_S = 0.5
CHORES_POLL_S = 5.0
PAUSE_AFTER_ERROR_S = 1.0
BATCH = 128
log = get_logger(__name__)

Step = Callable[[], Awaitable[int]]


async def run(database: Database, client: Client, stop: asyncio.Event) -> None:
    """Work until `stop` is set; requests that are open then are finished and written down."""
    outgoing, owed = Outgoing(database, client), Jobs(database, client)
    steps: dict[str, tuple[str, Step, float]] = {
        "incoming": (INCOMING, partial(process_incoming, database, client, limit=BATCH), POLL_S),
        "outgoing": (DELIVERIES, outgoing.step, POLL_S),
        "jobs": (jobs.TOPIC, owed.step, POLL_S),
        "chores": ("chores", Periodic(database, client).step, CHORES_POLL_S),
    }
    async with asyncio.TaskGroup() as group:
        if not database.is_sqlite:
            url = database.settings.resolved_database_url
            group.create_task(listen(url, database.bus, stop))
        for name, (topic, step, poll_s) in steps.items():
            group.create_task(_repeat(name, step, database, topic=topic, poll_s=poll_s, stop=stop))
    await asyncio.gather(outgoing.drain(), owed.drain())


async def _repeat(
    name: str,
    step: Step,
    database: Database,
    *,
    topic: str,
    poll_s: float,
    stop: asyncio.Event,
) -> None:
    while not stop.is_set():
        try:
            worked = await step()
        except Exception:
            # Whatever it was, the others go on, and so does this loop after a pause.
            log.exception("a worker's step failed", worker=name)
            await _pause(stop, PAUSE_AFTER_ERROR_S)
            continue
        if not worked:
            await _wait(database, topic, poll_s, stop)


async def _wait(database: Database, topic: str, poll_s: float, stop: asyncio.Event) -> None:
    called = asyncio.create_task(database.bus.wait(topic, poll_s))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({called, stopped}, return_when=asyncio.FIRST_COMPLETED)
    for task in (called, stopped):
        task.cancel()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
