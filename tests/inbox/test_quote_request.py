"""Somebody elsewhere quotes somebody here: asked, allowed, refused, taken back (FEP-044f)."""

from __future__ import annotations

import pytest

from actors.blocks import save_block
from asking_to_quote import ours, request_of, said
from fakes.actor import PUBLIC
from moderation.models import Peer, PeerClass
from moderation.queries import save_peer
from notifications.models import Kind, Notification
from outbox.delete import send_delete_stamp
from posts.models import Post, QuoteApproval, Visibility
from posts.routes import post_routes


@pytest.fixture
def house(house):
    house.app.register_blueprint(post_routes(house.database, house.client))
    return house


@pytest.mark.parametrize("shows", [True, False])
async def test_who_may_quote_gets_a_stamp_and_the_author_is_told(house, alice, bob, shows):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri)
    asked = request_of(bob, post, note if shows else note["id"])

    await house.take(bob, asked)
    await house.do_jobs()

    (accept,) = await said(house)
    assert (accept["type"], accept["actor"], accept["to"]) == ("Accept", alice.uri, [bob.uri])
    assert accept["object"] == {
        "id": asked["id"],
        "type": "QuoteRequest",
        "actor": bob.uri,
        "object": post.uri,
        "instrument": note["id"],
    }
    stamp = await bob.get(accept["result"])
    assert stamp.status == 200
    assert {name: stamp.json[name] for name in stamp.json if name != "@context"} == {
        "id": accept["result"],
        "type": "QuoteAuthorization",
        "attributedTo": alice.uri,
        "interactingObject": note["id"],
        "interactionTarget": post.uri,
    }
    quoting = await house.post_at(note["id"])
    assert (quoting.quote_of_id, quoting.quote_state) == (post.id, "accepted")
    assert (await house.post_at(post.uri)).quotes_count == 1
    notice = await house.one(Notification)
    assert (notice.owner_id, notice.kind, notice.post_id) == (alice.id, Kind.QUOTE, quoting.id)


async def test_who_asks_again_gets_the_same_stamp(house, alice, bob):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri)
    asked = request_of(bob, post, note["id"])

    for _ in range(2):
        await house.take(bob, asked)
    await house.take(bob, request_of(bob, post, note["id"]))

    assert len(await house.all(QuoteApproval)) == 1
    assert len({answer["result"] for answer in await said(house)}) == 1


@pytest.mark.parametrize(("policy", "follows"), [("followers", False), ("nobody", True)])
async def test_who_may_not_quote_is_told_so(house, alice, bob, policy, follows):
    post = await ours(house, alice, policy=policy)
    if follows:
        await house.follows(await house.known(bob), alice)
    note = bob.note(quote=post.uri)

    await house.take(bob, request_of(bob, post, note))
    await house.do_jobs()

    (answer,) = await said(house)
    assert (answer["type"], answer["object"]["instrument"]) == ("Reject", note["id"])
    assert await house.all(QuoteApproval) == []
    assert await house.all(Notification) == []


async def test_followers_quote_where_followers_may(house, alice, bob):
    post = await ours(house, alice, policy="followers")
    await house.follows(await house.known(bob), alice)

    await house.take(bob, request_of(bob, post, bob.note(quote=post.uri)))

    assert [answer["type"] for answer in await said(house)] == ["Accept"]


@pytest.mark.parametrize(
    "visibility", [Visibility.FOLLOWERS, Visibility.MENTIONED, Visibility.LOCAL, Visibility.DOCTORS]
)
async def test_B49_what_the_sender_may_not_see_is_not_answered(house, alice, bob, visibility):
    post = await ours(house, alice, visibility)
    await house.known(bob)

    async with house.nothing_changes():
        await house.take(bob, request_of(bob, post, bob.note(quote=post.uri)["id"]))


async def test_whom_the_author_blocks_is_not_answered(house, alice, bob):
    post = await ours(house, alice)
    known = await house.known(bob)
    async with house.database.transaction() as session:
        await save_block(session, alice, known, uri=f"{alice.uri}/activities/1")

    async with house.nothing_changes():
        await house.take(bob, request_of(bob, post, bob.note(quote=post.uri)["id"]))


