"""Add, Remove, EmojiReact and Flag: what leaves, to whom, and what does not."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select

from actors.follows import save_follow
from core.errors import InvalidInput
from factories import make_instance_actor, make_local_actor, make_peer, make_remote_actor
from moderation.models import PeerClass
from outbox.add import send_pin
from outbox.create import send_create
from outbox.emoji_react import send_emoji_react
from outbox.flag import send_flag
from outbox.remove import send_unpin
from outbox.undo import send_undo_emoji_react
from posts.models import Pin, Reaction, Visibility
from posts.pins import MAX_OWN_PINS

B, S = "b.localhost:8002", "s.localhost:8004"


@pytest_asyncio.fixture
async def alice(session):
    await make_peer(session, B)
    await make_peer(session, S, peer_class=PeerClass.SOCIAL)
    return await make_local_actor(session, "alice", doctor=True)


@pytest_asyncio.fixture
async def bob(session, alice):
    bob = await make_remote_actor(session, "bob", host=B, doctor=True)
    await save_follow(session, bob, alice, uri="x", accepted=True)
    return bob


async def test_a_pin_is_told_to_whom_the_post_is_for(session, sent, draft, alice, bob):
    post = await send_create(session, alice, draft("x", Visibility.PUBLIC))

    for _ in range(2):
        await send_pin(session, alice, post)

    ((inbox, add),) = await sent("Add")
    assert inbox == bob.shared_inbox
    assert (add["object"], add["target"]) == (post.uri, f"{alice.uri}/featured")
    assert (add["to"], add["cc"]) == (post.to_uris, post.cc_uris)
    assert "proof" in add


async def test_a_post_is_pinned_unpinned_and_pinned_again(session, sent, draft, alice, bob):
    post = await send_create(session, alice, draft("x", Visibility.PUBLIC))

    await send_unpin(session, alice, post)
    for act in (send_pin, send_unpin, send_pin):
        await act(session, alice, post)

    said = [activity for _, activity in await sent() if activity["type"] != "Create"]
    assert [activity["type"] for activity in said] == ["Add", "Remove", "Add"]
    assert len({activity["id"] for activity in said}) == 3


async def test_a_pinned_post_for_doctors_is_told_to_clinical_hosts_only(
    session, sent, draft, alice, bob
):
    sam = await make_remote_actor(session, "sam", host=S)
    await save_follow(session, sam, alice, uri="y", accepted=True)
    post = await send_create(session, alice, draft("x", Visibility.DOCTORS))

    await send_pin(session, alice, post)

    assert [inbox for inbox, _ in await sent("Add")] == [bob.shared_inbox]


async def test_a_pinned_answer_in_a_ring_is_told_to_the_ring_and_not_to_ones_own_followers(
    session, sent, draft, remote_post, alice, bob
):
    zoe = await make_remote_actor(session, "zoe", host=S)
    root = await remote_post(zoe, Visibility.FOLLOWERS)
    answer = await send_create(
        session, alice, draft("x", Visibility.FOLLOWERS, parent=root, ring_author=zoe)
    )

    for act in (send_pin, send_unpin):
        await act(session, alice, answer)

    assert [inbox for kind in ("Add", "Remove") for inbox, _ in await sent(kind)] == [
        zoe.shared_inbox,
        zoe.shared_inbox,
    ]


async def test_what_cannot_be_pinned_is_refused(session, sent, draft, remote_post, alice, bob):
    theirs = await remote_post(bob, Visibility.PUBLIC)
    private = await send_create(session, alice, draft("x", Visibility.MENTIONED))
    for post in (theirs, private):
        with pytest.raises(InvalidInput):
            await send_pin(session, alice, post)
    posts = [
        await send_create(session, alice, draft(f"{n}", Visibility.PUBLIC))
        for n in range(MAX_OWN_PINS + 1)
    ]
    for post in posts[:-1]:
        await send_pin(session, alice, post)

    with pytest.raises(InvalidInput, match="maximum"):
        await send_pin(session, alice, posts[-1])

    assert len(list(await session.scalars(select(Pin)))) == MAX_OWN_PINS


async def test_an_emoji_is_told_to_the_author_alone_and_taken_back(
    session, sent, remote_post, alice, bob
):
    post = await remote_post(bob, Visibility.PUBLIC)

    for _ in range(2):
        await send_emoji_react(session, alice, post, emoji="🔥")
    for _ in range(2):
        await send_undo_emoji_react(session, alice, post, emoji="🔥")

    (first, react), (second, undo) = await sent()
    assert first == second == bob.inbox
    assert (react["type"], react["content"], react["object"]) == ("EmojiReact", "🔥", post.uri)
    assert {"litepub": "http://litepub.social/ns#", "EmojiReact": "litepub:EmojiReact"} in react[
        "@context"
    ]
    assert (undo["type"], undo["object"]["id"]) == ("Undo", react["id"])
    assert undo["object"]["content"] == "🔥"
    assert list(await session.scalars(select(Reaction))) == []


@pytest.mark.parametrize("text", ["", "ok", ":blobcat:", "👍👍"])
async def test_what_is_no_emoji_is_not_sent(session, sent, remote_post, alice, bob, text):
    post = await remote_post(bob, Visibility.PUBLIC)

    with pytest.raises(InvalidInput):
        await send_emoji_react(session, alice, post, emoji=text)

    assert await sent() == []


async def test_a_complaint_goes_out_in_the_instance_s_name(session, sent, remote_post, alice, bob):
    instance = await make_instance_actor(session)
    post = await remote_post(bob, Visibility.PUBLIC)

    assert await send_flag(session, bob, [post], report_id=7, comment="Publicité")

    ((inbox, flag),) = await sent()
    assert inbox == bob.shared_inbox
    assert flag["actor"] == instance.uri and alice.uri not in str(flag)
    assert (flag["object"], flag["content"]) == ([bob.uri, post.uri], "Publicité")
    assert "proof" not in flag


async def test_a_complaint_goes_to_no_host_that_we_do_not_talk_to(session, sent, alice):
    await make_instance_actor(session)
    eve = await make_remote_actor(session, "eve", host="evil.localhost:8009")

    assert not await send_flag(session, eve, [], report_id=7, comment="")
    assert not await send_flag(session, alice, [], report_id=8, comment="")

    assert await sent() == []
