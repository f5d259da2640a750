"""The inbox in this process: the real route and worker, a fake remote that really signs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from quart import Quart
from sqlalchemy import select
from sqlmodel import col

from actors.follows import save_follow
from actors.models import LOCAL_HOST, Actor, Block, Follow
from actors.remote import resolve_actor
from db.session import Database
from factories import give_badge, make_local_actor
from fakes.actor import FakeActor
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from federation.client import Client
from federation.uris import local_uris
from inbox.models import InboxActivity
from inbox.routes import inbox_routes
from moderation.models import Report
from notifications.models import Notification
from outbox.models import Delivery, OutboxActivity
from posts.models import (
    Like,
    Mention,
    Pin,
    PollVote,
    Post,
    Reaction,
    TimelineEntry,
    Tombstone,
)
from workers.incoming import process_incoming
from workers.jobs import process_jobs

_EFFECTS = (
    Post,
    Mention,
    Like,
    Reaction,
    Pin,
    PollVote,
    Report,
    Follow,
    Block,
    Notification,
    TimelineEntry,
    Tombstone,
    OutboxActivity,
    Delivery,
)


class House:
    """Our instance as others see it: an inbox, a worker, and what is in the database."""

    def __init__(self, database: Database, client: Client, app: Quart) -> None:
        self.database = database
        self.client = client
        self.app = app
        self.uris = local_uris(database.settings)
        self.inbox = f"{self.uris.base_url}/inbox"

    def inbox_of(self, actor: Actor) -> str:
        return f"{actor.uri}/inbox"

    async def process(self) -> None:
        """Let the worker work until nothing is due."""
        while await process_incoming(self.database, self.client, 128):
            pass

    async def do_jobs(self) -> None:
        """Do what is owed besides, until nothing is due."""
        while await process_jobs(self.database, self.client):
            pass

    async def take(self, actor: FakeActor, activity: object, **knobs: object) -> int:
        """Send an activity to the shared inbox, or `inbox`, and process it; return the status."""
        inbox = knobs.pop("inbox", self.inbox)
        reply = await actor.post(inbox, activity, **knobs)
        await self.process()
        return reply.status

    async def all(self, table: type, *criteria: object) -> list:
        """Return rows, those with an id in the order in which they were made."""
        statement = select(table).where(*criteria)
        if "id" in table.__table__.columns:
            statement = statement.order_by(table.__table__.columns["id"])
        async with self.database.read() as session:
            return list(await session.scalars(statement))

    async def one(self, table: type, *criteria: object):
        found = await self.all(table, *criteria)
        assert len(found) == 1, found
        return found[0]

    async def post_at(self, uri: str) -> Post | None:
        found = await self.all(Post, col(Post.uri) == uri)
        return found[0] if found else None

    async def outcome(self) -> tuple[str | None, str | None]:
        """What became of the activity that came last, and why."""
        row = max(await self.all(InboxActivity), key=lambda row: row.id)
        return row.outcome, row.reason

    async def local(self, username: str, **options: object) -> Actor:
        async with self.database.transaction() as session:
            return await make_local_actor(session, username, **options)

    async def known(self, actor: FakeActor, *, doctor: bool = False) -> Actor:
        """Fetch a remote actor as if somebody had looked at it; `doctor` gives a badge."""
        found = await resolve_actor(self.database, self.client, actor.uri)
        if doctor:
            async with self.database.transaction() as session:
                await give_badge(session, found)
        return found

    async def follows(self, follower: Actor, followee: Actor) -> None:
        uri = f"{follower.uri}/activities/{followee.id}"
        async with self.database.transaction() as session:
            await save_follow(session, follower, followee, uri=uri, accepted=True)

    async def home(self, owner: Actor) -> list[int]:
        entries = await self.all(TimelineEntry, col(TimelineEntry.owner_id) == owner.id)
        return [entry.post_id for entry in entries]

    async def effects(self) -> dict[str, list[str]]:
        """Every row that an activity could have changed, as text."""
        found = {table.__name__: await self.all(table) for table in _EFFECTS}
        found["here"] = await self.all(Actor, col(Actor.host) == LOCAL_HOST)
        return {name: sorted(map(repr, rows)) for name, rows in found.items()}

    @asynccontextmanager
    async def nothing_changes(self) -> AsyncIterator[None]:
        """N of the catalogue: nothing stored, nobody told, no count moved, nothing owed."""
        before = await self.effects()
        yield
        assert await self.effects() == before


@pytest_asyncio.fixture
async def house(database: Database, client: Client, remote: FakeRemote) -> House:
    app = Quart("inbox")
    app.extensions["consilium"] = {"database": database, "client": client}
    app.register_blueprint(inbox_routes(database, client))
    made = House(database, client, app)
    remote.mount(app)
    return made


@pytest_asyncio.fixture
async def alice(house: House) -> Actor:
    """A doctor who lives here and lets everybody follow."""
    return await house.local("alice", doctor=True)


@pytest_asyncio.fixture
async def bob(remote: FakeRemote) -> FakeActor:
    """Somebody of the clinical peer."""
    return remote.person("bob")


@pytest_asyncio.fixture
async def elsewhere(house, database):
    """Another server: whoever acts in a group lives elsewhere than the group."""
    with FakeRemote("v") as other:
        await list_peer(database, other)
        other.mount(house.app)
        yield other


@pytest.fixture
def victim(elsewhere):
    return elsewhere.person("victim")
