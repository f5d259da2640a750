"""The client API in this process: real routes and rows, bearer tokens, every answer checked."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from quart import Quart
from sqlalchemy import select
from sqlmodel import col
from werkzeug.datastructures import Headers

import consilium_schema
import factories
import mastodon_schema
from actors.follows import save_follow
from actors.models import Actor
from api.limits import Limits
from api.routes import api_blueprints
from api.services import Services
from core.settings import PublicPages, Switch
from federation.addresses import AddressGate
from federation.client import Client
from outbox.models import Delivery, OutboxActivity
from users.limits import Limit
from users.models import User
from users.tokens import issue_token

ALL_SCOPES = "profile read write follow push"


@dataclass
class Reply:
    """An answer: its status, headers and JSON."""

    status: int
    headers: Headers
    json: object

    @property
    def error(self):
        return self.json["error"]

    @property
    def links(self):
        """`next` and `prev` of the Link header, as paths with their queries."""
        found = {}
        for part in filter(None, self.headers.get("Link", "").split(", ")):
            address, _, relation = part.partition("; ")
            found[relation[5:-1]] = address[1:-1].partition("8001")[2]
        return found


class Program:
    """A client program: with a person's token, an app's own, or none."""

    def __init__(self, app: Quart, bearer: str | None = None, *, person: Person | None = None):
        self._client = app.test_client()
        self.bearer = bearer
        self.person = person

    @property
    def actor(self) -> Actor:
        return self.person.actor

    @property
    def id(self) -> str:
        return str(self.person.actor.id)

    async def ask(self, method, path, *, headers=None, **sent) -> Reply:
        """Send a request (`json=`, `form=`, `query_string=`, `data=`) and check the answer."""
        headers = {"Host": "a.localhost:8001"} | (headers or {})
        if self.bearer:
            headers["Authorization"] = f"Bearer {self.bearer}"
        response = await self._client.open(path, method=method, headers=headers, **sent)
        assert response.status_code < 500
        value = await response.get_json(silent=True)
        bare = path.partition("?")[0]
        found = [
            *mastodon_schema.problems(method, bare, response.status_code, value),
            *consilium_schema.problems(method, bare, response.status_code, value),
        ]
        assert not found, f"{method} {bare} {response.status_code}: {found[:8]}"
        return Reply(response.status_code, response.headers, value)

    async def get(self, path, **query):
        """GET that must succeed; returns the JSON."""
        return (await self._must("GET", path, query_string=query)).json

    async def post(self, path, **fields):
        """POST of JSON that must succeed; returns the JSON."""
        return (await self._must("POST", path, json=fields)).json

    async def put(self, path, **fields):
        return (await self._must("PUT", path, json=fields)).json

    async def delete(self, path):
        return (await self._must("DELETE", path)).json

    async def page(self, path, **query):
        """GET that must succeed; returns the whole reply, with its links."""
        return await self._must("GET", path, **({"query_string": query} if query else {}))

    async def say(self, text="Bonjour", **fields):
        """Post a status; public unless said otherwise."""
        sent = {"status": text, "visibility": "public"} | fields
        return await self.post("/api/v1/statuses", **sent)

    async def _must(self, method, path, **sent):
        reply = await self.ask(method, path, **sent)
        assert reply.status == 200, f"{method} {path}: {reply.status} {reply.json}"
        return reply


@dataclass
class Person:
    """A local actor and the user behind it."""

    actor: Actor
    user: User


class House:
    """One instance: its programs, its people, its rows. Nothing is counted but in `limited`."""

    def __init__(self, services: Services) -> None:
        self.app = serve(services, Limits(Switch.OFF))
        self.database = services.database
        self.client = services.client
        self.stranger = Program(self.app)
        self.services = services

    def limited(self, bearer: str | None = None, **counters: Limit) -> Program:
        """Make a program that calls an instance with rate limits, some of them smaller."""
        return Program(serve(self.services, Limits(Switch.ON, **counters)), bearer)

    def with_settings(self, **values) -> Program:
        """Make a stranger's program that calls an instance with other settings."""
        settings = self.services.settings.model_copy(update=values)
        services = replace(self.services, settings=settings)
        return Program(serve(services, Limits(Switch.OFF)))

    async def person(self, username, *, doctor=False, locked=False) -> Program:
        """Make somebody who is signed in with every scope."""
        async with self.database.transaction() as session:
            actor = await factories.make_local_actor(
                session, username, doctor=doctor, locked=locked
            )
            person = Person(actor, await factories.make_user(session, actor))
        return await self.program(person)

    async def program(self, person: Person | None, scopes: str = ALL_SCOPES) -> Program:
        """Make a program with a token; without a person it is an app's own."""
        async with self.database.transaction() as session:
            user = person.user if person else None
            bearer = await issue_token(session, user=user, app=None, scopes=scopes)
        return Program(self.app, bearer, person=person)

    async def follows(self, follower: Actor, followee: Actor) -> None:
        """Let somebody follow somebody, as a row."""
        async with self.database.transaction() as session:
            uri = f"{follower.uri}#follows/{followee.id}"
            await save_follow(session, follower, followee, uri=uri, accepted=True)

    async def trust(self, host: str) -> None:
        """List a host as a clinical peer."""
        async with self.database.transaction() as session:
            await factories.make_peer(session, host)

    async def owed(self) -> list[tuple[str, str]]:
        """Return the activities owed to other hosts: (type, inbox), oldest first."""
        statement = (
            select(col(OutboxActivity.type), col(Delivery.inbox))
            .join(Delivery, col(Delivery.activity_id) == col(OutboxActivity.id))
            .order_by(col(OutboxActivity.id), col(Delivery.inbox))
        )
        async with self.database.read() as session:
            return [(kind, inbox) for kind, inbox in await session.execute(statement)]

    async def remote(self, username="bob", **values) -> Actor:
        """Make an actor of another host, as if it had been fetched."""
        async with self.database.transaction() as session:
            return await factories.make_remote_actor(session, username, **values)


async def _talks_to_nobody(host: str) -> bool:
    return False


@pytest.fixture
def strangers_see():
    """What `CONSILIUM_PUBLIC_PAGES` is; a test module may say otherwise."""
    return "off"


def serve(services: Services, limits: Limits) -> Quart:
    app = Quart(__name__, static_folder=None)
    # A test shows what went wrong, instead of a page that hides it.
    app.config["PROPAGATE_EXCEPTIONS"] = True
    for blueprint in api_blueprints(services, limits):
        app.register_blueprint(blueprint)
    return app


@pytest_asyncio.fixture
async def house(database, strangers_see):
    settings = database.settings.model_copy(update={"public_pages": PublicPages(strangers_see)})
    client = Client(
        gate=AddressGate.of(settings),
        own_host="a.localhost:8001",
        may_talk_to=_talks_to_nobody,
    )
    yield House(Services(database, client, settings))
    await client.close()


@pytest_asyncio.fixture
async def alice(house):
    return await house.person("alice", doctor=True)


@pytest_asyncio.fixture
async def bruno(house):
    return await house.person("bruno", doctor=True)


@pytest_asyncio.fixture
async def chloe(house):
    """Signed in, and no verified doctor."""
    return await house.person("chloe")
