"""Forwarding, both ways: what others pass on to us with a proof, and what we pass on unchanged."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from sqlmodel import col

from actors.blocks import save_block
from core import clock
from fakes.actor import DOCTORS, PUBLIC, FakeActor
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from inbox.models import InboxActivity
from moderation.models import PeerClass
from outbox.models import Delivery, OutboxActivity
from posts.models import Post, Visibility


@pytest_asyncio.fixture
async def third(house, database) -> AsyncIterator[FakeRemote]:
    """Another clinical peer."""
    with FakeRemote("c") as running:
        await list_peer(database, running)
        running.mount(house.app)
        yield running


@pytest_asyncio.fixture
async def carol(third) -> FakeActor:
    return third.person("carol")


async def _root(house, alice, visibility=Visibility.DOCTORS) -> Post:
    post = Post(uri="", author_id=alice.id, visibility=visibility, clinical=True)
    post.uri = house.uris.post(alice.username, post.id)
    post.thread_id = post.id
    post.to_uris = [DOCTORS if visibility is Visibility.DOCTORS else alice.followers_uri]
    async with house.database.transaction() as session:
        session.add(post)
    return post


async def test_a_forwarded_activity_with_a_proof_is_its_actors(house, alice, bob, carol):
    await house.follows(alice, await house.known(carol))
    note = carol.note("<p>mine</p>", id=f"{carol.uri}/posts/unserved")
    carol.remote.remove(note["id"])

    assert await house.take(bob, carol.prove(carol.create(note))) == 202

    post = await house.post_at(note["id"])
    assert post.content == "<p>mine</p>"
    assert await house.outcome() == ("handled", None)


async def test_a_proof_that_does_not_fit_proves_nothing(house, alice, bob, carol):
    await house.follows(alice, await house.known(carol))
    note = carol.note("<p>true</p>")
    forged = carol.prove(carol.create(note))
    forged["object"] = {**note, "content": "<p>forged</p>"}

    await house.take(bob, forged)

    # Nothing vouches for what came, so its home is asked.
    assert (await house.post_at(note["id"])).content == "<p>true</p>"


async def test_other_verbs_without_a_proof_are_refused(house, alice, bob, carol):
    signed = {"signature": {"type": "RsaSignature2017"}}

    async with house.nothing_changes():
        assert await house.take(bob, carol.follow(alice.uri, **signed)) == 202
        assert (await house.outcome())[0] == "rejected"


async def test_a_new_proof_key_is_asked_for(house, alice, bob, carol):
    await house.follows(alice, await house.known(carol))
    carol.rotate_proof_key()
    clock.shift(timedelta(minutes=10))
    note = carol.note(id=f"{carol.uri}/posts/unserved")
    carol.remote.remove(note["id"])

    await house.take(bob, carol.prove(carol.create(note)))

    assert await house.post_at(note["id"]) is not None


async def test_the_policy_holds_for_whose_it_is_too(house, database, alice, bob):
    with FakeRemote("out") as out:
        await list_peer(database, out, PeerClass.BLOCKED)
        eve = out.person("eve")

        async with house.nothing_changes():
            assert await house.take(bob, eve.prove(eve.follow(alice.uri))) == 202
            assert (await house.outcome())[0] == "rejected"

        assert out.journal == []


async def test_a_reply_in_a_ring_of_ours_is_passed_on_unchanged(house, third, alice, bob):
    await house.known(bob, doctor=True)
    root = await _root(house, alice)
    note = bob.doctors_note("<p>reply</p>", inReplyTo=root.uri)
    create = bob.prove(bob.create(note))

    await house.take(bob, create)

    passed = await house.one(OutboxActivity, col(OutboxActivity.type) == "Create")
    assert passed.body == (await house.one(InboxActivity)).body
    assert json.loads(passed.body) == create
    assert passed.clinical_only
    delivery = await house.one(Delivery)
    assert (delivery.host, delivery.signer_id) == (third.host, alice.id)
    assert (await house.post_at(note["id"])).clinical


async def test_so_are_its_edit_and_its_deletion(house, third, alice, bob):
    await house.known(bob, doctor=True)
    root = await _root(house, alice)
    note = bob.doctors_note("<p>reply</p>", inReplyTo=root.uri)
    await house.take(bob, bob.prove(bob.create(note)))

    edited = {**note, "content": "<p>better</p>", "updated": note["published"]}
    await house.take(bob, bob.prove(bob.activity("Update", edited)))
    await house.take(bob, bob.prove(bob.activity("Delete", note["id"])))

    types = [row.type for row in await house.all(OutboxActivity)]
    assert types[-1] == "Delete"
    assert "Update" in types


async def test_without_a_proof_nothing_is_passed_on(house, third, alice, bob):
    await house.known(bob, doctor=True)
    root = await _root(house, alice)

    await house.take(bob, bob.create(bob.doctors_note(inReplyTo=root.uri)))

    assert await house.all(OutboxActivity) == []


@pytest_asyncio.fixture
async def public(house, alice, carol) -> Post:
    """A public post of alice's, whom carol follows from elsewhere."""
    await house.follows(await house.known(carol), alice)
    root = await _root(house, alice, Visibility.PUBLIC)
    async with house.database.transaction() as session:
        (await session.get(Post, root.id)).clinical = False
    return root


def _openly(alice, root: Post, **more) -> dict:
    return {"inReplyTo": root.uri, "cc": [alice.uri, alice.followers_uri], **more}


