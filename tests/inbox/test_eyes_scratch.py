from __future__ import annotations
import json, time
from datetime import timedelta
import pytest, pytest_asyncio
from sqlmodel import col
from core import clock
from fakes.actor import DOCTORS, PUBLIC, FakeActor
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from inbox.models import InboxActivity
from moderation.models import PeerClass
from outbox.models import Delivery, OutboxActivity
from posts.models import Post, Visibility
from actors.models import Actor
from factories import give_badge, make_remote_actor
from actors.queries import delete_badge
from sqlmodel import SQLModel


async def _root(house, alice, visibility=Visibility.DOCTORS) -> Post:
    post = Post(uri="", author_id=alice.id, visibility=visibility, clinical=True)
    post.uri = house.uris.post(alice.username, post.id)
    post.thread_id = post.id
    post.to_uris = [DOCTORS if visibility is Visibility.DOCTORS else alice.followers_uri]
    async with house.database.transaction() as session:
        session.add(post)
    return post


@pytest_asyncio.fixture
async def third(house, database):
    with FakeRemote("c") as running:
        await list_peer(database, running)
        running.mount(house.app)
        yield running


@pytest_asyncio.fixture
async def carol(third) -> FakeActor:
    return third.person("carol")


async def test_alias(house, alice, bob, carol, remote):
    victim = await house.known(carol, doctor=True)
    await house.follows(alice, await house.known(bob))
    remote.serve(carol.document(), at=f"{remote.base_url}/users/alias")
    note = bob.note("<p>forged</p>", attributedTo=f"{remote.base_url}/users/alias", to=[DOCTORS], cc=[])
    await house.take(bob, bob.activity("Announce", note["id"]))
    await house.take(bob, bob.create(bob.note(inReplyTo=note["id"])))
    post = await house.post_at(note["id"])
    assert post is None or post.author_id != victim.id


async def test_inject(house, alice, bob, third, database):
    await house.known(bob, doctor=True)
    root = await _root(house, alice)
    reply = bob.doctors_note("<p>reply</p>", inReplyTo=root.uri)
    await house.take(bob, bob.prove(bob.create(reply)))
    before = len(await house.all(OutboxActivity))
    with FakeRemote("s") as social:
        await list_peer(database, social, PeerClass.SOCIAL)
        social.mount(house.app)
        eve = social.person("eve")
        note = eve.note("<p>spam</p>", inReplyTo=reply["id"])
        await house.take(eve, eve.prove(eve.create(note)))
    print(await house.outcome())
    post = await house.post_at(note["id"])
    print(post and post.visibility)
    assert len(await house.all(OutboxActivity)) == before


async def test_update_revoked(house, alice, bob, database):
    b = await house.known(bob, doctor=True)
    note = bob.doctors_note("<p>one</p>")
    await house.take(bob, bob.create(note))
    async with database.transaction() as session:
        await delete_badge(session, b.id)
    await house.take(bob, bob.activity("Update", {**note, "content": "<p>two</p>", "updated": "2035-01-01T00:00:00Z"}, to=note["to"]))
    print(await house.outcome())
    assert (await house.post_at(note["id"])).content == "<p>one</p>"


async def test_clinical_edit(house, alice, bob):
    await house.follows(alice, await house.known(bob))
    note = bob.note("<p>one</p>")
    await house.take(bob, bob.create(note))
    reply = bob.note("<p>re</p>", inReplyTo=note["id"])
    await house.take(bob, bob.create(reply))
    await house.take(bob, bob.activity("Update", {**note, "clinical": True, "content": "<p>two</p>", "updated": "2035-01-01T00:00:00Z"}, to=note["to"]))
    print(await house.outcome())
    assert (await house.post_at(note["id"])).clinical
    assert (await house.post_at(reply["id"])).clinical


async def test_widen(house, alice, bob, carol):
    await house.follows(alice, await house.known(carol))
    note = carol.note("<p>x</p>", to=[], cc=[])
    forged = carol.activity("Create", note, to=[PUBLIC], signature={"type": "RsaSignature2017"})
    await house.take(bob, forged)
    print(await house.outcome())
    post = await house.post_at(note["id"])
    assert post is None or post.visibility is Visibility.MENTIONED


async def test_bogus_forward(house, alice, bob, carol, third):
    await house.known(carol, doctor=True)
    await house.known(bob, doctor=True)
    with FakeRemote("d") as fourth:
        await list_peer(house.database, fourth)
        root = await _root(house, alice)
        note = carol.doctors_note("<p>true</p>", inReplyTo=root.uri)
        true = carol.prove(carol.create(note))
        forged = json.loads(json.dumps(true))
        forged["object"]["content"] = "<p>forged</p>"
        await house.take(bob, forged)
        await house.take(carol, true)
        for one in await house.all(OutboxActivity):
            print(one.type, b"forged" in one.body)
            assert b"forged" not in one.body


@pytest.mark.parametrize("what", ["inReplyTo", "id", "username"])
async def test_long(house, alice, bob, remote, what):
    import random
    r = random.Random(1)
    long = "".join(chr(r.randrange(0x4E00, 0x9FFF)) for _ in range(1900))
    await house.follows(alice, await house.known(bob))
    if what == "inReplyTo":
        note = bob.note(inReplyTo=f"{remote.base_url}/{long}")
        await house.take(bob, bob.create(note))
    elif what == "id":
        note = bob.note()
        await house.take(bob, bob.create({**note, "id": f"{remote.base_url}/{long}"}))
    else:
        eve = remote.person("eve", preferredUsername=long)
        print(await house.take(eve, eve.follow(alice.uri)))
    row = (await house.all(InboxActivity))
    print(row and (row[-1].outcome, row[-1].reason))
    assert not row or row[-1].outcome is not None


async def test_claim_backlog(house, alice, bob):
    b = await house.known(bob)
    from inbox.queries import row_of, save_activities, claim
    async with house.database.transaction() as session:
        others = [await make_remote_actor(session, f"x{i}") for i in range(50)]
    for start in range(0, 20000, 1000):
        async with house.database.transaction() as session:
            await save_activities(session, [row_of(others[i % 50], f"http://x/{i}", b"{}", owner_id=None) for i in range(start, start + 1000)])
    for _ in range(3):
        a = time.perf_counter()
        await house.database.unit(lambda s: claim(s, limit=128))
        print("claim", round((time.perf_counter() - a) * 1000), "ms")
