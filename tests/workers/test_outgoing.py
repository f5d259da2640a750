"""Sending what is due: side by side, judged again at the moment of sending, written down."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.queries import list_public_keys
from app import make_client
from factories import make_local_actor, make_peer
from fakes.remote import FakeRemote
from moderation.models import PeerClass
from outbox.models import Delivery
from outbox.publish import publish
from outbox.recipients import Inbox
from workers.outgoing import Outgoing


@pytest.fixture
def remotes():
    with FakeRemote("b") as first, FakeRemote("c") as second:
        yield first, second


async def _owe(database, remote: FakeRemote, number: int, *, clinical: bool = False) -> None:
    async with database.transaction() as session:
        alice = await make_local_actor(session, f"alice{number}")
        activity = {
            "@context": ["https://www.w3.org/ns/activitystreams"],
            "id": f"{alice.uri}/activities/{number}",
            "type": "Like",
            "actor": alice.uri,
            "object": f"{remote.base_url}/users/bob/posts/{number}",
        }
        inbox = Inbox(remote.shared_inbox, remote.host)
        remote.keys[f"{alice.uri}#main-key"] = await _public(session, alice)
        await publish(session, alice, activity, inboxes=[inbox], is_clinical=clinical)


async def _public(session, actor) -> str:
    return (await list_public_keys(session, actor.id))[0].public_key


async def _deliveries(database) -> list[Delivery]:
    async with database.read() as session:
        return list(await session.scalars(select(Delivery).order_by(col(Delivery.id))))


async def _peer(database, host: str, **values) -> None:
    async with database.transaction() as session:
        await make_peer(session, host, **values)


@pytest_asyncio.fixture
async def outgoing(database):
    client = make_client(database)
    sender = Outgoing(database, client)
    yield sender
    await sender.drain()
    await client.close()


async def test_what_is_due_arrives_signed_and_is_written_down(database, outgoing, remotes):
    remote, _ = remotes
    await _peer(database, remote.host)
    await _owe(database, remote, 1)

    await outgoing.step()
    await outgoing.drain()

    assert [entry.verified for entry in remote.journal if entry.method == "POST"] == [True]
    (delivery,) = await _deliveries(database)
    assert delivery.delivered_at is not None and delivery.due_at is None


async def test_a_host_that_hangs_holds_up_nobody(database, outgoing, remotes):
    slow, quick = remotes
    slow.script("/inbox", delay_s=2.0)
    for remote in remotes:
        await _peer(database, remote.host)
    await _owe(database, slow, 1)
    await outgoing.step()
    await _owe(database, quick, 2)

    async with asyncio.timeout(1.9):
        await outgoing.step()
        while not quick.activities("Like"):
            await outgoing.step()

    assert slow.host in {d.host for d in await _deliveries(database) if d.delivered_at is None}


async def test_a_peer_that_was_blocked_meanwhile_gets_nothing(database, outgoing, remotes):
    remote, _ = remotes
    await _peer(database, remote.host)
    await _owe(database, remote, 1)

    await _peer(database, remote.host, peer_class=PeerClass.BLOCKED)
    await outgoing.step()

    assert remote.journal == []
    (delivery,) = await _deliveries(database)
    assert delivery.given_up_at is not None and "blocked" in (delivery.last_error or "")


async def test_clinical_content_is_not_sent_to_a_peer_that_became_social(
    database, outgoing, remotes
):
    remote, _ = remotes
    await _peer(database, remote.host)
    await _owe(database, remote, 1, clinical=True)

    await _peer(database, remote.host, peer_class=PeerClass.SOCIAL)
    await outgoing.step()

    assert remote.journal == []
    assert (await _deliveries(database))[0].given_up_at is not None


async def test_a_refused_connection_is_tried_again_later(database, outgoing, remotes):
    remote, _ = remotes
    await _peer(database, remote.host)
    await _owe(database, remote, 1)
    remote.refuse()

    await outgoing.step()
    await outgoing.drain()

    (delivery,) = await _deliveries(database)
    assert delivery.attempts == 1
    assert delivery.due_at is not None and delivery.given_up_at is None
