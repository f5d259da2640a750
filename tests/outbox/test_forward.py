"""Forwarding: what answers in a ring that began here goes on to the ring, byte for byte."""

from __future__ import annotations

from types import SimpleNamespace

import orjson
import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.follows import save_follow
from core.clock import now
from factories import make_local_actor, make_peer, make_remote_actor
from federation.contexts import ACTIVITY_CONTEXT
from federation.keys import generate_ed25519
from federation.proofs import sign_document
from moderation.models import PeerClass
from outbox.create import send_create
from outbox.forward import forward
from outbox.models import Delivery, OutboxActivity
from posts.models import Visibility

B, C, S = "b.localhost:8002", "c.localhost:8003", "s.localhost:8004"


@pytest_asyncio.fixture
async def ring(session):
    """Doctor alice here, doctor bob of a clinical peer, a second one, and a social one."""
    await make_peer(session, B)
    await make_peer(session, C)
    await make_peer(session, S, peer_class=PeerClass.SOCIAL)
    alice = await make_local_actor(session, "alice", doctor=True)
    people = {
        "bob": await make_remote_actor(session, "bob", host=B, doctor=True),
        "chloe": await make_remote_actor(session, "chloe", host=C, doctor=True),
        "sam": await make_remote_actor(session, "sam", host=S),
    }
    for person in people.values():
        await save_follow(session, person, alice, uri=f"{person.uri}/f", accepted=True)
    return SimpleNamespace(alice=alice, **people)


@pytest.fixture
def forwarded(session, ring):
    """`await forwarded(root, "Create")`: bob's activity about his reply, passed on."""
    reply = f"{ring.bob.uri}/posts/1"

    async def run(root, kind: str, *, proof: bool = True, clinical: bool = False, id: str = ""):
        activity = {
            "@context": ACTIVITY_CONTEXT,
            "id": id or f"{ring.bob.uri}/activities/{kind}",
            "type": kind,
            "actor": ring.bob.uri,
            "object": reply,
        }
        if proof:
            key = generate_ed25519()
            activity = sign_document(
                activity,
                method=f"{ring.bob.uri}#{key.public}",
                private_key=key.private,
                created=now(),
            )
        source = orjson.dumps(activity, option=orjson.OPT_INDENT_2)
        done = await forward(
            session,
            root,
            source,
            activity_uri=activity["id"],
            type=kind,
            by=ring.bob,
            clinical=clinical,
            object_uri=reply,
        )
        return done, source

    return run


async def _owed(session, kind: str) -> list[tuple[str, int, bytes]]:
    statement = (
        select(col(Delivery.inbox), col(Delivery.signer_id), col(OutboxActivity.body))
        .join(OutboxActivity, col(OutboxActivity.id) == col(Delivery.activity_id))
        .where(col(OutboxActivity.type) == kind, col(Delivery.due_at).is_not(None))
        .where(col(OutboxActivity.uri).like(f"http://{B}/%"))
        .order_by(col(Delivery.inbox))
    )
    return [tuple(row) for row in (await session.execute(statement)).all()]


async def test_a_reply_to_the_doctors_goes_on_to_all_clinical_peers_but_its_own(
    session, draft, ring, forwarded
):
    root = await send_create(session, ring.alice, draft("avis ?", Visibility.DOCTORS))

    done, source = await forwarded(root, "Create")

    assert done
    assert await _owed(session, "Create") == [(f"http://{C}/inbox", ring.alice.id, source)]
    stored = await session.scalar(
        select(OutboxActivity).where(col(OutboxActivity.actor_id) == ring.bob.id)
    )
    assert stored.clinical_only
    assert not stored.is_public


async def test_a_reply_to_the_followers_goes_on_to_the_followers_hosts(
    session, draft, ring, forwarded
):
    root = await send_create(session, ring.alice, draft("a", Visibility.FOLLOWERS))

    await forwarded(root, "Create")

    assert [row[0] for row in await _owed(session, "Create")] == [
        f"http://{C}/inbox",
        f"http://{S}/inbox",
    ]


async def test_a_clinical_reply_goes_on_to_clinical_hosts_only(session, draft, ring, forwarded):
    root = await send_create(session, ring.alice, draft("a", Visibility.FOLLOWERS))

    await forwarded(root, "Create", clinical=True)

    assert [row[0] for row in await _owed(session, "Create")] == [f"http://{C}/inbox"]


async def test_what_has_no_proof_is_not_passed_on(session, draft, ring, forwarded):
    root = await send_create(session, ring.alice, draft("a", Visibility.DOCTORS))

    done, _ = await forwarded(root, "Create", proof=False)

    assert not done
    assert await _owed(session, "Create") == []


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.UNLISTED])
async def test_in_the_open_it_goes_on_to_the_followers_hosts(
    session, draft, ring, forwarded, visibility
):
    root = await send_create(session, ring.alice, draft("a", visibility))

    await forwarded(root, "Create")

    assert [row[0] for row in await _owed(session, "Create")] == [
        f"http://{C}/inbox",
        f"http://{S}/inbox",
    ]


@pytest.mark.parametrize("visibility", [Visibility.MENTIONED, Visibility.LOCAL])
async def test_what_is_for_named_or_local_people_is_not_passed_on(
    session, draft, ring, forwarded, visibility
):
    root = await send_create(session, ring.alice, draft("a", visibility))

    done, _ = await forwarded(root, "Create")

    assert not done


async def test_the_ring_of_another_instance_is_not_ours_to_serve(
    session, remote_post, ring, forwarded
):
    root = await remote_post(ring.chloe, Visibility.DOCTORS)

    done, _ = await forwarded(root, "Create")

    assert not done


async def test_the_same_activity_is_passed_on_once(session, draft, ring, forwarded):
    root = await send_create(session, ring.alice, draft("a", Visibility.DOCTORS))

    await forwarded(root, "Create")
    done, _ = await forwarded(root, "Create")

    assert not done
    assert len(await _owed(session, "Create")) == 1


async def test_a_delete_goes_on_and_withdraws_what_was_still_owed(
    session, draft, ring, forwarded
):
    root = await send_create(session, ring.alice, draft("a", Visibility.DOCTORS))
    await forwarded(root, "Create")

    done, source = await forwarded(root, "Delete")

    assert done
    assert await _owed(session, "Create") == []
    assert await _owed(session, "Delete") == [(f"http://{C}/inbox", ring.alice.id, source)]
    bodies = await session.scalars(
        select(col(OutboxActivity.body)).where(col(OutboxActivity.type) == "Create")
        .where(col(OutboxActivity.actor_id) == ring.bob.id)
    )
    assert list(bodies) == [b""]
