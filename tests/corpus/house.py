"""Our instance as a recorded document meets it: the real inbox and worker, alone with it.

    with World() as world: … async with Stage(world, folder) as stage:
        async with stage.house() as house: …

A stage holds a database that is made once (somebody here, a post and a poll of hers) and copied
back for each document, so that no document sees what another one left.
"""

from __future__ import annotations

import copy
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any, Self

from quart import Quart
from sqlalchemy import create_engine, select
from sqlmodel import SQLModel, col

from actors.dialects import learn_scheme, recall_scheme
from actors.follows import save_follow
from actors.instance_actor import instance_signer
from actors.models import Actor, ActorKey
from actors.remote import resolve_actor
from core.errors import FetchUnavailable, ServerError
from core.settings import FederationMode, Settings
from corpus.staging import Ours
from corpus.world import Resident, World
from db.session import Database
from factories import make_instance_actor, make_local_actor
from federation.addresses import AddressGate
from federation.client import Client
from federation.documents.question import OptionDocument, PollDocument
from federation.uris import local_uris
from federation.vocabulary import AS_PUBLIC
from inbox.models import InboxActivity
from inbox.routes import inbox_routes
from moderation.policy import may_talk_to
from posts.models import Post, Visibility
from posts.polls import save_poll
from posts.save import save_post
from workers.incoming import process_incoming
from workers.jobs import process_jobs

BASE_URL = "http://a.localhost:8001"
ALICE = f"{BASE_URL}/users/alice"
_ROUNDS = 8
# One of them is what somebody chose in a recorded vote.
_OPTIONS = tuple(OptionDocument(title, 0) for title in ("suya", "suya.."))
# What may change without anything having happened: the record of what came, and what is owed.
_RECORDS = frozenset({"inbox_activity", "job"})
# Whose rows are an actor's own; by which column.
_OWNER = {"actor": "id", "actor_key": "actor_id", "actor_extension": "actor_id"}
# When something was last looked at is no change of it.
_LOOKED_AT = frozenset({"fetched_at", "refreshed_at"})
_ID_OF = "SELECT id FROM actor WHERE uri = ?"


class House:
    """One instance with its own database, at a.localhost."""

    def __init__(self, database: Database, client: Client, stage: Stage) -> None:
        self.database, self.client = database, client
        self.world, self.ours, self.path = stage.world, stage.ours, stage.path
        self._is_open = False

    def open(self) -> None:
        """Open the real inbox; only what is delivered needs it."""
        if self._is_open:
            return
        app = Quart("inbox")
        app.extensions["consilium"] = {"database": self.database, "client": self.client}
        app.register_blueprint(inbox_routes(self.database, self.client))
        self.world.mount(app)
        self._is_open = True

    async def take(self, sender: Resident, body: bytes) -> tuple[int, str | None, str]:
        """Send an activity, let the workers work; return status, outcome and reason."""
        self.open()
        reply = await sender.post(f"{BASE_URL}/inbox", body)
        if reply.status != 202:
            words = reply.body.decode() if reply.status >= 500 else reply.json["error"]
            return reply.status, None, str(words)
        await self.work()
        row = await self.last()
        return reply.status, row.outcome if row else "ignored", (row.reason or "") if row else ""

    async def work(self) -> None:
        """Let the real workers do what is due, until nothing is."""
        while await process_incoming(self.database, self.client, 128):
            pass
        for _ in range(_ROUNDS):
            if not await process_jobs(self.database, self.client):
                break

    async def last(self) -> InboxActivity | None:
        """The activity that came last; None where nothing was kept of it."""
        statement = select(InboxActivity).order_by(col(InboxActivity.id).desc()).limit(1)
        async with self.database.read() as session:
            return await session.scalar(statement)

    def broken(self) -> list[str]:
        """What failed here in a way that nobody meant: the worker notes it so."""
        failed = self._rows("SELECT kind || ': ' || error FROM job WHERE error IS NOT NULL")
        failed += self._rows(
            "SELECT reason FROM inbox_activity WHERE coalesce(outcome, 'parked') = 'parked'"
        )
        return [str(row[0]) for row in failed if str(row[0]).endswith(" here")]

    async def post_at(self, uri: str) -> Post | None:
        async with self.database.read() as session:
            return await session.scalar(select(Post).where(col(Post.uri) == uri))

    async def follow(self, uri: str, *, accepted: bool = True) -> bool:
        """Let alice follow somebody, or ask to; tell whether that somebody can be had at all."""
        try:
            whom = await resolve_actor(self.database, self.client, uri)
        except ServerError:
            return False
        async with self.database.transaction() as session:
            alice = await session.get_one(Actor, await _id_of(session, ALICE))
            await save_follow(session, alice, whom, uri=self.ours.request, accepted=accepted)
        return True

    def counts(self) -> Counter[str]:
        """How many rows each table has."""
        return Counter({name: len(rows) for name, rows in self.state().items()})

    def state(self, *, but: tuple[str, ...] = ()) -> dict[str, list[str]]:
        """Every row of every table, as text; of `but` (actor ids) nothing that is only theirs."""
        found: dict[str, list[str]] = {}
        with closing(sqlite3.connect(self.path)) as connection:
            theirs = {row[0] for uri in but for row in connection.execute(_ID_OF, (uri,))}
            for table in SQLModel.metadata.tables.keys() - _RECORDS:
                owner = _OWNER.get(table, "NULL")
                shown = [c.name for c in SQLModel.metadata.tables[table].columns]
                names = ", ".join(name for name in shown if name not in _LOOKED_AT)
                rows = connection.execute(f'SELECT {owner}, {names} FROM "{table}"')  # noqa: S608
                found[table] = sorted(repr(row[1:]) for row in rows if row[0] not in theirs)
        return found

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.path)) as connection:
            return list(connection.execute(statement))


