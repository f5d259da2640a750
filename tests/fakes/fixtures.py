"""Fixtures of the fake remote: `remote`, a listed clinical peer, and `client`, our outbound one.

    async def test_…(database, remote, client): …

`client` signs as our instance actor and keeps to the peer policy in the database; `remote` knows
its key. `doors` is an app of our routes for other servers, which `remote.get` reaches without a
socket. For a second server: `with FakeRemote("c") as other:` and `await list_peer(…)`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
import pytest_asyncio
from quart import Quart
from sqlalchemy import select
from sqlmodel import col

from actors.dialects import learn_scheme, recall_scheme
from actors.instance_actor import instance_signer
from actors.models import Actor, ActorKey
from actors.routes import actor_routes
from db.session import Database
from factories import make_instance_actor, make_peer
from fakes.mailbox import Mailbox
from fakes.remote import FakeRemote
from federation.addresses import AddressGate
from federation.client import Client
from federation.uris import local_uris
from moderation.models import PeerClass
from moderation.policy import may_talk_to
from posts.routes import post_routes


async def list_peer(
    database: Database, remote: FakeRemote, peer_class: PeerClass = PeerClass.CLINICAL
) -> None:
    """List a remote as a peer, its instance actor pinned, as an administrator would."""
    async with database.transaction() as session:
        await make_peer(
            session,
            remote.host,
            peer_class=peer_class,
            actor_uri=remote.instance.uri,
            pinned_keys=[remote.instance.multibase],
            seen_keys=[remote.instance.multibase],
        )


async def know_our_keys(database: Database, remote: FakeRemote) -> None:
    """Tell a remote the keys of everybody here, where no server of ours can be asked."""
    statement = select(ActorKey).where(col(ActorKey.wrapped_private_key).is_not(None))
    async with database.read() as session:
        for key in await session.scalars(statement):
            remote.keys[key.uri] = key.public_key


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    with Mailbox() as running:
        yield running


@pytest.fixture
def bare_remote() -> Iterator[FakeRemote]:
    """A remote that is nobody's peer yet."""
    with FakeRemote("b") as running:
        yield running


@pytest_asyncio.fixture
async def our_instance(database: Database) -> Actor:
    """Our instance actor, as every instance has one."""
    async with database.transaction() as session:
        return await make_instance_actor(session)


@pytest_asyncio.fixture
async def remote(
    database: Database, our_instance: Actor, bare_remote: FakeRemote
) -> FakeRemote:
    """A remote listed as a clinical peer, which knows our instance actor's key."""
    await list_peer(database, bare_remote)
    await know_our_keys(database, bare_remote)
    return bare_remote


@pytest_asyncio.fixture
async def client(database: Database, our_instance: Actor) -> AsyncIterator[Client]:
    """Our outbound client, as `app.make_client` makes it."""

    async def may_dial(host: str) -> bool:
        async with database.read() as session:
            return await may_talk_to(session, host)

    made = Client(
        gate=AddressGate.of(database.settings),
        own_host=local_uris(database.settings).host,
        may_talk_to=may_dial,
        signer=lambda: instance_signer(database),
        scheme_of=partial(recall_scheme, database),
        note_scheme=partial(learn_scheme, database),
        total_s=5.0,
    )
    yield made
    await made.close()


@pytest_asyncio.fixture
async def doors(database: Database, client: Client, remote: FakeRemote) -> Quart:
    """Our doors for other servers, mounted: `remote.get` and `remote.post` reach them."""
    app = Quart("doors")
    app.extensions["consilium"] = {"database": database, "client": client}
    for routes in (actor_routes, post_routes):
        app.register_blueprint(routes(database, client))
    remote.mount(app)
    return app
