"""Due deliveries: claimed by host, sent side by side, their results written down in batches.

A slow host holds up nobody: sending goes on beside it, up to a number of open requests.
"""

from __future__ import annotations

import asyncio

from actors.keyring import signer_of
from core.errors import NotFound
from db.session import AsyncSession, Database
from federation.client import Client, Signer
from moderation.models import PeerClass
from moderation.policy import classes_of
from outbox import queries
from outbox.deliver import Result, deliver, record
from outbox.queries import Owed

MAX_OPEN = 64
HOSTS_A_CLAIM = 32
_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


class Outgoing:
    """The sender of one process: `step` is called again and again by the worker's loop."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client
        self._open: set[asyncio.Task[Result]] = set()

    async def step(self) -> int:
        """Send what is due and write down what came back; return how much there was of both."""
        started = await self._start()
        finished = await self._collect(wait=started == 0)
        return started + finished

    async def drain(self) -> None:
        """Wait for every open request and write its result down."""
        while self._open:
            await self._collect(wait=True)

    async def _start(self) -> int:
        if len(self._open) >= MAX_OPEN:
            return 0
        async with self._database.transaction() as session:
            owed = await queries.claim(session, hosts=HOSTS_A_CLAIM)
            if not owed:
                return 0
            signers, refused = await _prepare(session, owed)
            for result in refused:
                await record(session, result)
        closed = {result.owed.id for result in refused}
        for one in owed:
            if one.id not in closed:
                sending = deliver(self._client, one, signers[one.signer_id])
                self._open.add(asyncio.create_task(sending))
        return len(owed)

    async def _collect(self, *, wait: bool) -> int:
        if not self._open:
            return 0
        timeout = 1.0 if wait else 0.0
        done, _ = await asyncio.wait(
            self._open, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            return 0
        self._open -= done
        async with self._database.transaction() as session:
            for task in done:
                await record(session, task.result())
        return len(done)


async def _prepare(
    session: AsyncSession, owed: list[Owed]
) -> tuple[dict[int, Signer], list[Result]]:
    """Find who signs, and judge each host again: a decision counts from the moment it is made."""
    classes = await classes_of(session, {one.host for one in owed})
    signers: dict[int, Signer] = {}
    refused = []
    for one in owed:
        allowed = {PeerClass.CLINICAL} if one.clinical_only else _SPOKEN_TO
        if classes[one.host] not in allowed:
            reason = f"{one.host} is {classes[one.host]} now"
            refused.append(Result(one, error=reason, refused=True))
            continue
        if one.signer_id not in signers:
            try:
                signers[one.signer_id] = await signer_of(session, one.signer_id)
            except NotFound as error:
                refused.append(Result(one, error=str(error), refused=True))
    return signers, refused
