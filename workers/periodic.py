"""What is done from time to time: credentials looked after, what is over forgotten."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import now
from db.jobs import forget_parked
from db.session import Database
from doctors.credentials import recheck_status
from doctors.issue import renew_due
from doctors.pinning import watch_peers
from federation.client import Client
from inbox.queries import forget_processed
from media.clearing import forget_unattached, sweep
from media.retention import tidy_copies
from notifications.subscriptions import forget_dead_subscriptions
from outbox.bounds import relieve_queue
from outbox.letters import forget_done
from outbox.update import send_update_actor
from posts.cards import forget_cards
from posts.idempotency import forget_keys
from posts.queries import forget_tombstones
from posts.trends import compute_trends
from users.deciding import forget_unconfirmed
from users.invitations import forget_invitations
from users.stale import delete_stale
from users.tickets import delete_stale_tickets

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


async def _renew_credentials(database: Database, _client: Client) -> None:
    async with database.transaction() as session:
        for actor in await renew_due(session):
            await send_update_actor(session, actor)


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
        await delete_stale_tickets(session)
        await forget_invitations(session)
        await forget_done(session, delivered=KEEP_DELIVERED, dead=KEEP_DEAD)
        await forget_processed(session, KEEP_INBOX)
        await forget_parked(session, KEEP_DEAD)
        await forget_keys(session, KEEP_IDEMPOTENCY_KEYS)
        await forget_tombstones(session, KEEP_TOMBSTONES)
    while await database.unit(delete_stale):
        pass
    await forget_unconfirmed(database)


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
            Chore(timedelta(minutes=1), _check_status_lists, moment),
            Chore(timedelta(minutes=1), _relieve_queue, moment),
            Chore(timedelta(minutes=5), _compute_trends, moment + timedelta(minutes=1)),
            Chore(timedelta(hours=1), _watch_peers, moment + timedelta(minutes=1)),
            Chore(timedelta(hours=1), _renew_credentials, moment),
            Chore(timedelta(hours=1), _forget_uploads, moment + timedelta(minutes=2)),
            Chore(timedelta(hours=24), _sweep_files, moment + timedelta(minutes=10)),
            Chore(timedelta(hours=1), _tidy_copies, moment + timedelta(minutes=3)),
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
