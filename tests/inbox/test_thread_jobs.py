"""What arrives leaves work behind: the rest of a thread, what is quoted, somebody's last posts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col

from actors.models import Actor, Follow
from core import clock
from core.clock import now
from db.jobs import Job
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from outbox.follow import send_follow
from posts.models import Post, TimelineEntry
from workers.jobs import process_jobs


async def _owed(house, kind: str) -> list[Job]:
    return await house.all(Job, col(Job.kind) == kind)


async def _work(house, *, turns: int = 20) -> None:
    for _ in range(turns):
        clock.shift(timedelta(minutes=2))
        if not await process_jobs(house.database, house.client):
            return


async def test_a_reply_in_a_thread_of_elsewhere_brings_the_rest_of_it(
    house, database, remote, alice, bob
):
    with FakeRemote("c") as third:
        await list_peer(database, third)
        carol = third.person("carol")
        root = carol.note()
        others = [third.person("dan").note(inReplyTo=root["id"]) for _ in range(3)]
        root["replies"] = f"{root['id']}/replies"
        third.collection(root["replies"], [note["id"] for note in others])
        note = bob.note(
            inReplyTo=root["id"],
            cc=[alice.uri],
            tag=[{"type": "Mention", "href": alice.uri}],
        )

        await house.take(bob, bob.create(note))
        job = (await _owed(house, "fetch thread"))[0]
        assert job.due_at > now()
        await _work(house)

        posts = await house.all(Post)
    assert {post.uri for post in posts} == {one["id"] for one in (root, note, *others)}
    assert len({post.thread_id for post in posts}) == 1
    # Nobody is told of what was only fetched.
    assert len(await house.all(TimelineEntry)) == 0


async def test_a_reply_that_is_nobodys_here_leaves_its_thread_alone(house, remote, alice, bob):
    eve = remote.person("eve")
    await house.follows(alice, await house.known(bob))
    root = bob.note()
    await house.take(bob, bob.create(root))

    await house.take(eve, eve.create(eve.note(inReplyTo=root["id"])))

    assert len(await house.all(Post)) == 2
    assert await _owed(house, "fetch thread") == []


async def test_d31_what_a_post_quotes_holds_up_nobody(house, remote, alice, bob):
    await house.follows(alice, await house.known(bob))
    quoted = remote.person("eve").note()
    remote.script(quoted["id"], status=503, times=1)
    note = bob.note(quote=quoted["id"])

    await house.take(bob, bob.create(note))
    assert (await house.post_at(note["id"])).quote_of_id is None
    assert remote.gets(quoted["id"].removeprefix(remote.base_url)) == []
    assert [job.payload["uri"] for job in await _owed(house, "fetch quote")] == [quoted["id"]]

    await _work(house)
    post, found = await house.post_at(note["id"]), await house.post_at(quoted["id"])
    assert post.quote_of_id == found.id


@pytest.fixture
def followed(house, alice):
    """Let alice ask to follow somebody; return the Follow."""

    async def ask(actor) -> Follow:
        known = await house.known(actor)
        async with house.database.transaction() as session:
            return await send_follow(
                session, await session.get(Actor, alice.id), await session.get(Actor, known.id)
            )

    return ask


async def test_who_is_followed_is_backfilled_and_comes_home(
    house, remote, alice, bob, followed
):
    notes = [bob.note() for _ in range(3)]
    remote.collection(f"{bob.uri}/outbox", [bob.create(note) for note in notes])

    follow = await followed(bob)
    await _work(house)
    assert len(await house.all(Post)) == 3
    assert await house.home(alice) == []
    await house.take(bob, bob.activity("Accept", follow.uri))

    assert len(await house.home(alice)) == 3
    assert await _owed(house, "backfill actor") == []


async def test_an_accept_that_comes_first_brings_the_posts_home_too(
    house, remote, alice, bob, followed
):
    remote.collection(f"{bob.uri}/outbox", [bob.create(bob.note())])
    follow = await followed(bob)

    await house.take(bob, bob.activity("Accept", follow.uri))
    await _work(house)

    assert len(await house.home(alice)) == 1


async def test_who_was_not_seen_for_long_is_looked_at_again_with_their_pins(
    house, remote, alice, bob
):
    stranger = remote.person("eve")
    await house.known(stranger)
    await house.follows(alice, await house.known(bob))
    clock.shift(timedelta(days=2))
    bob.properties["name"] = "Dr B."

    # Whom something is heard of is fetched anew afterwards.
    for one in (bob, stranger):
        await house.known(one)
    await _work(house)

    assert (await house.known(bob)).name == "Dr B."
    assert len(remote.gets("/users/bob/featured")) == 1
    assert remote.gets("/users/eve/featured") == []


async def test_a_changed_list_of_pins_is_looked_at_again(house, remote, alice, bob):
    update = {"type": "OrderedCollection", "id": f"{bob.uri}/featured", "orderedItems": ["x"]}
    await house.known(bob)
    await house.take(bob, bob.activity("Update", update))
    assert (await house.outcome())[0] == "ignored"

    await house.follows(alice, await house.known(bob))
    await house.take(bob, bob.activity("Update", update))
    assert (await house.outcome()) == ("handled", None)
    assert len(await _owed(house, "backfill actor")) == 1

    await house.take(bob, bob.activity("Update", {**update, "id": bob.followers}))
    assert (await house.outcome())[0] == "ignored"
