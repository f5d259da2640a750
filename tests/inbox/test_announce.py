"""Announce and Like: only of what the sender may see, and may pass on."""

from __future__ import annotations

import pytest
from sqlmodel import col

from actors.blocks import save_block
from fakes.actor import DOCTORS, PUBLIC
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from notifications.models import Kind, Notification
from posts.models import Like, Post, Visibility

PRIVATE = [Visibility.FOLLOWERS, Visibility.MENTIONED, Visibility.LOCAL, Visibility.DOCTORS]


async def _local_post(house, author, visibility=Visibility.PUBLIC) -> Post:
    post = Post(uri="", author_id=author.id, visibility=visibility)
    post.uri = house.uris.post(author.username, post.id)
    async with house.database.transaction() as session:
        session.add(post)
    return post


def _announce(actor, uri, **more) -> dict:
    return actor.activity("Announce", uri, **{"to": [PUBLIC], "cc": [actor.followers], **more})


async def test_a_boost_is_counted_told_and_shown(house, alice, bob):
    post = await _local_post(house, alice)
    dave = await house.local("dave")
    await house.follows(dave, await house.known(bob))

    await house.take(bob, _announce(bob, post.uri))

    boost = await house.one(Post, col(Post.boost_of_id) == post.id)
    assert (await house.post_at(post.uri)).boosts_count == 1
    assert (await house.one(Notification)).kind == Kind.BOOST
    assert await house.home(dave) == [boost.id]


async def test_B30_what_is_passed_on_is_fetched_from_its_home(house, database, alice, bob):
    await house.follows(alice, await house.known(bob))
    with FakeRemote("v") as other:
        await list_peer(database, other)
        note = other.person("victim").note("<p>true</p>")
        forged = {**note, "content": "<p>forged</p>"}

        await house.take(bob, _announce(bob, forged))

    post = await house.post_at(note["id"])
    assert post.content == "<p>true</p>"
    assert len(await house.home(alice)) == 1


async def test_a_boost_by_somebody_whom_nobody_follows_causes_no_fetch(house, remote, alice, bob):
    carol = remote.person("carol")
    note = carol.note()

    async with house.nothing_changes():
        await house.take(bob, _announce(bob, note["id"]))

    assert remote.gets("/users/carol") == []


@pytest.mark.parametrize("visibility", PRIVATE)
async def test_B31_what_is_not_for_everybody_is_not_passed_on(house, alice, bob, visibility):
    post = await _local_post(house, alice, visibility)
    await house.follows(alice, await house.known(bob))
    await house.take(bob, bob.follow(alice.uri))

    async with house.nothing_changes():
        assert await house.take(bob, _announce(bob, post.uri)) == 202


async def test_a_verified_doctor_passes_on_a_post_for_doctors(house, alice, bob):
    post = await _local_post(house, alice, Visibility.DOCTORS)
    await house.known(bob, doctor=True)

    await house.take(bob, _announce(bob, post.uri, to=[DOCTORS], cc=[]))

    boost = await house.one(Post, col(Post.boost_of_id) == post.id)
    assert boost.visibility is Visibility.DOCTORS


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_B32_what_its_home_does_not_show_is_not_passed_on(house, remote, alice, bob, status):
    await house.follows(alice, await house.known(bob))
    note = remote.person("carol").note()
    remote.script(note["id"], status=status)

    async with house.nothing_changes():
        assert await house.take(bob, _announce(bob, note["id"])) == 202
        assert (await house.outcome())[0] == "rejected"


async def test_B33_only_posts_are_passed_on(house, remote, alice, bob):
    await house.follows(alice, await house.known(bob))
    post = await _local_post(house, alice)
    announce = _announce(bob, post.uri)
    await house.take(bob, announce)
    itself = _announce(bob, "")
    itself["object"] = itself["id"]
    remote.serve(itself)

    async with house.nothing_changes():
        for activity in (
            _announce(bob, announce["id"]), itself, _announce(bob, remote.person("carol").uri)
        ):  # fmt: skip
            assert await house.take(bob, activity) == 202


async def test_a_boost_is_never_wider_than_what_it_passes_on(house, alice, bob):
    post = await _local_post(house, alice, Visibility.UNLISTED)

    await house.take(bob, _announce(bob, post.uri))

    boost = await house.one(Post, col(Post.boost_of_id) == post.id)
    assert boost.visibility is Visibility.UNLISTED


async def test_whom_the_author_blocks_passes_nothing_on(house, alice, bob):
    post = await _local_post(house, alice)
    actor = await house.known(bob)
    async with house.database.transaction() as session:
        await save_block(session, alice, actor, uri=f"{alice.uri}/activities/1")

    async with house.nothing_changes():
        await house.take(bob, _announce(bob, post.uri))
        await house.take(bob, bob.activity("Like", post.uri))


async def test_an_id_of_another_post_is_not_taken_by_a_boost(house, remote, alice, bob):
    mallory = remote.person("mallory")
    for actor in (bob, mallory):
        await house.follows(alice, await house.known(actor))
    note = bob.note()
    await house.take(bob, bob.create(note))
    post = await _local_post(house, alice)

    async with house.nothing_changes():
        await house.take(mallory, _announce(mallory, post.uri, id=note["id"]))


async def test_a_like_is_counted_and_told_once(house, alice, bob):
    post = await _local_post(house, alice)

    for _ in range(2):
        await house.take(bob, bob.activity("Like", post.uri))

    assert len(await house.all(Like)) == 1
    assert (await house.post_at(post.uri)).likes_count == 1
    assert (await house.one(Notification)).kind == Kind.LIKE


@pytest.mark.parametrize("visibility", PRIVATE)
async def test_B35_what_the_sender_cannot_see_is_not_liked(house, alice, bob, visibility):
    post = await _local_post(house, alice, visibility)

    async with house.nothing_changes():
        assert await house.take(bob, bob.activity("Like", post.uri)) == 202


async def test_B36_nobody_likes_in_anothers_name(house, remote, alice, bob):
    post = await _local_post(house, alice)
    mallory = remote.person("mallory")

    async with house.nothing_changes():
        assert await house.take(mallory, bob.activity("Like", post.uri)) == 401
