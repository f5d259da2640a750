"""Like and Announce, and taking them back."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.follows import save_follow
from core.errors import Forbidden
from factories import make_local_actor, make_peer, make_remote_actor
from federation.vocabulary import AS_PUBLIC, VERIFIED_DOCTORS
from moderation.models import PeerClass
from notifications.models import Kind, Notification
from outbox.announce import send_announce
from outbox.create import send_create
from outbox.delete import send_delete
from outbox.like import send_like
from outbox.models import OutboxActivity
from outbox.undo import send_undo_announce, send_undo_like
from posts.boosts import find_boost
from posts.models import Post, Visibility

B, S = "b.localhost:8002", "s.localhost:8004"


@pytest_asyncio.fixture
async def alice(session):
    await make_peer(session, B)
    await make_peer(session, S, peer_class=PeerClass.SOCIAL)
    return await make_local_actor(session, "alice", doctor=True)


@pytest_asyncio.fixture
async def bob(session, alice):
    return await make_remote_actor(session, "bob", host=B, doctor=True)


async def _notices(session) -> list[tuple[int, Kind]]:
    return [(n.owner_id, n.kind) for n in await session.scalars(select(Notification))]


async def _fresh(session, post: Post) -> Post:
    return await session.get_one(Post, post.id, populate_existing=True)


async def test_a_like_is_counted_and_told_to_the_author_alone(
    session, sent, remote_post, alice, bob
):
    post = await remote_post(bob, Visibility.PUBLIC)

    await send_like(session, alice, post)
    await send_like(session, alice, post)

    ((inbox, activity),) = await sent()
    assert inbox == bob.inbox
    assert (activity["type"], activity["object"], activity["to"]) == (
        "Like",
        post.uri,
        [bob.uri],
    )
    assert "proof" in activity
    assert (await _fresh(session, post)).likes_count == 1


async def test_a_like_of_a_local_post_is_a_notice_and_no_delivery(session, sent, draft, alice):
    dora = await make_local_actor(session, "dora", doctor=True)
    post = await send_create(session, dora, draft("x", Visibility.LOCAL))

    await send_like(session, alice, post)
    assert await _notices(session) == [(dora.id, Kind.LIKE)]
    await send_undo_like(session, alice, post)

    assert await _notices(session) == []
    assert await sent() == []
    assert (await _fresh(session, post)).likes_count == 0


async def test_a_like_of_a_private_message_carries_no_proof(
    session, sent, remote_post, alice, bob
):
    post = await remote_post(bob, Visibility.MENTIONED)

    await send_like(session, alice, post)

    ((_, activity),) = await sent()
    assert "proof" not in activity


async def test_liking_again_after_an_undo_is_a_new_like(session, sent, remote_post, alice, bob):
    post = await remote_post(bob, Visibility.PUBLIC)

    await send_like(session, alice, post)
    await send_undo_like(session, alice, post)
    await send_undo_like(session, alice, post)
    await send_like(session, alice, post)

    said = [activity for _, activity in await sent()]
    assert [activity["type"] for activity in said] == ["Like", "Undo", "Like"]
    assert said[1]["object"]["id"] == said[0]["id"] != said[2]["id"]


async def test_a_boost_goes_to_followers_and_the_author(session, sent, remote_post, alice, bob):
    sam = await make_remote_actor(session, "sam", host=S)
    await save_follow(session, sam, alice, uri="x", accepted=True)
    post = await remote_post(bob, Visibility.PUBLIC)

    boost = await send_announce(session, alice, post)
    again = await send_announce(session, alice, post)

    assert boost.id == again.id
    rows = await sent()
    assert sorted(inbox for inbox, _ in rows) == sorted([bob.inbox, f"http://{S}/inbox"])
    activity = rows[0][1]
    assert activity["id"] == boost.uri
    assert (activity["to"], activity["cc"]) == ([AS_PUBLIC], [alice.followers_uri, bob.uri])
    assert activity["object"] == post.uri
    assert (await _fresh(session, post)).boosts_count == 1


async def test_a_boost_is_never_wider_than_the_post_and_may_be_narrower(
    session, remote_post, alice, bob
):
    quiet = await remote_post(bob, Visibility.UNLISTED)
    loud = await remote_post(bob, Visibility.PUBLIC)

    first = await send_announce(session, alice, quiet, visibility=Visibility.PUBLIC)
    second = await send_announce(session, alice, loud, visibility=Visibility.FOLLOWERS)

    assert first.visibility is Visibility.UNLISTED
    assert second.visibility is Visibility.FOLLOWERS


@pytest.mark.parametrize(
    "visibility", [Visibility.FOLLOWERS, Visibility.MENTIONED, Visibility.LOCAL]
)
async def test_what_is_not_public_is_not_passed_on(
    session, sent, remote_post, alice, bob, visibility
):
    post = await remote_post(bob, visibility)

    with pytest.raises(Forbidden):
        await send_announce(session, alice, post)

    assert await sent() == []


async def test_a_doctor_passes_a_doctors_post_on_to_the_doctors(
    session, sent, remote_post, alice, bob
):
    post = await remote_post(bob, Visibility.DOCTORS)

    boost = await send_announce(session, alice, post)

    assert boost.visibility is Visibility.DOCTORS
    rows = await sent()
    assert {inbox for inbox, _ in rows} == {f"http://{B}/inbox", bob.inbox}
    assert rows[0][1]["to"] == [VERIFIED_DOCTORS, bob.uri]
    stored = await session.scalar(select(OutboxActivity))
    assert stored.clinical_only
    assert not stored.is_public


async def test_who_is_no_doctor_passes_no_doctors_post_on(session, remote_post, alice, bob):
    noa = await make_local_actor(session, "noa")
    post = await remote_post(bob, Visibility.DOCTORS)

    with pytest.raises(Forbidden):
        await send_announce(session, noa, post)


async def test_an_undone_boost_leaves_the_outbox_and_is_told_to_who_heard_of_it(
    session, sent, remote_post, alice, bob
):
    post = await remote_post(bob, Visibility.PUBLIC)
    boost = await send_announce(session, alice, post)

    await send_undo_announce(session, alice, post)

    assert await find_boost(session, alice.id, post.id) is None
    ((inbox, undo),) = await sent("Undo")
    assert inbox == bob.inbox
    assert (undo["object"]["id"], undo["object"]["type"]) == (boost.uri, "Announce")
    assert undo["to"] == [AS_PUBLIC]
    listed = await session.scalars(
        select(col(OutboxActivity.type)).where(col(OutboxActivity.is_public).is_(True))
    )
    assert list(listed) == []


async def test_deleting_a_boost_takes_it_back(session, sent, remote_post, alice, bob):
    post = await remote_post(bob, Visibility.PUBLIC)
    boost = await send_announce(session, alice, post)

    await send_delete(session, alice, boost)

    assert [activity["type"] for _, activity in await sent()] == ["Announce", "Undo"]
    assert (await _fresh(session, post)).boosts_count == 0
