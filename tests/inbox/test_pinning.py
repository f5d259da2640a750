"""Add and Remove: what others show first on their profiles, and nobody else's."""

from __future__ import annotations

import pytest

from posts.models import Pin, Post


@pytest.fixture
def featured(bob):
    return bob.document()["featured"]


async def test_a_post_is_pinned_and_unpinned_by_its_author(house, alice, bob, featured):
    await house.follows(alice, await house.known(bob))
    note = bob.note()
    await house.take(bob, bob.create(note))

    await house.take(bob, bob.activity("Add", note["id"], target=featured))
    await house.take(bob, bob.activity("Add", note, target=featured))
    post = await house.post_at(note["id"])
    assert (await house.one(Pin)).post_id == post.id
    await house.take(bob, bob.activity("Remove", note["id"], target=featured))

    assert await house.all(Pin) == []


async def test_what_somebody_followed_pins_is_fetched(house, alice, bob, featured):
    await house.follows(alice, await house.known(bob))
    note = bob.note()

    await house.take(bob, bob.activity("Add", note["id"], target=featured))

    assert (await house.one(Pin)).post_id == (await house.post_at(note["id"])).id


async def test_what_a_stranger_pins_causes_no_fetch(house, remote, alice, bob, featured):
    note = bob.note()

    async with house.nothing_changes():
        await house.take(bob, bob.activity("Add", note["id"], target=featured))

    assert remote.gets(note["id"].removeprefix(remote.base_url)) == []


@pytest.mark.parametrize("kind", ["Add", "Remove"])
async def test_B38_nobody_changes_what_another_shows_first(house, remote, alice, bob, kind):
    mallory = remote.person("mallory")
    for actor in (bob, mallory):
        await house.follows(alice, await house.known(actor))
    pinned, other = bob.note(), bob.note()
    for note in (pinned, other):
        await house.take(bob, bob.create(note))
    theirs = mallory.note()
    await house.take(mallory, mallory.create(theirs))
    featured = bob.document()["featured"]
    await house.take(bob, bob.activity("Add", pinned["id"], target=featured))
    ours = house.uris.collection(alice.username, "featured")

    async with house.nothing_changes():
        for uri in (pinned["id"], other["id"], theirs["id"]):
            for target in (featured, ours):
                await house.take(mallory, mallory.activity(kind, uri, target=target))
        # Nor does one pin what somebody else said.
        for uri in (pinned["id"], other["id"]):
            own = mallory.document()["featured"]
            await house.take(mallory, mallory.activity(kind, uri, target=own))
        await house.take(mallory, mallory.activity(kind, theirs["id"], target=None))


async def test_a_groups_moderators_are_left_alone(house, remote, alice, bob):
    group = remote.person("group", kind="Group")
    await house.known(group)

    async with house.nothing_changes():
        for target in (f"{group.uri}/moderators", f"{group.uri}/featured"):
            await house.take(bob, bob.activity("Add", bob.uri, target=target))
            assert (await house.outcome())[0] == "ignored"


async def test_a_pin_goes_with_its_post(house, alice, bob, featured):
    await house.follows(alice, await house.known(bob))
    note = bob.note()
    await house.take(bob, bob.create(note))
    await house.take(bob, bob.activity("Add", note["id"], target=featured))

    await house.take(bob, bob.activity("Delete", note["id"]))

    assert await house.all(Pin) == []
    assert len(await house.all(Post)) == 1
