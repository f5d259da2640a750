"""What leaves here, to whom, and signed with which key (cases K)."""

from __future__ import annotations

from types import SimpleNamespace

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.follows import save_follow
from actors.keyring import signer_of, wrap
from actors.models import ActorKey
from app import make_client
from db.session import settings_of
from factories import make_local_actor, make_peer, make_remote_actor, new_keys
from fakes.fixtures import know_our_keys
from federation.addresses import AddressGate
from federation.client import Client
from federation.vocabulary import AS_PUBLIC
from moderation.models import PeerClass
from outbox.create import send_create
from outbox.deliver import deliver, record
from outbox.models import Delivery, OutboxActivity
from outbox.publish import publish
from outbox.recipients import Inbox
from outbox.update import send_update
from posts.models import Visibility
from workers.outgoing import Outgoing

B, C = "b.localhost:8002", "c.localhost:8003"


@pytest_asyncio.fixture
async def ring(session):
    """Doctor alice, followed by bob of one clinical peer and chloe of another."""
    await make_peer(session, B)
    await make_peer(session, C)
    alice = await make_local_actor(session, "alice", doctor=True)
    bob = await make_remote_actor(session, "bob", host=B, doctor=True)
    chloe = await make_remote_actor(session, "chloe", host=C, doctor=True)
    for fan in (bob, chloe):
        await save_follow(session, fan, alice, uri=f"{fan.uri}/f", accepted=True)
    return SimpleNamespace(alice=alice, bob=bob, chloe=chloe)


async def test_K01_a_private_message_goes_to_the_inboxes_of_its_readers_and_hides_no_other(
    session, sent, draft, ring
):
    private = draft("@bob", Visibility.MENTIONED, mentioned=[ring.bob])
    await send_create(session, ring.alice, private)

    ((inbox, create),) = await sent()
    assert inbox == ring.bob.inbox
    assert (create["to"], create["cc"]) == ([ring.bob.uri], [])
    bodies = [orjson.dumps(create), *await session.scalars(select(col(OutboxActivity.body)))]
    assert not [body for body in bodies if b'"bto"' in body or b'"bcc"' in body]


@pytest.mark.parametrize("left", [PeerClass.UNKNOWN, PeerClass.BLOCKED])
async def test_K02_a_follower_whose_host_is_no_peer_any_more_gets_nothing(
    session, sent, draft, ring, left
):
    await make_peer(session, B, peer_class=left)

    await send_create(session, ring.alice, draft("pour vous", Visibility.FOLLOWERS))

    assert [inbox for inbox, _ in await sent()] == [f"http://{C}/inbox"]


@pytest.mark.parametrize("wider", [Visibility.PUBLIC, Visibility.UNLISTED, Visibility.DOCTORS])
async def test_K03_an_edit_makes_no_audience_wider(session, sent, draft, ring, wider):
    post = await send_create(session, ring.alice, draft("pour vous", Visibility.FOLLOWERS))

    await send_update(session, ring.alice, post, draft("pour tous", wider))

    assert post.visibility == Visibility.FOLLOWERS
    for _, update in await sent("Update"):
        for said in (update, update["object"]):
            assert AS_PUBLIC not in said["to"] + said["cc"]
            assert said["to"] == [ring.alice.followers_uri]


async def test_K03_an_edit_takes_it_from_nobody(session, sent, draft, ring):
    both = draft("@bob @chloe", Visibility.MENTIONED, mentioned=[ring.bob, ring.chloe])
    post = await send_create(session, ring.alice, both)

    await send_update(
        session, ring.alice, post, draft("@bob", Visibility.MENTIONED, mentioned=[ring.bob])
    )

    told = {inbox for inbox, _ in await sent("Update")}
    assert told == {ring.bob.inbox, ring.chloe.inbox}
    assert {uri for _, update in await sent("Update") for uri in update["to"]} == {
        ring.bob.uri,
        ring.chloe.uri,
    }


async def test_K08_an_inbox_whose_name_leads_into_a_private_network_is_not_dialled(
    session, owe, claim, settings
):
    await make_peer(session, "v.test")
    alice = await make_local_actor(session)
    await owe(alice, "Like", "http://v.test/posts/1", hosts=("v.test",))
    (owed,) = await claim()

    async def private(host: str, port: int) -> list[str]:
        return ["10.0.0.5", "169.254.169.254", "::ffff:10.0.0.5"]

    async def anybody(host: str) -> bool:
        return True

    client = Client(
        gate=AddressGate.of(settings), own_host="a.localhost:8001", may_talk_to=anybody,
        resolve=private,
    )  # fmt: skip
    result = await deliver(client, owed, await signer_of(session, alice.id))
    await client.close()
    await record(session, result)

    assert (result.status, result.refused) == (None, True)
    delivery = await session.get_one(Delivery, owed.id, populate_existing=True)
    assert delivery.given_up_at is not None
    assert "v.test" in delivery.last_error


async def test_K10_what_waits_while_the_key_changes_is_signed_with_the_new_one(
    database, remote
):
    async with database.transaction() as session:
        alice = await make_local_actor(session)
        activity = {
            "@context": ["https://www.w3.org/ns/activitystreams"],
            "id": f"{alice.uri}/activities/1",
            "type": "Like",
            "actor": alice.uri,
            "object": f"{remote.base_url}/users/bob/posts/1",
        }
        inbox = Inbox(remote.shared_inbox, remote.host)
        await publish(session, alice, activity, inboxes=[inbox])

    async with database.transaction() as session:
        await _rotate(session, f"{alice.uri}#main-key")
    await know_our_keys(database, remote)
    client = make_client(database)
    sender = Outgoing(database, client)
    await sender.step()
    await sender.drain()
    await client.close()

    (received,) = [entry for entry in remote.journal if entry.method == "POST"]
    assert received.verified, received.reason


async def _rotate(session, uri: str) -> None:
    key = await session.scalar(select(ActorKey).where(col(ActorKey.uri) == uri))
    old = key.public_key
    pair = next(keys.rsa for keys in iter(new_keys, None) if keys.rsa.public != old)
    key.public_key = pair.public
    key.wrapped_private_key = wrap(settings_of(session).secret, pair.private, key_id=uri)
