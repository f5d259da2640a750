"""Due deliveries: claimed by host, sent side by side, their results written down in batches.

A slow host holds up nobody: hosts that answered last time go first, a request that is open for long
leaves its place to another, and of the places for slow ones half are for hosts that answered.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from functools import partial

from cryptography.exceptions import InvalidTag
from sqlalchemy.exc import NoResultFound

from actors.keyring import signer_of
from core.errors import NotFound
from core.logging import get_logger
from db.session import AsyncSession, Database
from federation.client import Client, Signer
from moderation.models import PeerClass
from moderation.policy import classes_of
from outbox import queries
from outbox.deliver import Result, deliver, record
from outbox.queries import Owed

MAX_QUICK = 64
MAX_SLOW = 256
SLOW_AFTER_S = 1.0
HOSTS_A_CLAIM = 32
# So seldom hosts that never answered, or failed last, are asked while others have something due.
TRIALS_EVERY = 16
log = get_logger(__name__)
_SPOKEN_TO = frozenset({PeerClass.SOCIAL, PeerClass.CLINICAL})


class Outgoing:
    """The sender of one process: `step` is called again and again by the worker's loop."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client
        self._open: dict[asyncio.Task[Result], _Sent] = {}
        self._claims = 0

    async def step(self) -> int:
        """Send what is due and write down what came back; return how much there was of both."""
        return await self._start() + await self._collect()

    async def drain(self) -> None:
        """Wait for every open request and write its result down."""
        while self._open:
            await asyncio.wait(self._open, return_when=asyncio.FIRST_COMPLETED)
            await self._collect()

    async def _start(self) -> int:
        long_ago = time.monotonic() - SLOW_AFTER_S
        slow = sum(sent.began < long_ago for sent in self._open.values())
        if slow >= MAX_SLOW or len(self._open) - slow >= MAX_QUICK:
            return 0
        letters = await self._claim(trials=slow < MAX_SLOW // 2)
        for letter in letters.ready:
            sending = asyncio.create_task(deliver(self._client, letter.owed, letter.signer))
            sending.add_done_callback(self._wake)
            self._open[sending] = _Sent(time.monotonic(), letter.owed)
        return len(letters.ready) + letters.refused

    async def _claim(self, *, trials: bool) -> _Letters:
        """Take what is for hosts that answered last; where nothing is, and now and then, all."""
        self._claims += 1
        if not trials or self._claims % TRIALS_EVERY:
            letters = await self._database.unit(partial(_take, trials=False))
            if not trials or letters.ready or letters.refused:
                return letters
        return await self._database.unit(partial(_take, trials=True))

    def _wake(self, _: asyncio.Task[Result]) -> None:
        self._database.bus.publish([queries.TOPIC])

    async def _collect(self) -> int:
        # Who steps on and on lets the requests go on.
        await asyncio.sleep(0)
        done = [task for task in self._open if task.done()]
        if not done:
            return 0
        results = [_result_of(task, self._open.pop(task).owed) for task in done]

        async def write_down(session: AsyncSession) -> None:
            for result in results:
                await record(session, result)

        await self._database.unit(write_down)
        return len(done)


@dataclass(frozen=True, slots=True)
class _Sent:
    """When a request was begun, and what it delivers."""

    began: float
    owed: Owed


def _result_of(task: asyncio.Task[Result], owed: Owed) -> Result:
    error = task.exception()
    if error is None:
        return task.result()
    # Our own mistake: the others that came back with it are written down all the same.
    log.error("a delivery broke", id=owed.id, exc_info=error)
    return Result(owed, error=f"{type(error).__name__} here", broken=True)


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


async def _take(session: AsyncSession, *, trials: bool) -> _Letters:
    """Claim what is due, and judge each host again: a decision counts from when it is made."""
    owed = await queries.claim(session, hosts=HOSTS_A_CLAIM, trials=trials)
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
            reason = "who signs it is gone, or their key cannot be read"
            await record(session, Result(one, error=reason, refused=True))
        else:
            ready.append(_Letter(one, signer))
    return _Letters(ready, len(owed) - len(ready))


async def _find_signer(session: AsyncSession, actor_id: int) -> Signer | None:
    try:
        return await signer_of(session, actor_id)
    except (NotFound, NoResultFound):
        return None
    except (InvalidTag, ValueError) as error:
        # One key that cannot be read must not hold up all that others sign.
        log.error("a key cannot be read", actor_id=actor_id, error=type(error).__name__)
        return None
