"""What came in: claimed in batches, completed side by side, carried out in short transactions.

A slow host holds up only what its own people sent: the rest goes on, and its turn comes when its
answer does.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from db.session import Database
from federation.client import Client
from inbox.process import Batch, Prepared, carry_out, claim_batch, prepare
from inbox.queries import Received, give_back

# So long others wait for one that must be fetched.
PATIENCE_S = 0.25
MAX_OPEN = 512
MAX_OPEN_A_HOST = 64
# Transactions are short: on SQLite nobody else writes meanwhile.
A_TRANSACTION = 32
# What one signer sent is held no longer than this before the last of it is begun: well within the
# lease, else the same would be claimed again and again and never be carried out.
HELD_S = 20.0


@dataclass(slots=True)
class _Open:
    """What one process has claimed and not carried out yet: a task for each signer."""

    tasks: set[asyncio.Task[list[Prepared]]] = field(default_factory=set)
    by_host: Counter[str] = field(default_factory=Counter)

    @property
    def places(self) -> int:
        return MAX_OPEN - self.by_host.total()

    @property
    def busy_hosts(self) -> list[str]:
        return [host for host, open in self.by_host.items() if open >= MAX_OPEN_A_HOST]


_work: WeakKeyDictionary[Database, _Open] = WeakKeyDictionary()


async def process_incoming(database: Database, client: Client, limit: int) -> int:
    """Take up to `limit` activities in hand, and carry out those that are ready.

    Returns how many are in hand: 0 when there is nothing to do.
    """
    work = _work.setdefault(database, _Open())
    begun = await _begin(database, client, work, limit=min(limit, work.places))
    in_hand = work.by_host.total()
    if not work.tasks:
        return 0
    when = asyncio.ALL_COMPLETED if begun else asyncio.FIRST_COMPLETED
    await asyncio.wait(begun or work.tasks, timeout=PATIENCE_S, return_when=when)
    done = {task for task in work.tasks if task.done()}
    work.tasks -= done
    ready = sorted((one for task in done for one in task.result()), key=lambda one: one[0].id)
    work.by_host -= Counter(received.host for received, _ in ready)
    for start in range(0, len(ready), A_TRANSACTION):
        await carry_out(database, ready[start : start + A_TRANSACTION])
    return in_hand


async def _begin(
    database: Database, client: Client, work: _Open, *, limit: int
) -> set[asyncio.Task[list[Prepared]]]:
    if limit <= 0:
        return set()
    batch = await claim_batch(database, limit=limit, but_not=work.busy_hosts)
    by_signer: dict[int, list[Received]] = {}
    for received in batch.received:
        by_signer.setdefault(received.signer_id, []).append(received)
    begun = {
        asyncio.create_task(_prepare(database, client, sent, batch)) for sent in by_signer.values()
    }
    work.tasks |= begun
    work.by_host.update(received.host for received in batch.received)
    return begun


async def _prepare(
    database: Database, client: Client, sent: list[Received], batch: Batch
) -> list[Prepared]:
    # One after another, so that what one signer sent keeps its order.
    until = asyncio.get_running_loop().time() + HELD_S
    prepared: list[Prepared] = []
    for one in sent:
        if prepared and asyncio.get_running_loop().time() >= until:
            prepared.append((one, give_back(one)))
        else:
            prepared.append((one, await prepare(database, client, one, batch)))
    return prepared
