"""Which host may have what (WIRE §3)."""

from __future__ import annotations

import pytest
import pytest_asyncio

from actors.blocks import save_block
from actors.reading import STRANGER, Reader
from core.clock import now
from factories import make_remote_actor
from moderation.models import PeerClass
from posts.models import Visibility
from posts.visibility import may_host_have
from writing import boost, write

PUBLIC, UNLISTED, DOCTORS, FOLLOWERS, MENTIONED, LOCAL = Visibility
HOST = "b.localhost:8002"


@pytest_asyncio.fixture
async def fetcher(session):
    """The instance actor of bob's host, which fetches for everybody there."""
    actor = await make_remote_actor(session, "fetcher", host=HOST)
    actor.type = "Application"
    await session.flush()
    return actor


@pytest.fixture
def ask(session, fetcher):
    """Ask whether bob's host may have a post, as a peer of a class."""

    async def may_have(post, peer_class=PeerClass.CLINICAL, actor=fetcher):
        return await may_host_have(session, Reader(actor, HOST, peer_class), post)

    return may_have


@pytest.mark.parametrize("peer_class", list(PeerClass))
@pytest.mark.parametrize("clinical", [False, True])
@pytest.mark.parametrize("audience", list(Visibility))
async def test_a_host_with_nobody_in_the_audience(
    session, alice, ask, peer_class, clinical, audience
):
    post = await write(session, alice, audience, clinical=clinical)

    entitled = {
        PeerClass.SOCIAL: {PUBLIC, UNLISTED} if not clinical else set(),
        PeerClass.CLINICAL: {PUBLIC, UNLISTED, DOCTORS},
    }.get(peer_class, set())
    assert await ask(post, peer_class) is (audience in entitled)


@pytest.mark.parametrize("audience", list(Visibility))
async def test_a_host_with_a_follower(session, alice, bob, ask, follows, audience):
    post = await write(session, alice, audience)
    await follows(bob, alice, accepted=False)
    assert await ask(post, PeerClass.SOCIAL) is (audience in {PUBLIC, UNLISTED})

    await follows(bob, alice)

    assert await ask(post, PeerClass.SOCIAL) is (audience in {PUBLIC, UNLISTED, FOLLOWERS})


@pytest.mark.parametrize("audience", list(Visibility))
async def test_a_host_with_somebody_named(session, alice, bob, ask, audience):
    post = await write(session, alice, audience, mentioned=[bob])

    expected = {PUBLIC, UNLISTED, FOLLOWERS, MENTIONED}
    assert await ask(post, PeerClass.SOCIAL) is (audience in expected)
    assert await ask(post) is (audience in expected | {DOCTORS})


async def test_clinical_posts_go_to_clinical_hosts_only_whoever_is_named(session, alice, bob, ask):
    for audience in Visibility:
        post = await write(session, alice, audience, mentioned=[bob], clinical=True)

        assert not await ask(post, PeerClass.SOCIAL)


async def test_who_is_blocked_gets_nothing_and_the_host_does(session, alice, bob, ask, fetcher):
    post = await write(session, alice)
    await save_block(session, alice, bob, uri="http://x/block")

    assert not await ask(post, actor=bob)
    assert await ask(post)


@pytest.mark.parametrize("audience", list(Visibility))
async def test_strangers_have_what_is_open_and_not_clinical(session, alice, audience):
    plain = await write(session, alice, audience)
    clinical = await write(session, alice, audience, clinical=True)

    assert await may_host_have(session, STRANGER, plain) is (audience in {PUBLIC, UNLISTED})
    assert not await may_host_have(session, STRANGER, clinical)


async def test_a_reply_in_a_ring_is_for_the_hosts_of_the_ring(
    session, alice, bob, carol, ask, follows
):
    root = await write(session, alice, FOLLOWERS)
    reply = await write(session, carol, FOLLOWERS, answers=root, ring=alice)
    own = await write(session, carol, FOLLOWERS, answers=root)
    assert not await ask(reply)

    await follows(bob, alice)

    assert await ask(reply)
    # This one is for carol's followers among alice's, and there are none on that host.
    assert not await ask(own)
    await follows(bob, carol)
    assert await ask(own)


async def test_who_was_named_in_the_root_of_a_ring_has_the_replies(
    session, alice, bob, carol, ask
):
    root = await write(session, alice, FOLLOWERS, mentioned=[bob])
    reply = await write(session, carol, FOLLOWERS, answers=root, ring=alice)

    assert await ask(reply)


async def test_a_boost_has_no_document(session, alice, carol, ask):
    assert not await ask(await boost(session, carol, await write(session, alice)))


async def test_of_a_suspended_author_nobody_has_anything(session, alice, ask):
    post = await write(session, alice)
    alice.suspended_at = now()
    await session.flush()

    assert not await ask(post)
