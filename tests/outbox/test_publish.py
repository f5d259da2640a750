"""Publishing: stored once, proven, owed to those inboxes that may have it; and ids."""

from __future__ import annotations

import orjson
import pytest_asyncio
from sqlalchemy import func, select
from sqlmodel import col

from factories import make_local_actor, make_peer, make_remote_actor
from federation.documents.lenient import embed
from federation.proofs import find_proof
from federation.uris import LocalKind, LocalUris
from moderation.models import PeerClass
from outbox.ids import derived_id, fresh_id
from outbox.models import Delivery, GoneInbox, OutboxActivity
from outbox.publish import publish
from outbox.recipients import (
    Inbox,
    clinical_inboxes,
    inboxes_of,
    known_inboxes,
    own_inboxes_of,
)

B, S = "b.localhost:8002", "s.localhost:8004"
CONTEXT = ["https://www.w3.org/ns/activitystreams"]


@pytest_asyncio.fixture
async def alice(session):
    await make_peer(session, B)
    await make_peer(session, S, peer_class=PeerClass.SOCIAL)
    return await make_local_actor(session)


def _like(actor, number: str = "1") -> dict:
    return {
        "@context": CONTEXT,
        "id": f"{actor.uri}/activities/{number}",
        "type": "Like",
        "actor": actor.uri,
        "object": f"http://{B}/posts/1",
    }


def _inbox(host: str) -> Inbox:
    return Inbox(f"http://{host}/inbox", host)


async def _count(session, table) -> int:
    return await session.scalar(select(func.count()).select_from(table))


async def test_an_activity_is_stored_once_for_all_its_deliveries(session, alice):
    stored = await publish(session, alice, _like(alice), inboxes=[_inbox(B), _inbox(S)])

    assert await _count(session, OutboxActivity) == 1
    assert await _count(session, Delivery) == 2
    assert find_proof(embed(orjson.loads(stored.body))).purpose == "assertionMethod"


async def test_what_is_clinical_is_owed_to_clinical_hosts_only(session, alice):
    await publish(
        session, alice, _like(alice), inboxes=[_inbox(B), _inbox(S)], is_clinical=True
    )

    assert list(await session.scalars(select(col(Delivery.host)))) == [B]


async def test_nothing_is_kept_of_what_nobody_may_have(session, alice):
    stored = await publish(session, alice, _like(alice), inboxes=[_inbox("x.localhost:1")])

    assert stored is None
    assert await _count(session, OutboxActivity) == 0


async def test_what_an_outbox_lists_is_kept_even_for_nobody(session, alice):
    stored = await publish(session, alice, _like(alice), inboxes=[], is_public=True)

    assert stored is not None
    assert await _count(session, Delivery) == 0


async def test_an_inbox_that_is_gone_is_owed_nothing(session, alice):
    session.add(GoneInbox(inbox=f"http://{B}/inbox", host=B))
    await session.flush()

    assert await publish(session, alice, _like(alice), inboxes=[_inbox(B)]) is None


async def test_an_id_with_a_fragment_gets_no_proof(session, alice):
    activity = _like(alice) | {"id": f"{alice.uri}#likes/1"}

    stored = await publish(session, alice, activity, inboxes=[_inbox(B)])

    assert "proof" not in orjson.loads(stored.body)


async def test_inboxes_are_shared_where_they_can_be_and_never_ours(session, alice):
    bob = await make_remote_actor(session)
    carl = await make_remote_actor(session, "carl")
    gone = await make_remote_actor(session, "gone")
    gone.deleted_at = alice.created_at

    assert inboxes_of([alice, bob, carl, gone]) == {_inbox(B)}
    assert {inbox.url for inbox in own_inboxes_of([alice, bob, carl])} == {bob.inbox, carl.inbox}
    assert await known_inboxes(session, alice.id) == set()


async def test_a_clinical_peer_of_whom_we_know_nobody_has_its_inbox_where_wire_says(
    session, alice
):
    await make_peer(session, "new.localhost:7000")
    bob = await make_remote_actor(session)
    bob.shared_inbox = f"http://{B}/shared"
    await session.flush()

    assert await clinical_inboxes(session) == {
        Inbox(f"http://{B}/shared", B),
        Inbox("http://new.localhost:7000/inbox", "new.localhost:7000"),
    }


def test_ids_read_as_our_activities_and_follow_from_what_they_answer():
    uris = LocalUris("https://a.example", "a.example")
    alice = uris.actor("alice")

    accept = derived_id(alice, "Accept", "https://b.example/follows/1")

    assert accept == derived_id(alice, "Accept", "https://b.example/follows/1")
    assert accept != derived_id(alice, "Reject", "https://b.example/follows/1")
    assert accept != derived_id(uris.actor("bob"), "Accept", "https://b.example/follows/1")
    assert fresh_id(alice) != fresh_id(alice)
    for uri in (accept, fresh_id(alice)):
        assert uris.parse(uri).kind is LocalKind.ACTIVITY
    assert uris.parse(derived_id(uris.instance_actor, "Delete", "x")).kind is LocalKind.ACTIVITY
