"""How much is taken of one host: its rate, what of it waits, and what it costs to refuse it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from quart import Quart
from sqlmodel import col

from actors.models import Follow
from core import clock
from core.settings import Switch
from db.session import Database
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from inbox import limits, receive
from inbox.limits import InboxLimits
from inbox.models import InboxActivity
from inbox.routes import inbox_routes
from moderation.models import Peer, PeerClass
from notifications import floods
from notifications.models import Kind, Notification
from posts.models import Like, Post


@pytest.fixture
def limited(house, remote, monkeypatch):
    """Let the house take less: `limited(a_minute=3)` takes three at once, and three a minute."""
    monkeypatch.setattr(limits, "BURST_MINUTES", 1)

    def limit(database: Database = house.database, **values: int) -> None:
        app = Quart("limited")
        app.extensions["consilium"] = {"database": database, "client": house.client}
        app.register_blueprint(inbox_routes(database, house.client, InboxLimits(**values)))
        house.app = app
        remote.mount(app)

    return limit


async def _send(house, sender, *activities):
    return [(await sender.post(house.inbox, one)) for one in activities]


async def test_C13_too_much_of_one_host_is_told_when_to_come_back(house, limited, alice, bob):
    limited(a_minute=3)

    replies = await _send(house, bob, *(bob.follow(alice.uri) for _ in range(5)))

    assert [reply.status for reply in replies] == [202, 202, 202, 429, 429]
    assert 1 <= int(replies[-1].headers["retry-after"]) <= 20
    assert len(await house.all(InboxActivity)) == 3
    clock.shift(timedelta(seconds=20))
    assert [reply.status for reply in await _send(house, bob, bob.follow(alice.uri))] == [202]


async def test_C13_a_flood_of_one_host_leaves_the_others_as_they_are(
    house, limited, database, alice, bob
):
    with FakeRemote("calm") as calm:
        await list_peer(database, calm)
        limited(a_minute=4)
        calm.mount(house.app)
        carol = calm.person("carol")
        flood = asyncio.gather(*(_send(house, bob, bob.follow(alice.uri)) for _ in range(40)))

        answers = await _send(house, carol, *(carol.follow(alice.uri) for _ in range(3)))
        flooded = [reply.status for (reply,) in await flood]
        await house.process()

        assert [reply.status for reply in answers] == [202, 202, 202]
        assert sorted(flooded) == [202] * 4 + [429] * 36
        followers = await house.all(Follow, col(Follow.accepted_at).is_not(None))
        assert len(followers) == 2


async def test_C13_whoever_is_refused_costs_neither_a_key_nor_arithmetic(
    house, limited, remote, alice, bob
):
    limited(a_minute=1)
    await _send(house, bob, bob.follow(alice.uri))
    asked = len(remote.journal)
    newcomers = [remote.person(f"new{n}") for n in range(5)]

    replies = [await one.post(house.inbox, one.follow(alice.uri)) for one in newcomers]

    assert {reply.status for reply in replies} == {429}
    assert len(remote.journal) == asked


async def test_C13_forgeries_use_up_nobodys_allowance(house, limited, remote, alice, bob):
    limited(a_minute=2)
    await house.known(bob)
    mallory = remote.person("mallory")

    forged = [
        await remote.post(house.inbox, bob.follow(alice.uri), key=mallory.key, key_id=bob.key_id)
        for _ in range(5)
    ]
    honest = await _send(house, bob, bob.follow(alice.uri))

    assert {reply.status for reply in forged} == {401}
    assert [reply.status for reply in honest] == [202]


async def test_the_policy_says_how_much_of_a_host_is_taken(house, limited, remote, alice, bob):
    limited(a_minute=100)
    async with house.database.transaction() as session:
        (await session.get_one(Peer, remote.host)).rate = 2

    replies = await _send(house, bob, *(bob.follow(alice.uri) for _ in range(3)))

    assert [reply.status for reply in replies] == [202, 202, 429]


async def test_load_tests_are_not_limited(house, limited, database, alice, bob):
    limitless = Database(database.settings.model_copy(update={"rate_limits": Switch.OFF}))
    limited(limitless, a_minute=1)

    replies = await _send(house, bob, *(bob.follow(alice.uri) for _ in range(3)))

    assert {reply.status for reply in replies} == {202}
    await limitless.close()


async def test_C14_what_waits_of_one_host_is_bounded_and_nothing_of_it_is_lost(
    house, limited, database, remote, alice, bob
):
    with FakeRemote("calm") as calm:
        await list_peer(database, calm)
        limited(waiting_of_a_host=3)
        calm.mount(house.app)
        carol = calm.person("carol")
        people = [remote.person(f"p{n}") for n in range(5)]

        flood = [await one.post(house.inbox, one.follow(alice.uri)) for one in people]
        calm_one = await carol.post(house.inbox, carol.follow(alice.uri))

        assert [reply.status for reply in flood] == [202, 202, 202, 429, 429]
        assert flood[-1].headers["retry-after"] == "60"
        assert calm_one.status == 202
        await house.process()
        assert len(await house.all(Follow)) == 4
        clock.shift(limits.RECOUNT_EVERY)
        again = [await one.post(house.inbox, one.follow(alice.uri)) for one in people[3:]]
        assert [reply.status for reply in again] == [202, 202]


async def test_C14_what_waits_in_all_is_bounded(house, limited, alice, bob):
    limited(waiting=2)

    replies = await _send(house, bob, *(bob.follow(alice.uri) for _ in range(3)))

    assert [reply.status for reply in replies] == [202, 202, 503]
    assert replies[-1].headers["retry-after"] == "60"
    assert len(await house.all(InboxActivity)) == 2


async def test_C14_a_full_queue_keeps_out_nobody_who_has_nothing_in_it(
    house, limited, database, alice, bob
):
    with FakeRemote("calm") as calm:
        await list_peer(database, calm)
        limited(waiting=2)
        calm.mount(house.app)
        carol = calm.person("carol")
        await _send(house, bob, *(bob.follow(alice.uri) for _ in range(3)))

        replies = await _send(house, carol, *(carol.follow(alice.uri) for _ in range(2)))

        assert [reply.status for reply in replies] == [202, 503]


async def test_C14_what_waits_for_a_moderator_is_bounded_too(house, limited, remote, alice, bob):
    limited(waiting_of_a_host=2)
    async with house.database.transaction() as session:
        (await session.get_one(Peer, remote.host)).holds = True
    words = [bob.create(bob.note(to=[alice.uri])) for _ in range(3)]
    replies = await _send(house, bob, *words[:2])
    await house.process()
    assert {row.outcome for row in await house.all(InboxActivity)} == {"held"}
    clock.shift(limits.RECOUNT_EVERY)

    replies += await _send(house, bob, words[2])

    assert [reply.status for reply in replies] == [202, 202, 429]


async def test_C14_many_follows_of_one_host_are_counted_and_told_as_a_digest(
    house, remote, alice, monkeypatch
):
    monkeypatch.setattr(floods, "NOTICES", {Kind.FOLLOW: 3})
    people = [remote.person(f"p{n}") for n in range(8)]

    for one in people:
        assert (await one.post(house.inbox, one.follow(alice.uri))).status == 202
    await house.process()

    assert len(await house.all(Follow, col(Follow.accepted_at).is_not(None))) == 8
    notices = await house.all(Notification)
    assert sorted(one.others for one in notices) == [0, 0, 5]


async def test_C15_a_flood_of_likes_and_boosts_is_counted_right(house, remote, alice, monkeypatch):
    monkeypatch.setattr(floods, "NOTICES", {Kind.LIKE: 2, Kind.BOOST: 2})
    async with house.database.transaction() as session:
        post = Post(uri=f"{alice.uri}/posts/1", author_id=alice.id, visibility="public")
        session.add(post)
    people = [remote.person(f"p{n}") for n in range(6)]

    for one in people:
        await one.post(house.inbox, one.activity("Like", post.uri))
        await one.post(house.inbox, one.activity("Announce", post.uri, to=[f"{post.uri}#Public"]))
        await one.post(house.inbox, one.activity("Like", post.uri))
    await house.process()

    counted = await house.post_at(post.uri)
    assert (counted.likes_count, len(await house.all(Like))) == (6, 6)
    likes = await house.all(Notification, col(Notification.kind) == Kind.LIKE)
    assert sorted(one.others for one in likes) == [0, 4]


@pytest.mark.parametrize("kind", ["Application", "Service"])
async def test_B56_a_program_that_writes_to_everybody_is_limited(house, limited, remote, kind):
    limited(a_minute=4)
    people = [await house.local(f"p{n}") for n in range(8)]
    robot = remote.person("robot", kind=kind)

    statuses = []
    for person in people:
        mention = {"type": "Mention", "href": person.uri, "name": f"@{person.username}"}
        note = robot.note("<p>Buy</p>", to=[person.uri], cc=[], tag=[mention])
        statuses.append((await robot.post(house.inbox, robot.create(note))).status)
    await house.process()

    assert statuses == [202] * 4 + [429] * 4
    assert len(await house.all(Notification)) == 4


async def test_what_is_not_let_in_is_never_parsed(house, database, alice, bob, monkeypatch):
    read = []
    monkeypatch.setattr(receive, "read_document", lambda body: read.append(body))
    hostile = b"[" * 5000
    with FakeRemote("blocked") as blocked:
        await list_peer(database, blocked, PeerClass.BLOCKED)
        blocked.mount(house.app)
        eve = blocked.person("eve")

        assert (await bob.post(house.inbox, hostile, header="")).status == 401
        assert (await eve.post(house.inbox, hostile)).status == 403

    assert read == []


async def test_a_large_body_is_parsed_when_its_signature_is_verified(
    house, remote, alice, bob, monkeypatch
):
    await house.known(bob)
    large = b"[" * (receive.MAX_SHORT_BYTES + 1)
    mallory = remote.person("mallory")

    forged = await remote.post(house.inbox, large, key=mallory.key, key_id=bob.key_id)

    assert forged.status == 401
    assert (await bob.post(house.inbox, large)).status == 400