async def test_a_public_reply_that_addresses_our_followers_is_passed_on_to_them(
    house, third, alice, bob, public
):
    await house.follows(await house.known(bob), alice)
    create = bob.prove(bob.create(bob.note(**_openly(alice, public))))

    await house.take(bob, create)

    passed = await house.one(OutboxActivity)
    assert passed.body == (await house.one(InboxActivity)).body
    assert (passed.clinical_only, passed.is_public) == (False, False)
    delivery = await house.one(Delivery)
    assert (delivery.host, delivery.signer_id) == (third.host, alice.id)


async def test_so_are_its_edit_and_its_deletion_in_the_open(house, third, alice, bob, public):
    note = bob.note(**_openly(alice, public))
    await house.take(bob, bob.prove(bob.create(note)))

    edited = {**note, "content": "<p>better</p>", "updated": note["published"]}
    await house.take(bob, bob.prove(bob.activity("Update", edited, to=[PUBLIC])))
    await house.take(bob, bob.prove(bob.activity("Delete", note["id"], to=[PUBLIC])))

    rows = await house.all(OutboxActivity)
    assert [row.type for row in rows] == ["Create", "Update", "Delete"]
    assert [bool(row.body) for row in rows] == [False, False, True]


async def test_in_the_open_an_ld_signature_is_enough(house, third, alice, bob, public):
    note = bob.note(**_openly(alice, public))
    signed = {"signature": {"type": "RsaSignature2017", "signatureValue": "eA=="}}

    await house.take(bob, bob.create(note, **signed))
    await house.take(bob, bob.create(bob.note(**_openly(alice, public))))

    assert (await house.one(OutboxActivity)).object_uri == note["id"]


async def test_a_reply_further_down_goes_to_the_followers_of_who_began(
    house, third, alice, bob, public
):
    reply = bob.note(inReplyTo=public.uri)
    await house.take(bob, bob.prove(bob.create(reply)))

    await house.take(
        bob, bob.prove(bob.create(bob.note(**_openly(alice, public, inReplyTo=reply["id"]))))
    )

    assert len(await house.all(OutboxActivity)) == 1


async def test_nobody_speaks_to_followers_here_by_naming_them(
    house, database, third, alice, bob, carol, public
):
    dan = await house.local("dan")
    await house.follows(await house.known(carol), dan)
    elsewhere = carol.note()
    await house.take(carol, carol.create(elsewhere))
    for note in (
        bob.note(inReplyTo=public.uri),
        bob.note(inReplyTo=public.uri, cc=[dan.followers_uri]),
        bob.note(cc=[alice.uri, alice.followers_uri]),
        bob.note(inReplyTo=elsewhere["id"], cc=[alice.uri, alice.followers_uri]),
        bob.note(inReplyTo=public.uri, to=[alice.uri], cc=[alice.followers_uri]),
    ):
        await house.take(bob, bob.prove(bob.create(note)))
    async with database.transaction() as session:
        await save_block(session, alice, await house.known(bob), uri=f"{alice.uri}/blocks/1")
    await house.take(bob, bob.prove(bob.create(bob.note(**_openly(alice, public)))))

    assert await house.all(OutboxActivity) == []


async def test_it_is_passed_on_once(house, third, alice, bob, carol):
    await house.known(bob, doctor=True)
    root = await _root(house, alice)
    create = bob.prove(bob.create(bob.doctors_note(inReplyTo=root.uri)))

    await house.take(bob, create)
    await house.take(carol, create)

    assert len(await house.all(OutboxActivity)) == 1
    assert (await house.one(Delivery)).attempts == 0


async def test_who_has_no_part_in_a_ring_does_not_speak_to_it_through_us(
    house, database, third, alice, bob
):
    await house.known(bob, doctor=True)
    root = await _root(house, alice)
    reply = bob.doctors_note(inReplyTo=root.uri)
    await house.take(bob, bob.prove(bob.create(reply)))
    with FakeRemote("s") as social:
        await list_peer(database, social, PeerClass.SOCIAL)
        social.mount(house.app)
        eve = social.person("eve")
        note = eve.note("<p>spam</p>", inReplyTo=reply["id"])

        await house.take(eve, eve.prove(eve.create(note)))

    assert (await house.post_at(note["id"])).visibility is Visibility.DOCTORS
    assert (await house.one(OutboxActivity)).object_uri == reply["id"]


async def test_what_nothing_proves_is_not_passed_on_and_keeps_nothing_back(
    house, database, third, alice, bob, carol
):
    for doctor in (bob, carol):
        await house.known(doctor, doctor=True)
    root = await _root(house, alice)
    with FakeRemote("d") as fourth:
        await list_peer(database, fourth)
        create = carol.prove(carol.create(carol.doctors_note("<p>true</p>", inReplyTo=root.uri)))
        forged = {**create, "object": {**create["object"], "content": "<p>forged</p>"}}

        await house.take(bob, forged)
        assert await house.all(OutboxActivity) == []
        await house.take(carol, create)

    assert json.loads((await house.one(OutboxActivity)).body) == create


async def test_what_nothing_proves_gives_no_audience(house, alice, bob, carol):
    await house.follows(alice, await house.known(carol))
    note = carol.note(to=[], cc=[])
    signed = {"signature": {"type": "RsaSignature2017"}}

    await house.take(bob, carol.activity("Create", note, to=[PUBLIC], **signed))

    post = await house.post_at(note["id"])
    assert post.visibility is Visibility.MENTIONED
