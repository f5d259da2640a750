"""What is done from time to time: credentials looked after, what is over forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from actors.rotation import forget_retired_keys
from core.clock import now
from db.jobs import forget_parked
from db.session import Database
from doctors.credentials import recheck_status
from doctors.directory_index import tidy_directory
from doctors.evidence import delete_ended
from doctors.habits import read_habits
from doctors.issue import renew_due
from doctors.pinning import watch_peers
from doctors.registers.look_up import refresh_asked
from doctors.trust_subscriptions import refresh_subscriptions
from federation.client import Client
from inbox.queries import forget_processed
from media.clearing import forget_unattached, sweep
from media.retention import tidy_copies
from notifications.subscriptions import forget_dead_subscriptions
from outbox.bounds import relieve_queue
from outbox.letters import forget_done
from outbox.offer import send_renewed
from posts.cards import forget_cards
from posts.idempotency import forget_keys
from posts.queries import forget_tombstones
from posts.trends import compute_trends
from users.deciding import forget_unconfirmed
from users.invitations import forget_invitations
from users.stale import delete_stale

# A revocation elsewhere counts here within a quarter of an hour (doctors/held_lists.py).
LISTS_EVERY = timedelta(minutes=1)
KEEP_DELIVERED = timedelta(days=7)
KEEP_DEAD = timedelta(days=30)
KEEP_INBOX = timedelta(days=30)
# Longer than anybody tries to deliver (B19).
KEEP_TOMBSTONES = timedelta(days=90)
KEEP_UNNAMED_CARDS = timedelta(days=30)
KEEP_IDEMPOTENCY_KEYS = timedelta(days=1)


async def _check_status_lists(database: Database, client: Client) -> None:
    await recheck_status(database, client)


async def _watch_peers(database: Database, client: Client) -> None:
    await watch_peers(database, client)


async def _read_trust_lists(database: Database, client: Client) -> None:
    await refresh_subscriptions(database, client)


async def _renew_credentials(database: Database, _client: Client) -> None:
    async with database.transaction() as session:
        for actor in await renew_due(session):
            await send_renewed(session, actor)


async def _delete_evidence(database: Database, _client: Client) -> None:
    while await database.unit(delete_ended):
        pass


async def _refresh_registers(database: Database, client: Client) -> None:
    await refresh_asked(database, client)


async def _relieve_queue(database: Database, _client: Client) -> None:
    await relieve_queue(database)


async def _forget_uploads(database: Database, _client: Client) -> None:
    await forget_unattached(database)


async def _sweep_files(database: Database, _client: Client) -> None:
    await sweep(database)


async def _compute_trends(database: Database, _client: Client) -> None:
    await compute_trends(database)


async def _forget(database: Database, _client: Client) -> None:
    async with database.transaction() as session:
        await forget_dead_subscriptions(session)
        await forget_invitations(session)
        await forget_done(session, delivered=KEEP_DELIVERED, dead=KEEP_DEAD)
        await forget_processed(session, KEEP_INBOX)
        await forget_parked(session, KEEP_DEAD)
        await forget_keys(session, KEEP_IDEMPOTENCY_KEYS)
        await forget_retired_keys(session)
        await forget_tombstones(session, KEEP_TOMBSTONES)
    while await database.unit(delete_stale):
        pass
    await forget_unconfirmed(database)


async def _keep_directory(database: Database, _client: Client) -> None:
    await tidy_directory(database)
    await read_habits(database)


async def _tidy_copies(database: Database, _client: Client) -> None:
    await tidy_copies(database)


async def _forget_cards(database: Database, _client: Client) -> None:
    while await database.unit(lambda session: forget_cards(session, KEEP_UNNAMED_CARDS)):
        pass


@dataclass(slots=True)
class Chore:
    """Something that is done every so often; `due_at` is kept in this process only."""

    every: timedelta
    work: Callable[[Database, Client], Awaitable[None]]
    due_at: datetime


class Periodic:
    """The chores of one process; a late one is done once, not caught up on."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client
        moment = now()
        self._chores = [
            Chore(LISTS_EVERY, _check_status_lists, moment),
            Chore(timedelta(minutes=1), _relieve_queue, moment),
            Chore(timedelta(minutes=5), _compute_trends, moment + timedelta(minutes=1)),
            Chore(timedelta(hours=1), _watch_peers, moment + timedelta(minutes=1)),
            Chore(timedelta(hours=6), _read_trust_lists, moment + timedelta(minutes=4)),
            Chore(timedelta(hours=1), _renew_credentials, moment),
            Chore(timedelta(hours=1), _refresh_registers, moment + timedelta(minutes=4)),
            Chore(timedelta(hours=1), _forget_uploads, moment + timedelta(minutes=2)),
            Chore(timedelta(hours=1), _delete_evidence, moment + timedelta(minutes=4)),
            Chore(timedelta(hours=24), _sweep_files, moment + timedelta(minutes=10)),
            Chore(timedelta(hours=1), _tidy_copies, moment + timedelta(minutes=3)),
            Chore(timedelta(hours=1), _keep_directory, moment + timedelta(minutes=6)),
            Chore(timedelta(hours=24), _forget_cards, moment + timedelta(minutes=15)),
            Chore(timedelta(hours=1), _forget, moment + timedelta(minutes=5)),
        ]

    async def step(self) -> int:
        """Do what is due; return how many chores that were."""
        due = [chore for chore in self._chores if chore.due_at <= now()]
        for chore in due:
            chore.due_at = now() + chore.every
            await chore.work(self._database, self._client)
        return len(due)
