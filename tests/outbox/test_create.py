"""Create: written, shown here, and owed to exactly those whom the table of WIRE §6 names."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlmodel import col

from actors.follows import save_follow
from core.clock import now
from core.errors import InvalidInput
from factories import make_local_actor, make_peer, make_remote_actor, make_user
from federation.documents.lenient import embed
from federation.proofs import verify_proof
from federation.vocabulary import AS_PUBLIC, VERIFIED_DOCTORS
from moderation.models import PeerClass
from notifications.models import Kind, Notification
from outbox.create import send_create
from outbox.models import OutboxActivity
from posts.idempotency import claim_key
from posts.models import Post, ScheduledPost, TimelineEntry, Visibility
from posts.params import PostParams
from writing import source_of

B, C, S = "b.localhost:8002", "c.localhost:8003", "s.localhost:8004"


@pytest_asyncio.fixture
async def ring(session):
    """Doctor alice; two clinical peers and a social one, with a follower of alice on each."""
    for host, peer_class in (
        (B, PeerClass.CLINICAL),
        (C, PeerClass.CLINICAL),
        (S, PeerClass.SOCIAL),
    ):
        await make_peer(session, host, peer_class=peer_class)
    alice = await make_local_actor(session, "alice", doctor=True)
    people = {
        "dora": await make_local_actor(session, "dora", doctor=True),
        "bob": await make_remote_actor(session, "bob", host=B, doctor=True),
        "chloe": await make_remote_actor(session, "chloe", host=C, doctor=True),
        "sam": await make_remote_actor(session, "sam", host=S),
        "eve": await make_remote_actor(session, "eve", host="unknown.localhost:9"),
    }
    for person in people.values():
        await save_follow(session, person, alice, uri=f"{person.uri}/f", accepted=True)
    return SimpleNamespace(alice=alice, **people)


def _inbox(host: str) -> str:
    return f"http://{host}/inbox"


def _proof_holds(document: dict) -> bool:
    verify_proof(embed(document), document["proof"]["verificationMethod"].partition("#")[2])
    return True


async def test_a_public_post_goes_once_to_each_followers_host_that_the_policy_lets_through(
    session, sent, draft, ring
):
    bernard = await make_remote_actor(session, "bernard", host=B)
    await save_follow(session, bernard, ring.alice, uri="x", accepted=True)

    post = await send_create(session, ring.alice, draft("salut", Visibility.PUBLIC))

    rows = await sent()
    assert sorted(inbox for inbox, _ in rows) == [_inbox(B), _inbox(C), _inbox(S)]
    activity = rows[0][1]
    assert activity["id"] == f"{ring.alice.uri}/activities/{post.id}"
    assert activity["object"]["id"] == post.uri
    assert (activity["to"], activity["cc"]) == ([AS_PUBLIC], [ring.alice.followers_uri])
    assert _proof_holds(activity)
    assert _proof_holds(activity["object"])


async def test_a_doctors_post_goes_to_every_clinical_peer_and_to_no_other(
    session, sent, draft, ring
):
    await make_peer(session, "new.localhost:7000")

    await send_create(session, ring.alice, draft("avis ?", Visibility.DOCTORS))

    rows = await sent()
    assert sorted(inbox for inbox, _ in rows) == sorted(
        [_inbox(B), _inbox(C), _inbox("new.localhost:7000")]
    )
    assert rows[0][1]["to"] == [VERIFIED_DOCTORS]
    assert rows[0][1]["cc"] == []
    assert {a.clinical_only for a in await session.scalars(select(OutboxActivity))} == {True}


async def test_a_direct_post_goes_to_the_named_ones_own_inboxes_without_a_proof(
    session, sent, draft, ring
):
    await send_create(
        session, ring.alice, draft("@bob", Visibility.MENTIONED, mentioned=[ring.bob])
    )

    ((inbox, activity),) = await sent()
    assert inbox == ring.bob.inbox
    assert activity["to"] == [ring.bob.uri]
    assert activity["object"]["tag"][0]["href"] == ring.bob.uri
    assert "proof" not in activity
    assert "proof" not in activity["object"]


async def test_a_local_post_goes_nowhere(session, sent, draft, ring):
    post = await send_create(session, ring.alice, draft("ici", Visibility.LOCAL))

    assert await sent() == []
    assert await source_of(session, post.id) is None
    assert await session.scalar(select(func.count()).select_from(OutboxActivity)) == 0


async def test_a_clinical_post_for_followers_goes_to_clinical_hosts_only(
    session, sent, draft, ring
):
    await send_create(
        session, ring.alice, draft("cas", Visibility.FOLLOWERS, clinical=True)
    )

    rows = await sent()
    assert sorted(inbox for inbox, _ in rows) == [_inbox(B), _inbox(C)]
    assert rows[0][1]["object"]["clinical"] is True


async def test_local_followers_have_it_at_home_and_the_named_are_told(session, draft, ring):
    post = await send_create(
        session, ring.alice, draft("@dora", Visibility.DOCTORS, mentioned=[ring.dora])
    )

    at_home = await session.scalars(
        select(col(TimelineEntry.owner_id)).where(col(TimelineEntry.post_id) == post.id)
    )
    assert set(at_home) == {ring.alice.id, ring.dora.id}
    notices = list(await session.scalars(select(Notification)))
    assert [(n.owner_id, n.kind, n.post_id) for n in notices] == [
        (ring.dora.id, Kind.MENTION, post.id)
    ]


async def test_what_leaves_with_a_proof_is_kept_for_forwarding(session, draft, ring):
    post = await send_create(session, ring.alice, draft("avis ?", Visibility.DOCTORS))

    stored = await session.scalar(select(OutboxActivity))
    assert await source_of(session, post.id) == stored.body


async def test_a_reply_has_its_place_in_the_thread(session, sent, draft, ring):
    root = await send_create(session, ring.alice, draft("a", Visibility.PUBLIC))

    reply = await send_create(
        session, ring.dora, draft("b", Visibility.PUBLIC, parent=root, mentioned=[ring.alice])
    )

    assert (reply.thread_id, reply.context_uri) == (root.id, root.context_uri)
    assert root.context_uri == f"http://a.localhost:8001/contexts/{root.id}"
    assert reply.in_reply_to_uri == root.uri


async def test_a_reply_in_a_remote_ring_goes_to_its_root_and_not_to_the_repliers_ring(
    session, sent, draft, remote_post, ring
):
    root = await remote_post(ring.bob, Visibility.DOCTORS)

    await send_create(
        session,
        ring.alice,
        draft(
            "oui",
            Visibility.DOCTORS,
            parent=root,
            ring=root,
            ring_author=ring.bob,
            mentioned=[ring.bob],
        ),
    )

    assert [inbox for inbox, _ in await sent()] == [_inbox(B)]


async def test_a_reply_in_a_followers_ring_names_its_first_author_and_their_followers(
    session, sent, draft, remote_post, ring
):
    await save_follow(session, ring.alice, ring.bob, uri="x", accepted=True)
    root = await remote_post(ring.bob, Visibility.FOLLOWERS)

    reply = await send_create(
        session,
        ring.alice,
        draft(
            "oui",
            Visibility.FOLLOWERS,
            parent=root,
            ring=root,
            ring_author=ring.bob,
            mentioned=[ring.bob],
        ),
    )

    ((inbox, activity),) = await sent()
    assert inbox == _inbox(B)
    assert (activity["to"], activity["cc"]) == ([ring.bob.followers_uri], [ring.bob.uri])
    assert (reply.ring_id, reply.is_narrowed) == (root.id, False)


async def test_a_reply_in_a_ring_that_began_here_goes_to_all_whom_the_root_reached(
    session, sent, draft, ring
):
    root = await send_create(session, ring.alice, draft("a", Visibility.FOLLOWERS))

    reply = await send_create(
        session,
        ring.dora,
        draft(
            "b",
            Visibility.FOLLOWERS,
            parent=root,
            ring=root,
            ring_author=ring.alice,
            mentioned=[ring.alice],
        ),
    )

    about = [inbox for inbox, activity in await sent() if activity["object"]["id"] == reply.uri]
    assert sorted(about) == [_inbox(B), _inbox(C), _inbox(S)]


async def test_the_same_idempotency_key_gives_the_same_post(session, draft, ring):
    user = await make_user(session, ring.alice)
    options = {"idempotency_key": "k", "user_id": user.id}
    text = draft("a", Visibility.PUBLIC)

    first = await send_create(session, ring.alice, text, **options)
    again = await send_create(session, ring.alice, text, **options)
    other = await send_create(
        session, ring.alice, text, idempotency_key="l", user_id=user.id
    )

    assert first.id == again.id != other.id
    assert await session.scalar(select(func.count()).select_from(Post)) == 2


async def test_the_key_of_a_post_that_is_still_to_be_written_writes_none(session, draft, ring):
    user = await make_user(session, ring.alice)
    waits = ScheduledPost(user_id=user.id, due_at=now(), params=PostParams("x").to_json())
    session.add(waits)
    assert await claim_key(session, user.id, "k", waits.id) is None

    with pytest.raises(InvalidInput, match="scheduled"):
        await send_create(
            session,
            ring.alice,
            draft("a", Visibility.PUBLIC),
            idempotency_key="k",
            user_id=user.id,
        )

    assert await session.scalar(select(func.count()).select_from(Post)) == 0


@pytest.mark.parametrize("visibility", list(Visibility))
async def test_no_unlisted_host_ever_gets_anything(session, sent, draft, ring, visibility):
    await send_create(
        session, ring.alice, draft("@eve", visibility, mentioned=[ring.eve])
    )

    assert not [inbox for inbox, _ in await sent() if "unknown" in inbox]
