"""Due deliveries: claimed by host, sent side by side, their results written down in batches.

A slow host holds up nobody: sending goes on beside it, up to a number of open requests.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

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
        letters = await self._database.unit(_take)
        for letter in letters.ready:
            sending = deliver(self._client, letter.owed, letter.signer)
            self._open.add(asyncio.create_task(sending))
        return len(letters.ready) + letters.refused

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

        async def write_down(session: AsyncSession) -> None:
            for task in done:
                await record(session, task.result())

        await self._database.unit(write_down)
        return len(done)


@dataclass(frozen=True, slots=True)
class _Letter:
    """A delivery that may be sent, and who signs it."""

    owed: Owed
    signer: Signer


@dataclass(frozen=True, slots=True)
class _Letters:
    """What was claimed: those that may be sent, and how many may not."""

    ready: list[_Letter]
    refused: int


async def _take(session: AsyncSession) -> _Letters:
    """Claim what is due, and judge each host again: a decision counts from when it is made."""
    owed = await queries.claim(session, hosts=HOSTS_A_CLAIM)
    if not owed:
        return _Letters([], 0)
    classes = await classes_of(session, {one.host for one in owed})
    signers: dict[int, Signer | None] = {}
    ready = []
    for one in owed:
        if one.signer_id not in signers:
            signers[one.signer_id] = await _find_signer(session, one.signer_id)
        signer = signers[one.signer_id]
        allowed = {PeerClass.CLINICAL} if one.clinical_only else _SPOKEN_TO
        if classes[one.host] not in allowed:
            reason = f"{one.host} is {classes[one.host]} now"
            await record(session, Result(one, error=reason, refused=True))
        elif signer is None:
            await record(session, Result(one, error="who signs it is gone", refused=True))
        else:
            ready.append(_Letter(one, signer))
    return _Letters(ready, len(owed) - len(ready))


async def _find_signer(session: AsyncSession, actor_id: int) -> Signer | None:
    try:
        return await signer_of(session, actor_id)
    except NotFound:
        return None
