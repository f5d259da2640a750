"""How far a post would reach: counted from what is known here, before it is written."""

from __future__ import annotations

import pytest
import pytest_asyncio

import factories
from actors.follows import save_follow
from core.clock import now
from core.html import SANITISER_VERSION, SafeHtml
from posts.models import Post, Visibility
from posts.reach import Reach, find_outlook
from posts.save import save_post

SOCIAL = "social.example"
STRANGER = "unlisted.example"


@pytest_asyncio.fixture
async def alice(session):
    return await factories.make_local_actor(session, "alice", doctor=True)


@pytest_asyncio.fixture
async def carol(session):
    return await factories.make_local_actor(session, "carol")


@pytest_asyncio.fixture
async def bob(session):
    """A doctor of a linked hospital."""
    await factories.make_peer(session, "b.localhost:8002")
    return await factories.make_remote_actor(session, doctor=True)


@pytest_asyncio.fixture
async def sam(session):
    """Somebody of an instance that is only talked to."""
    await factories.make_peer(session, SOCIAL, peer_class="social")
    return await factories.make_remote_actor(session, "sam", host=SOCIAL)


async def follow(session, followee, *followers):
    for one in followers:
        uri = f"{one.uri}/f/{followee.id}"
        await save_follow(session, one, followee, uri=uri, accepted=True)


async def say(session, author, visibility, **values):
    post = Post(
        uri="", author_id=author.id, visibility=Visibility(visibility), content=SafeHtml("x"),
        sanitiser_version=SANITISER_VERSION, **values,
    )  # fmt: skip
    post.uri = f"{author.uri}/posts/{post.id}"
    return await save_post(session, post, author=author)


async def reach(session, author, visibility, *handles, **thread):
    outlook = await find_outlook(session, author, handles, **thread)
    return outlook.reaches[Visibility(visibility)]


async def test_followers_are_counted_where_they_can_have_it(session, alice, carol, bob, sam):
    lost = await factories.make_remote_actor(session, "lost", host=STRANGER)
    gone = await factories.make_remote_actor(session, "gone", host=SOCIAL)
    gone.deleted_at = now()
    await follow(session, alice, carol, bob, sam, lost, gone)

    assert await reach(session, alice, "followers") == Reach(3, 3)
    assert await reach(session, alice, "public") == Reach(3, 3)


async def test_who_is_named_and_follows_is_counted_once(session, alice, carol, bob):
    await follow(session, alice, carol)

    counted = await reach(session, alice, "followers", "Carol", bob.handle, "alice")

    assert counted == Reach(2, 2)
    assert await reach(session, alice, "mentioned", "carol", bob.handle) == Reach(2, 2)


async def test_who_is_named_and_cannot_have_it_is_told(session, alice, carol, bob, sam):
    handles = (carol.handle, bob.handle, sam.handle)

    missed = {
        visibility: (await reach(session, alice, visibility, *handles)).missed
        for visibility in Visibility
    }

    assert missed == {
        "public": (), "unlisted": (), "followers": (), "mentioned": (),
        "doctors": (carol.handle, sam.handle),
        "local": (bob.handle, sam.handle),
    }  # fmt: skip


async def test_doctors_are_those_of_this_house_and_of_the_linked_ones(session, alice, bob):
    await factories.make_peer(session, "c.example")
    dora = await factories.make_local_actor(session, "dora", doctor=True)
    lapsed = await factories.make_local_actor(session, "lapsed")
    await factories.give_badge(session, lapsed, days=-1)
    suspended = await factories.make_local_actor(session, "suspended", doctor=True)
    suspended.suspended_at = now()
    await session.flush()

    assert await reach(session, alice, "doctors") == Reach(1, 1, houses=2)
    assert await reach(session, dora, "doctors") == Reach(1, 1, houses=2)


async def test_members_are_who_may_sign_in(session, alice, carol):
    for actor in (alice, carol):
        await factories.make_user(session, actor)
    waiting = await factories.make_user(
        session, await factories.make_local_actor(session, "waiting")
    )
    waiting.approved_at = None
    await session.flush()

    assert await reach(session, alice, "local") == Reach(1, 1)


async def test_handles_that_are_not_known_are_named(session, alice, carol):
    outlook = await find_outlook(
        session, alice, ["carol", "nobody", "x@far.example", "no handle", "a@b@c"]
    )

    assert outlook.unknown == ("nobody", "x@far.example")


async def test_an_answer_reaches_its_author_too(session, alice, carol, sam):
    asked = await say(session, sam, "public")

    assert await reach(session, alice, "mentioned", parent=asked) == Reach(1, 1)
    assert (await reach(session, alice, "doctors", parent=asked)).missed == (sam.handle,)


async def test_an_answer_to_followers_reaches_those_of_who_began(session, alice, carol, bob):
    asked = await say(session, carol, "followers")
    await follow(session, carol, alice, bob)
    answer = await say(
        session, bob, "followers", in_reply_to_id=asked.id, in_reply_to_uri=asked.uri
    )

    # Bob and Carol, but not Alice, who writes.
    assert await reach(session, alice, "followers", parent=answer) == Reach(2, 2, of=carol)


async def test_the_followers_of_somebody_elsewhere_only_their_instance_knows(
    session, alice, bob
):
    asked = await say(session, bob, "followers")

    assert await reach(session, alice, "followers", parent=asked) == Reach(of=bob)


async def test_in_a_thread_of_another_house_its_own_houses_decide(session, alice, bob):
    asked = await say(session, bob, "doctors")

    assert await reach(session, alice, "doctors", parent=asked) == Reach(0, 1, of=bob)


@pytest.mark.parametrize("role", ["parent", "quoted"])
async def test_what_is_clinical_goes_to_no_host_that_is_only_talked_to(
    session, alice, bob, sam, role
):
    await follow(session, alice, bob, sam)
    clinical = await say(session, alice, "public", clinical=True)

    counted = await reach(session, alice, "public", sam.handle, **{role: clinical})

    assert counted == Reach(1, 1, missed=(sam.handle,))
