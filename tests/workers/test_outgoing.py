"""Sending what is due: side by side, judged again at the moment of sending, written down."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.models import ActorKey
from actors.queries import list_public_keys
from app import make_client
from factories import make_local_actor, make_peer
from fakes.remote import FakeRemote
from moderation.models import PeerClass
from outbox.deliver import deliver
from outbox.models import Delivery
from outbox.publish import publish
from outbox.recipients import Inbox
from posts.models import Post
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


async def test_what_became_clinical_while_it_waited_stays_among_clinical_hosts(
    database, outgoing, remotes
):
    social, clinical = remotes
    await _peer(database, social.host, peer_class=PeerClass.SOCIAL)
    await _peer(database, clinical.host)
    for number, remote in enumerate(remotes):
        await _owe(database, remote, number)
        async with database.transaction() as session:
            author = await make_local_actor(session, f"author{number}")
            uri = f"{remote.base_url}/users/bob/posts/{number}"
            session.add(Post(uri=uri, author_id=author.id, visibility="public", clinical=True))

    await outgoing.step()
    await outgoing.drain()

    assert [len(remote.journal) for remote in remotes] == [0, 1]
    kept, _ = await _deliveries(database)
    assert kept.given_up_at is not None and "social" in kept.last_error


async def test_l07_a_key_that_cannot_be_read_holds_up_nobody_else(database, outgoing, remotes):
    remote, _ = remotes
    await _peer(database, remote.host)
    for number in range(2):
        await _owe(database, remote, number)
    async with database.transaction() as session:
        broken = (await session.scalars(select(ActorKey).order_by(col(ActorKey.id)))).first()
        broken.wrapped_private_key = b"not what was wrapped"

    await outgoing.step()
    await outgoing.drain()

    bad, good = await _deliveries(database)
    assert bad.given_up_at is not None and "key" in bad.last_error
    assert good.delivered_at is not None


async def test_l07_a_delivery_that_breaks_loses_no_other_result(
    database, outgoing, remotes, monkeypatch
):
    remote, _ = remotes
    await _peer(database, remote.host)
    for number in range(2):
        await _owe(database, remote, number)

    first, _ = await _deliveries(database)

    async def breaks_first(client, owed, signer):
        if owed.id == first.id:
            raise ZeroDivisionError
        return await deliver(client, owed, signer)

    monkeypatch.setattr("workers.outgoing.deliver", breaks_first)
    await outgoing.step()
    await outgoing.drain()

    bad, good = await _deliveries(database)
    assert good.delivered_at is not None
    assert bad.due_at is not None and bad.last_error == "ZeroDivisionError here"