async def test_nobody_asks_for_a_post_of_another_host(house, alice, bob, victim):
    post = await ours(house, alice)
    await house.known(bob)

    async with house.nothing_changes():
        await house.take(bob, request_of(bob, post, victim.note(quote=post.uri)["id"]))
        await house.take(bob, request_of(bob, post, None))
        await house.take(bob, request_of(bob, post, "nonsense"))
    assert await house.all(QuoteApproval) == []


async def test_a_doctors_post_is_quoted_among_doctors(house, alice, bob):
    post = await ours(house, alice, Visibility.DOCTORS)
    await house.known(bob, doctor=True)
    note = bob.doctors_note(quote=post.uri)

    await house.take(bob, bob.create(note))
    await house.take(bob, request_of(bob, post, note))

    (accept,) = await said(house)
    assert accept["type"] == "Accept"
    assert (await house.post_at(note["id"])).quote_state == "accepted"


async def test_a_consent_is_taken_back_for_good(house, alice, bob):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri)
    await house.take(bob, request_of(bob, post, note))
    await house.do_jobs()
    stamp = (await said(house))[0]["result"]

    async with house.database.transaction() as session:
        quoting = await session.get_one(Post, (await house.post_at(note["id"])).id)
        await send_delete_stamp(session, alice, post, quoting)

    delete = (await said(house))[-1]
    assert (delete["type"], delete["object"], delete["to"]) == ("Delete", stamp, [bob.uri])
    assert (await bob.get(stamp)).status == 404
    assert (await house.post_at(note["id"])).quote_state == "revoked"
    assert (await house.post_at(post.uri)).quotes_count == 0
    await house.take(bob, request_of(bob, post, note))
    assert (await said(house))[-1]["type"] == "Reject"
    assert (await house.post_at(note["id"])).quote_state == "revoked"


async def test_a_stamp_is_shown_to_who_may_have_the_quoted_post(house, alice, bob, elsewhere):
    post = await ours(house, alice, Visibility.DOCTORS)
    await house.known(bob, doctor=True)
    note = bob.doctors_note(quote=post.uri)
    await house.take(bob, request_of(bob, post, note))
    stamp = (await said(house))[0]["result"]

    async with house.database.transaction() as session:
        peer = await session.get_one(Peer, elsewhere.host)
        peer.peer_class = PeerClass.SOCIAL
        await save_peer(session, peer)

    assert (await bob.get(stamp)).status == 200
    assert (await elsewhere.person("sam").get(stamp)).status == 404
    assert (await bob.get(stamp.replace("/alice/", "/bob/"))).status == 404


async def test_a_quote_that_was_pending_is_shown_once_its_stamp_is_given(house, alice, bob):
    post = await ours(house, alice, policy="nobody")
    note = bob.note(quote=post.uri, to=[PUBLIC, alice.uri])
    await house.take(bob, bob.create(note))
    assert (await house.post_at(note["id"])).quote_state == "pending"
    async with house.database.transaction() as session:
        (await session.get_one(Post, post.id)).quote_policy = "public"

    await house.take(bob, request_of(bob, post, note))

    assert (await house.post_at(note["id"])).quote_state == "accepted"


async def test_a_stamp_that_was_given_counts_also_when_fewer_may_quote(house, alice, bob):
    post = await ours(house, alice)
    note = bob.note(quote=post.uri)
    await house.take(bob, request_of(bob, post, note))
    async with house.database.transaction() as session:
        (await session.get_one(Post, post.id)).quote_policy = "nobody"

    await house.take(bob, request_of(bob, post, note))
    await house.take(bob, request_of(bob, post, bob.note(quote=post.uri)))

    first, again, other = await said(house)
    assert (first["type"], again["type"], other["type"]) == ("Accept", "Accept", "Reject")
    assert first["result"] == again["result"]
