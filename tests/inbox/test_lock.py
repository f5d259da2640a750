"""Lock: a thread that is closed takes no more answers, from here or from elsewhere."""

from __future__ import annotations

import pytest
import pytest_asyncio

from core.errors import InvalidInput
from factories import make_user
from fakes.actor import PUBLIC
from posts.drafts import prepare_draft
from posts.models import Post
from posts.params import PostParams


@pytest_asyncio.fixture
async def thread(house, alice, bob) -> Post:
    """A public post by bob, whom alice follows."""
    await house.follows(alice, await house.known(bob))
    note = bob.note()
    await house.take(bob, bob.create(note))
    return await house.post_at(note["id"])


@pytest.fixture
def carol(remote):
    return remote.person("carol")


async def _answer(house, actor, post) -> Post | None:
    note = actor.note(inReplyTo=post.uri)
    await house.take(actor, actor.create(note))
    return await house.post_at(note["id"])


async def _locked(house, post) -> bool:
    return (await house.post_at(post.uri)).locked_at is not None


async def test_an_author_closes_and_opens_a_thread(house, bob, carol, thread):
    lock = bob.activity("Lock", thread.uri)
    await house.take(bob, lock)
    assert await _answer(house, carol, thread) is None
    assert (await house.outcome())[0] == "ignored"
    assert await _answer(house, bob, thread) is not None

    await house.take(bob, bob.undo(lock))

    assert await _answer(house, carol, thread) is not None


async def test_what_is_below_a_closed_post_is_closed_too(house, bob, carol, thread):
    answer = await _answer(house, bob, thread)
    await house.take(bob, bob.activity("Lock", thread.uri))

    assert await _answer(house, carol, answer) is None


async def test_nobody_here_answers_in_a_closed_thread(house, alice, bob, thread):
    async with house.database.transaction() as session:
        user = await make_user(session, alice)
    await house.take(bob, bob.activity("Lock", thread.uri))

    with pytest.raises(InvalidInput, match="closed"):
        await prepare_draft(
            house.database,
            house.client,
            alice,
            user,
            params=PostParams("Non", in_reply_to_id=thread.id),
        )


async def test_nobody_closes_anothers_thread(house, remote, carol, alice, bob, thread):
    group = remote.person("group", kind="Group")
    ours = Post(uri=f"{alice.uri}/posts/1", author_id=alice.id, visibility="public")
    async with house.database.transaction() as session:
        session.add(ours)
    for actor in (carol, group):
        await house.known(actor)

    async with house.nothing_changes():
        for uri in (thread.uri, ours.uri, f"{bob.uri}/posts/1"):
            for actor in (carol, group):
                await house.take(actor, actor.activity("Lock", uri))


async def test_nobody_opens_anothers_thread(house, carol, bob, thread):
    lock = bob.activity("Lock", thread.uri)
    await house.take(bob, lock)
    await house.known(carol)

    async with house.nothing_changes():
        await house.take(carol, carol.undo(lock))
        await house.take(carol, carol.undo({**lock, "actor": carol.uri}))


async def test_a_group_closes_threads_that_were_written_in_it(house, remote, alice, bob, thread):
    group = remote.person("group", kind="Group")
    moderator = remote.person("moderator")
    await house.known(group)
    lock = moderator.activity("Lock", thread.uri)
    announce = group.activity("Announce", lock, to=[PUBLIC])

    await house.take(group, announce)
    assert not await _locked(house, thread)
    async with house.database.transaction() as session:
        (await session.get_one(Post, thread.id)).group_uri = group.uri
    await house.take(group, group.activity("Announce", lock, to=[PUBLIC]))
    assert await _locked(house, thread)
    await house.take(group, group.activity("Announce", moderator.undo(lock), to=[PUBLIC]))

    assert not await _locked(house, thread)
