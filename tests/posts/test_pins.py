"""Pins as rows, and as other servers read them: the `featured` collection."""

from __future__ import annotations

from actors.follows import save_follow
from actors.remote import resolve_actor
from factories import make_local_actor, make_remote_actor
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from moderation.models import PeerClass
from posts.models import Visibility
from posts.pins import MAX_PINS, list_pins, replace_pins, save_pin
from posts.save import delete_post
from writing import boost, write

FEATURED = "http://a.localhost:8001/users/alice/featured"


async def _pinned(session, actor) -> list[int]:
    return [post.id for post in await list_pins(session, actor.id, None)]


async def test_what_was_pinned_last_comes_first_and_once(session):
    bob = await make_remote_actor(session)
    first, second = await write(session, bob), await write(session, bob)

    assert [await save_pin(session, bob, post) for post in (first, second, first)] == [
        True, True, False
    ]  # fmt: skip
    assert await _pinned(session, bob) == [second.id, first.id]


async def test_a_collection_that_was_fetched_takes_the_place_of_all_pins(session):
    bob, carol = await make_remote_actor(session), await make_remote_actor(session, "carol")
    posts = [await write(session, bob) for _ in range(3)]
    theirs = await write(session, carol)
    gone = await write(session, bob)
    await delete_post(session, gone)
    passed_on = await boost(session, bob, theirs)
    await save_pin(session, bob, posts[2])

    named = [posts[1], theirs, gone, posts[0], passed_on, posts[1]]
    await replace_pins(session, bob, [post.id for post in named])

    assert await _pinned(session, bob) == [posts[1].id, posts[0].id]


async def test_there_is_an_end_to_what_somebody_pins(session):
    bob = await make_remote_actor(session)
    posts = [await write(session, bob) for _ in range(MAX_PINS + 1)]

    await replace_pins(session, bob, [post.id for post in posts])

    assert await _pinned(session, bob) == [post.id for post in posts[:MAX_PINS]]
    assert not await save_pin(session, bob, posts[-1])


async def test_featured_names_the_posts_that_the_reader_may_have(database, doors, remote, client):
    bob = remote.person("bob")
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice", doctor=True)
        follower = await make_remote_actor(session, "fan", host=remote.host)
        await save_follow(session, follower, alice, uri="x", accepted=True)
        posts = {
            audience: await write(session, alice, audience)
            for audience in (Visibility.PUBLIC, Visibility.DOCTORS, Visibility.FOLLOWERS)
        }
        for post in posts.values():
            await save_pin(session, alice, post)
    await resolve_actor(database, client, bob.uri)

    with FakeRemote("s") as social:
        await list_peer(database, social, PeerClass.SOCIAL)
        social.mount(doors)
        seen = await remote.get(FEATURED), await social.get(FEATURED)

    clinical, other = (reply.json for reply in seen)
    assert clinical["orderedItems"] == [
        posts[audience].uri
        for audience in (Visibility.FOLLOWERS, Visibility.DOCTORS, Visibility.PUBLIC)
    ]
    assert other["orderedItems"] == [posts[Visibility.PUBLIC].uri]
    assert (clinical["type"], clinical["totalItems"]) == ("OrderedCollection", 3)


async def test_featured_is_read_signed_only(doors, remote):
    assert (await remote.get(FEATURED, signed=False)).status == 401
    assert (await remote.get(FEATURED)).status == 404
