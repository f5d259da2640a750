"""From a claimed row to its effects: complete over the network, then dispatch in a transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import find_actors, find_badges
from core.errors import PermanentError, TemporaryError
from core.logging import get_logger
from db.session import Database, savepoint
from federation.client import Client
from federation.documents.activity import Activity, read_activity
from federation.documents.lenient import read_document
from federation.origin import host_of
from inbox.complete import complete
from inbox.completed import Completed
from inbox.dispatch import dispatch
from inbox.outcome import Outcome, rejected
from inbox.queries import HELD, Ending, Received, claim, finish, retry_or_park, still_held
from inbox.review import Waits, judge
from moderation.policy import PeerPolicy, policies_of
from outbox.hosts import find_troubled, note_sign_of_life

# Well within the lease.
TIMEOUT_S = 30.0
log = get_logger(__name__)

Prepared = tuple[Received, Completed | Ending]


@dataclass(frozen=True, slots=True)
class Batch:
    """What is held to be processed, oldest first, who signed it, and who of those is a doctor.

    `policies` are those of the signers' hosts.
    """

    received: list[Received]
    signers: dict[int, Actor]
    doctors: frozenset[int]
    policies: Mapping[str, PeerPolicy] = field(default_factory=dict)


async def claim_batch(database: Database, *, limit: int, but_not: Collection[str] = ()) -> Batch:
    """Hold what is due, oldest first; `but_not` are hosts to leave."""

    async def work(session: AsyncSession) -> Batch:
        received = await claim(session, limit=limit, but_not=but_not)
        signers = await find_actors(session, {one.signer_id for one in received})
        badges = await find_badges(session, signers)
        hosts = {actor.host for actor in signers.values()}
        for host in await find_troubled(session, hosts):
            await note_sign_of_life(session, host)
        doctors = frozenset(id for id, badge in badges.items() if badge.is_doctor)
        return Batch(received, signers, doctors, await policies_of(session, hosts))

    return await database.unit(work)


async def prepare(
    database: Database, client: Client, received: Received, batch: Batch
) -> Completed | Ending:
    """Complete an activity; what cannot be completed ends here, or is tried again later."""
    with _Contained() as contained:
        async with asyncio.timeout(TIMEOUT_S):
            activity = read_activity(read_document(received.body))
            await _require_passage(database, received, activity, batch.policies)
            return await complete(
                database,
                client,
                activity,
                batch.signers[received.signer_id],
                owner_id=received.owner_id,
                is_doctor=received.signer_id in batch.doctors,
                is_released=received.is_released,
            )
    assert contained.error is not None
    return _ending_of(received, contained.error)


async def _require_passage(
    database: Database,
    received: Received,
    activity: Activity,
    policies: Mapping[str, PeerPolicy],
) -> None:
    """Ask the policy about who brought an activity and whose it is, before anything is fetched.

    Who is wrapped in it is judged, in the same way, when it is unwrapped.
    """
    hosts = {received.host, host_of(activity.actor_id)}
    if not hosts <= policies.keys():
        # Most speak for themselves: their policies came with the batch.
        async with database.read() as session:
            policies = await policies_of(session, hosts)
    judged = {host: policies[host] for host in hosts}
    judge(activity, judged, is_released=received.is_released)


async def carry_out(database: Database, batch: Sequence[Prepared]) -> None:
    """Do what activities say and write down what became of them, in one transaction.

    Each has a savepoint of its own: one that breaks holds up nobody else, and leaves nothing.
    """

    async def work(session: AsyncSession) -> None:
        held = await still_held(session, [received for received, _ in batch])
        senders = await find_actors(
            session, {one.sender.id for _, one in batch if isinstance(one, Completed)}
        )
        endings = [
            prepared
            if isinstance(prepared, Ending)
            else await _dispatch(session, received, prepared)
            for received, prepared in batch
            if received.id in held
        ]
        # Kept until here, so that the session has them at hand.
        del senders
        if endings:
            await finish(session, endings)

    await database.unit(work)


async def _dispatch(session: AsyncSession, received: Received, completed: Completed) -> Ending:
    outcome = rejected("nothing came of it")
    with _Contained() as contained:
        async with savepoint(session):
            outcome = await _dispatch_alone(session, completed)
    if contained.error is not None:
        return _ending_of(received, contained.error)
    if outcome.reason is not None:
        log.info(f"activity {outcome.name}", id=received.id, reason=outcome.reason)
    return Ending(received.id, outcome.name, outcome.reason)


async def _dispatch_alone(session: AsyncSession, completed: Completed) -> Outcome:
    # Read anew where an earlier failure took the session's copy away.
    sender = await session.get_one(Actor, completed.sender.id)
    if sender.suspended_at is not None:
        return rejected("the sender is suspended here")
    if sender.deleted_at is not None:
        return rejected("the sender is gone")
    return await dispatch(session, completed.activity, sender, wrapped=completed.wrapped)


class _Contained:
    """Keeps an error to one activity: whatever breaks, the rest of the batch goes on."""

    error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if isinstance(error, Exception):
            self.error = error
        return self.error is not None


def _ending_of(received: Received, error: Exception) -> Ending:
    if isinstance(error, Waits):
        log.info("activity held", id=received.id, reason=str(error))
        return Ending(received.id, HELD, str(error))
    if isinstance(error, PermanentError):
        log.info("activity rejected", id=received.id, reason=str(error))
        return Ending(received.id, "rejected", str(error))
    if isinstance(error, TemporaryError):
        return retry_or_park(received, str(error))
    if isinstance(error, TimeoutError):
        return retry_or_park(received, "it took too long")
    # Our own mistake, or the database's: kept for the operator, and tried again.
    log.error("an activity broke its handler", id=received.id, exc_info=error)
    return retry_or_park(received, f"{type(error).__name__} here")
