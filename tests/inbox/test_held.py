"""Hosts that are held for review: what they say waits for a moderator, by whatever way it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlmodel import col

from actors.models import Follow
from core import clock
from core.errors import HostRefused, NotFound
from db.paging import Page
from fakes.actor import PUBLIC, FakeActor
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from inbox.held import discard_held, list_held, release_held, show_held
from inbox.models import InboxActivity
from inbox.queries import KEEP_HELD, forget_processed
from moderation.models import AuditEntry, PeerClass
from moderation.queries import find_peer
from posts.models import Post
from posts.remote import resolve_post


@pytest_asyncio.fixture
async def third(house, database) -> AsyncIterator[FakeRemote]:
    """Another peer, whose word waits for a moderator."""
    with FakeRemote("c") as running:
        await list_peer(database, running, PeerClass.SOCIAL)
        running.mount(house.app)
        await _decide(house, running, holds=True)
        yield running


@pytest.fixture
def carol(third: FakeRemote) -> FakeActor:
    return third.person("carol")


async def _decide(house, remote, **values) -> None:
    async with house.database.transaction() as session:
        peer = await find_peer(session, remote.host)
        for name, value in values.items():
            setattr(peer, name, value)


async def _waiting(house) -> list:
    async with house.database.read() as session:
        return await list_held(session, Page())


async def _release(house) -> None:
    ids = [held.id for held in await _waiting(house)]
    async with house.database.transaction() as session:
        await release_held(session, ids, decided_by="root")
    await house.process()


async def _audit(house, action: str) -> list[str]:
    found = await house.all(AuditEntry, col(AuditEntry.action) == action)
    return [entry.subject for entry in found]


async def _follow(house, owner, actor) -> None:
    await house.follows(owner, await house.known(actor))


def _announce(actor, object, **more) -> dict:
    return actor.activity("Announce", object, **{"to": [PUBLIC], "cc": [actor.followers], **more})


async def test_a_post_of_a_held_host_waits_and_nothing_is_fetched_for_it(
    house, third, alice, carol
):
    await _follow(house, alice, carol)
    parent = third.person("eve").note()
    third.journal.clear()
    note = carol.note(inReplyTo=parent["id"])

    async with house.nothing_changes():
        assert await house.take(carol, carol.create(note)) == 202

    row = await house.one(InboxActivity)
    assert (row.outcome, row.due_at, row.is_released) == ("held", None, False)
    assert third.host in row.reason
    assert third.gets("/users") == []
    (held,) = await _waiting(house)
    assert (held.type, held.host, held.brought_by) == ("Create", third.host, third.host)
    assert (held.actor_uri, held.object_uri) == (carol.uri, note["id"])


async def test_edits_profiles_and_boosts_wait_and_the_rest_does_not(house, remote, alice, bob):
    await _follow(house, alice, bob)
    note = bob.note("<p>before</p>")
    await house.take(bob, bob.create(note))
    await _decide(house, remote, holds=True)
    edited = {**note, "content": "<p>after</p>", "updated": note["published"]}
    bob.properties["name"] = "Somebody else"

    for activity in (
        bob.activity("Update", edited),
        bob.activity("Update", bob.document()),
        _announce(bob, remote.person("eve").note()["id"]),
    ):
        async with house.nothing_changes():
            await house.take(bob, activity)
            assert (await house.outcome())[0] == "held"
    await house.take(bob, bob.follow(alice.uri))
    await house.take(bob, bob.activity("Delete", note["id"]))

    assert len(await house.all(Follow, col(Follow.followee_id) == alice.id)) == 1
    assert (await house.post_at(note["id"])).deleted_at is not None


async def test_what_another_host_forwards_waits_too(house, alice, bob, carol):
    await _follow(house, alice, carol)
    note = carol.note("<p>mine</p>", id=f"{carol.uri}/posts/unserved")
    carol.remote.remove(note["id"])

    async with house.nothing_changes():
        assert await house.take(bob, carol.prove(carol.create(note))) == 202

    (held,) = await _waiting(house)
    assert (held.host, held.brought_by) == (carol.remote.host, bob.remote.host)
    await _release(house)
    assert (await house.post_at(note["id"])).content == "<p>mine</p>"


async def test_another_name_for_who_is_held_lets_nothing_in(house, remote, alice, bob, carol):
    await house.follows(alice, await house.known(carol))
    mallory = remote.person("mallory")
    remote.serve(carol.document(), at=f"{remote.base_url}/users/alias")
    alias = {"actor": f"{remote.base_url}/users/alias", "id": f"{remote.base_url}/activities/1"}

    async with house.nothing_changes():
        create = mallory.prove(mallory.activity("Create", carol.note(), **alias))
        assert await house.take(bob, create) == 202

    assert (await house.outcome())[0] == "rejected"


async def test_what_a_held_host_forwards_of_others_waits_too(house, alice, bob, carol):
    await _follow(house, alice, bob)

    async with house.nothing_changes():
        await house.take(carol, bob.prove(bob.create(bob.note())))

    assert await house.outcome() == ("held", f"what {carol.remote.host} says waits for a moderator")


@pytest.mark.parametrize("kind", ["Create", "Announce"])
async def test_what_a_group_passes_on_of_a_held_host_waits(house, remote, alice, carol, kind):
    group = remote.person("cardiology", kind="Group")
    await _follow(house, alice, group)
    inner = carol.create(carol.note()) if kind == "Create" else _announce(carol, carol.note()["id"])

    async with house.nothing_changes():
        await house.take(group, _announce(group, inner))

    assert (await house.outcome())[0] == "held"


async def test_what_a_group_has_others_edit_of_a_held_host_waits(house, remote, alice, bob, carol):
    await _decide(house, carol.remote, holds=False)
    group = remote.person("cardiology", kind="Group")
    await _follow(house, alice, group)
    note = carol.note("<p>before</p>")
    await house.take(group, _announce(group, carol.create(note)))
    await _decide(house, carol.remote, holds=True)
    edited = {**note, "content": "<p>after</p>", "updated": note["published"]}
    carol.remote.serve(edited)

    await house.take(group, _announce(group, bob.activity("Update", edited)))

    assert (await house.outcome())[0] == "held"
    assert (await house.post_at(note["id"])).content == "<p>before</p>"


async def test_what_says_nothing_does_not_wait_within_a_group_either(house, remote, alice, carol):
    group = remote.person("cardiology", kind="Group")

    await house.take(group, _announce(group, carol.activity("Like", alice.uri)))

    assert (await house.outcome())[0] != "held"


async def test_D35_who_is_wrapped_in_an_announce_falls_under_the_policy(house, remote, alice):
    group = remote.person("cardiology", kind="Group")
    await _follow(house, alice, group)
    with FakeRemote("out") as out:
        eve = out.person("eve")

        async with house.nothing_changes():
            await house.take(group, _announce(group, eve.create(eve.note())))

        assert await house.outcome() == ("rejected", f"{out.host} is not a peer of this instance")
        assert out.journal == []


async def test_a_blocked_actor_with_a_proof_is_refused_and_does_not_wait(house, alice, bob, carol):
    await _follow(house, alice, carol)
    await _decide(house, carol.remote, peer_class=PeerClass.BLOCKED)
    carol.remote.journal.clear()

    async with house.nothing_changes():
        await house.take(bob, carol.prove(carol.create(carol.note())))

    assert (await house.outcome())[0] == "rejected"
    assert carol.remote.journal == []


async def test_what_a_moderator_lets_through_is_done_in_its_order(house, alice, carol):
    await _follow(house, alice, carol)
    note = carol.note("<p>before</p>")
    edited = {**note, "content": "<p>after</p>", "updated": note["published"]}
    for activity in (carol.create(note), carol.activity("Update", edited)):
        await house.take(carol, activity)

    await _release(house)

    post = await house.post_at(note["id"])
    assert (post.content, await house.home(alice)) == ("<p>after</p>", [post.id])
    rows = await house.all(InboxActivity)
    assert [(row.outcome, row.is_released) for row in rows] == [("handled", True)] * 2
    assert await _audit(house, "held.release") == [carol.uri] * 2
    assert await _waiting(house) == []


async def test_a_boost_that_is_let_through_brings_its_post(house, third, alice, carol):
    await _follow(house, alice, carol)
    note = third.person("eve").note()
    await house.take(carol, _announce(carol, note["id"]))

    await _release(house)

    assert await house.post_at(note["id"]) is not None
    assert len(await house.home(alice)) == 1


async def test_what_was_deleted_while_it_waited_does_not_come(house, alice, carol):
    await _follow(house, alice, carol)
    note = carol.note()
    await house.take(carol, carol.create(note))
    await house.take(carol, carol.activity("Delete", note["id"]))

    await _release(house)

    assert await house.post_at(note["id"]) is None


async def test_a_host_blocked_meanwhile_is_let_through_by_nobody(house, alice, carol):
    await _follow(house, alice, carol)
    await house.take(carol, carol.create(carol.note()))
    await _decide(house, carol.remote, peer_class=PeerClass.BLOCKED)

    await _release(house)

    assert (await house.outcome())[0] == "rejected"
    assert await house.all(Post) == []


async def test_what_is_thrown_away_does_not_come_a_second_time(house, alice, carol):
    await _follow(house, alice, carol)
    create = carol.create(carol.note())
    await house.take(carol, create)
    (held,) = await _waiting(house)

    async with house.database.transaction() as session:
        await discard_held(session, [held.id], decided_by="root")
    await house.take(carol, create)

    row = await house.one(InboxActivity)
    assert (row.outcome, row.body, row.due_at) == ("discarded", b"", None)
    assert await house.all(Post) == []
    assert await _audit(house, "held.discard") == [carol.uri]


async def test_who_looked_at_what_waits_is_written_down(house, alice, carol):
    await _follow(house, alice, carol)
    create = carol.create(carol.note())
    await house.take(carol, create)
    (held,) = await _waiting(house)

    async with house.database.transaction() as session:
        shown, body = await show_held(session, held.id, shown_to="root")

    assert (shown, body) == (held, (await house.one(InboxActivity)).body)
    line = await house.one(AuditEntry, col(AuditEntry.action) == "held.show")
    assert (line.actor, line.subject, line.detail["type"]) == ("root", carol.uri, "Create")


async def test_of_ids_that_do_not_all_wait_none_is_taken(house, alice, carol):
    await _follow(house, alice, carol)
    await house.take(carol, carol.create(carol.note()))
    (held,) = await _waiting(house)

    for decide in (release_held, discard_held):
        with pytest.raises(NotFound, match="under 7"):
            async with house.database.transaction() as session:
                await decide(session, [held.id, 7], decided_by="root")

    assert await _waiting(house) == [held]
    async with house.database.read() as session:
        assert list(await session.scalars(select(AuditEntry))) == []


async def test_posts_of_a_held_host_are_not_had_by_fetching_either(house, third, alice, bob, carol):
    await _follow(house, alice, bob)
    note = carol.note()

    with pytest.raises(HostRefused, match="waits for a moderator"):
        await resolve_post(house.database, house.client, note["id"])
    await house.take(bob, _announce(bob, note["id"]))
    await house.take(bob, bob.create(bob.note(inReplyTo=note["id"])))

    assert await house.post_at(note["id"]) is None
    (reply,) = await house.all(Post)
    assert reply.in_reply_to_uri == note["id"]


async def test_what_waits_is_kept_longer_and_not_for_ever(house, alice, carol):
    await _follow(house, alice, carol)
    await house.take(carol, carol.create(carol.note()))

    for age, left in ((timedelta(days=31), 1), (KEEP_HELD, 0)):
        clock.shift(age)
        async with house.database.transaction() as session:
            await forget_processed(session, timedelta(days=30))
        assert len(await house.all(InboxActivity)) == left