class Stage:
    """Lends a house that is as new each time, in the loop in which `stage()` was entered."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.path, self._template = folder / "consilium.db", folder / "staged.db"
        self._settings = Settings(
            _env_file=None,
            base_url=BASE_URL,
            database_url=f"sqlite+aiosqlite:///{self.path}",
            data_dir=folder,
            development=True,
            federation=FederationMode.OPEN,
            secret_key="a secret for tests only, long enough",
        )
        self.ours = Ours("", "", "", "")

    async def __aenter__(self) -> Self:
        engine = create_engine(f"sqlite:///{self.path}")
        SQLModel.metadata.create_all(engine)
        engine.dispose()
        self._database = Database(self._settings)
        await self._furnish()
        _copy(self.path, self._template)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._database.close()

    async def _furnish(self) -> None:
        async with self._database.transaction() as session:
            await make_instance_actor(session)
            alice = await make_local_actor(session, "alice")
            uris = local_uris(self._settings)
            made = []
            for kind in ("Note", "Question"):
                post = Post(kind=kind, author_id=alice.id, visibility=Visibility.PUBLIC, uri="",
                            content="<p>Bonjour</p>", to_uris=[AS_PUBLIC])  # fmt: skip
                post.uri = uris.post("alice", post.id)
                made.append(await save_post(session, post, author=alice))
            await save_poll(session, made[1], PollDocument(_OPTIONS))
            for key in await session.scalars(select(ActorKey)):
                self.world.keys[key.uri] = key.public_key
        self.ours = Ours(ALICE, made[0].uri, made[1].uri, f"{ALICE}/activities/1")

    @asynccontextmanager
    async def house(self) -> AsyncIterator[House]:
        """Lend the house, as it was furnished; what a process remembers is forgotten too."""
        _copy(self._template, self.path)
        self.world.forget()
        # The same connections, known to nobody by what it was before.
        database = copy.copy(self._database)
        client = _make_client(database)
        try:
            yield House(database, client, self)
        finally:
            await client.close()


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        # Nothing of it need outlive the test.
        new.execute("PRAGMA synchronous = OFF")
        old.backup(new)


def _make_client(database: Database) -> Client:
    """Make the outbound client as `app.make_client` does, but for the names of the real world."""

    async def may_dial(host: str) -> bool:
        return await database.look(lambda session: may_talk_to(session, host))

    async def nowhere(host: str, _port: int) -> list[str]:
        raise FetchUnavailable(f"{host}: its address cannot be found")

    return Client(
        gate=AddressGate.of(database.settings),
        own_host=local_uris(database.settings).host,
        may_talk_to=may_dial,
        signer=lambda: instance_signer(database),
        scheme_of=partial(recall_scheme, database),
        note_scheme=partial(learn_scheme, database),
        resolve=nowhere,
    )


async def _id_of(session: Any, uri: str) -> int:
    found = await session.scalar(select(Actor.id).where(col(Actor.uri) == uri))
    assert found is not None
    return int(found)
