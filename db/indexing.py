"""Writing a table of words anew, for rows that were there before it: in slices, newest first."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from db.jobs import enqueue
from db.session import AsyncSession, Database

# So many slices, a transaction each; then other jobs have their turn.
SLICES_A_TURN = 20


@dataclass(frozen=True, slots=True)
class Slice:
    """How many rows were indexed, and the id before which the next are; None: there are none."""

    count: int
    before: int | None


# (session, before) -> what was done; None begins with the newest.
IndexSlice = Callable[[AsyncSession, int | None], Awaitable[Slice]]


async def index_turn(
    database: Database, kind: str, index_slice: IndexSlice, before: int | None
) -> None:
    """Index some slices and owe the rest as a job of this kind; cut off, it goes on from there."""
    for _ in range(SLICES_A_TURN):
        before = (await index_one(database, index_slice, before)).before
        if before is None:
            return
    async with database.transaction() as session:
        await enqueue(session, kind, {"before": before}, key=kind)


async def index_all(database: Database, index_slice: IndexSlice) -> int:
    """Index everything, in short transactions; return how many rows that were."""
    done = await index_one(database, index_slice, None)
    count = done.count
    while done.before is not None:
        done = await index_one(database, index_slice, done.before)
        count += done.count
    return count


async def index_one(database: Database, index_slice: IndexSlice, before: int | None) -> Slice:
    """Index one slice in a transaction of its own."""

    async def work(session: AsyncSession) -> Slice:
        return await index_slice(session, before)

    return await database.unit(work)
