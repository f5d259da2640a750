"""Create: whose it must be, who reads it, what is told to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.models import Actor
from core import clock
from core.clock import now
from core.ids import time_of
from factories import give_badge
from fakes.actor import PUBLIC
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from inbox.models import InboxActivity
from moderation.models import PeerClass
from notifications.models import Kind, Notification
from posts.models import Mention, Post, PostTag, Visibility
from posts.visibility import may_see, viewer_of


def _naming(*actors: Actor, tag: bool = True, **more: object) -> dict:
    uris = [actor.uri for actor in actors]
    tags = [{"type": "Mention", "href": uri, "name": "@somebody"} for uri in uris]
    return {"to": uris, "cc": [], "tag": tags if tag else [], **more}


async def _local_post(house, author, visibility="public", **more) -> Post:
    post = Post(uri="", author_id=author.id, visibility=visibility, **more)
    post.uri = house.uris.post(author.username, post.id)
    post.thread_id = post.id
    async with house.database.transaction() as session:
        session.add(post)
    return post


async def _sees(house, viewer: Actor, post: Post) -> bool:
    async with house.database.read() as session:
        return await may_see(session, await viewer_of(session, viewer.id), post)


async def test_a_post_of_somebody_followed_comes_to_home(house, alice, bob):
    await house.follows(alice, await house.known(bob))
    note = bob.note(
        "<p>Bonjour <script>alert(1)</script><b>toi</b></p>",
        tag=[{"type": "Hashtag", "name": "#Doctoctoc", "href": "http://b/tags/doctoctoc"}],
        contentMap={"fr": "<p>Bonjour <script>alert(1)</script><b>toi</b></p>"},
        attachment=[{"type": "Image", "mediaType": "image/png", "url": "http://b/1.png"}],
    )

    assert await house.take(bob, bob.create(note)) == 202

    post = await house.post_at(note["id"])
    assert post.visibility is Visibility.PUBLIC
    assert "script" not in post.content and "Bonjour" in post.content
    assert (post.language, post.url) == ("fr", note["url"])
    assert post.attachments[0]["url"] == "http://b/1.png"
    assert (await house.one(PostTag)).tag == "doctoctoc"
    assert await house.home(alice) == [post.id]
    assert await house.all(Notification) == []


async def test_B01_an_embedded_object_of_another_host_is_not_believed(house, database, alice):
    with FakeRemote("v") as victims, FakeRemote("evil") as evil:
        for other in (victims, evil):
            await list_peer(database, other)
        evil.mount(house.app)
        victim, mallory = victims.person("victim"), evil.person("mallory")
        await house.follows(alice, await house.known(mallory))
        honest = victim.note("<p>true</p>")
        forged = {**honest, "content": "<p>forged</p>"}

        async with house.nothing_changes():
            for author in (victim.uri, mallory.uri):
                note = {**forged, "attributedTo": author}
                assert await house.take(mallory, mallory.create(note)) == 202


async def test_B02_a_post_attributed_to_somebody_else_is_refused(house, remote, alice, bob):
    mallory = remote.person("mallory")
    await house.follows(alice, await house.known(mallory))
    await house.follows(alice, await house.known(bob))

    async with house.nothing_changes():
        note = mallory.note(attributedTo=bob.uri)
        assert await house.take(mallory, mallory.create(note)) == 202
        assert (await house.outcome())[0] == "rejected"


async def test_B03_a_post_attributed_to_several_is_refused(house, remote, alice, bob):
    mallory = remote.person("mallory")
    await house.follows(alice, await house.known(mallory))

    async with house.nothing_changes():
        note = mallory.note(attributedTo=[mallory.uri, bob.uri])
        assert await house.take(mallory, mallory.create(note)) == 202
        assert (await house.outcome())[0] == "rejected"


@pytest.mark.parametrize("uri", [None, "", "posts/1", ["http://b/1"], "http://b:99999/1"])
async def test_B04_a_post_without_a_usable_id_is_refused(house, alice, bob, uri):
    await house.follows(alice, await house.known(bob))
    note = bob.note() | {"id": uri}

    async with house.nothing_changes():
        assert await house.take(bob, bob.create(note)) == 202


async def test_B10_an_id_of_ours_is_never_taken_over(house, alice, bob):
    await house.follows(alice, await house.known(bob))
    ours = await _local_post(house, alice, content="<p>ours</p>")

    async with house.nothing_changes():
        note = bob.note() | {"id": ours.uri}
        assert await house.take(bob, bob.create(note)) == 202
        assert (await house.outcome())[0] == "rejected"


async def test_B11_a_known_post_of_another_author_stays_as_it_is(house, remote, alice, bob):
    mallory = remote.person("mallory")
    for actor in (bob, mallory):
        await house.follows(alice, await house.known(actor))
    note = bob.note("<p>bob's</p>")
    await house.take(bob, bob.create(note))

    async with house.nothing_changes():
        stolen = {**note, "attributedTo": mallory.uri, "content": "<p>stolen</p>"}
        assert await house.take(mallory, mallory.create(stolen)) == 202
        assert (await house.outcome())[0] == "rejected"


async def test_B44_without_an_audience_it_is_for_whom_it_was_brought_to(house, alice, bob):
    note = bob.note(to=None, cc=None)
    del note["to"], note["cc"]

    await house.take(bob, bob.create(note, to=None, cc=None), inbox=house.inbox_of(alice))

    post = await house.post_at(note["id"])
    assert post.visibility is Visibility.MENTIONED
    assert (await house.one(Mention)).actor_id == alice.id
    assert await _sees(house, alice, post)


async def test_B44_and_for_nobody_at_the_shared_inbox(house, alice, bob):
    dave = await house.local("dave")
    await house.follows(dave, await house.known(bob))
    note = bob.note(to=None, cc=None)
    del note["to"], note["cc"]

    await house.take(bob, bob.create(note, to=None, cc=None))

    post = await house.post_at(note["id"])
    assert post.visibility is Visibility.MENTIONED
    assert not await _sees(house, dave, post)


@pytest.mark.parametrize("name", ["as:Public", "Public", PUBLIC])
async def test_B44_public_has_three_spellings(house, alice, bob, name):
    await house.follows(alice, await house.known(bob))
    note = bob.note(to=name, cc=None)

    await house.take(bob, bob.create(note))

    assert (await house.post_at(note["id"])).visibility is Visibility.PUBLIC


async def test_B45_bto_and_bcc_are_not_kept(house, alice, bob):
    dave = await house.local("dave")
    await house.follows(alice, await house.known(bob))
    note = bob.note(bto=[dave.uri], bcc=[dave.uri])

    await house.take(bob, bob.create(note, bto=[dave.uri]))

    assert await house.all(Mention) == []
    post = await house.post_at(note["id"])
    assert dave.uri not in [*post.to_uris, *post.cc_uris]


async def test_B46_what_concerns_nobody_here_is_not_kept(house, alice, bob):
    async with house.nothing_changes():
        assert await house.take(bob, bob.create(bob.note())) == 202
        assert (await house.outcome())[0] == "ignored"


async def test_B47_a_private_post_is_not_seen_by_whom_it_was_brought_to(house, alice, bob):
    dave = await house.local("dave")
    note = bob.note(**_naming(dave))

    await house.take(bob, bob.create(note), inbox=house.inbox_of(alice))

    post = await house.post_at(note["id"])
    assert await _sees(house, dave, post)
    assert not await _sees(house, alice, post)
    assert (await house.one(Notification)).owner_id == dave.id


async def test_B48_a_mention_counts_for_those_addressed(house, alice, bob):
    dave = await house.local("dave")
    note = bob.note(**_naming(alice, dave) | {"to": [alice.uri]})

    await house.take(bob, bob.create(note))

    told = await house.one(Notification)
    assert (told.owner_id, told.kind) == (alice.id, Kind.MENTION)


async def test_addressed_without_being_named_is_silent(house, alice, bob):
    note = bob.note(**_naming(alice, tag=False))

    await house.take(bob, bob.create(note))

    assert (await house.one(Mention)).silent
    assert await _sees(house, alice, await house.post_at(note["id"]))
    assert await house.all(Notification) == []


async def test_B49_answering_what_one_cannot_see_shows_nothing(house, alice, bob):
    dave = await house.local("dave")
    await house.follows(dave, await house.known(bob))
    secret = await _local_post(house, alice, Visibility.MENTIONED)
    note = bob.note(inReplyTo=secret.uri, context=house.uris.context(secret.id))

    await house.take(bob, bob.create(note))

    reply = await house.post_at(note["id"])
    assert (reply.in_reply_to_id, reply.in_reply_to_uri, reply.context_uri) == (None, None, None)
    assert reply.thread_id == reply.id
    assert (await house.post_at(secret.uri)).replies_count == 0


async def test_a_reply_joins_its_thread_and_tells_the_author(house, alice, bob):
    parent = await _local_post(house, alice)
    note = bob.note(inReplyTo=parent.uri, **_naming(alice) | {"to": [PUBLIC], "cc": [alice.uri]})

    await house.take(bob, bob.create(note))

    reply = await house.post_at(note["id"])
    assert (reply.in_reply_to_id, reply.thread_id) == (parent.id, parent.id)
    assert (await house.post_at(parent.uri)).replies_count == 1
    assert (await house.one(Notification)).owner_id == alice.id


async def test_what_a_reply_answers_is_fetched(house, remote, alice, bob):
    carol = remote.person("carol")
    await house.follows(alice, await house.known(bob))
    root = carol.note("<p>root</p>")
    parent = carol.note("<p>parent</p>", inReplyTo=root["id"])
    note = bob.note(inReplyTo=parent["id"])

    await house.take(bob, bob.create(note))

    reply, top = await house.post_at(note["id"]), await house.post_at(root["id"])
    assert reply.thread_id == top.id
    assert await house.home(alice) == []


async def test_a_reply_to_what_cannot_be_had_is_kept(house, remote, alice, bob):
    await house.follows(alice, await house.known(bob))
    uri = f"{remote.base_url}/users/carol/posts/1"
    remote.script(uri, status=500)

    await house.take(bob, bob.create(bob.note(inReplyTo=uri)))

    assert (await house.one(Post)).in_reply_to_uri == uri


async def test_a_post_named_only_by_its_id_is_fetched(house, remote, alice, bob):
    await house.follows(alice, await house.known(bob))
    note = bob.note("<p>there</p>")

    await house.take(bob, bob.activity("Create", note["id"]))

    assert (await house.post_at(note["id"])).content == "<p>there</p>"


@pytest.mark.parametrize("published", ["0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "-1", None])
async def test_C10_dates_are_clamped_to_now(house, alice, bob, published):
    await house.follows(alice, await house.known(bob))
    note = bob.note(published=published)

    await house.take(bob, bob.create(note))

    post = await house.post_at(note["id"])
    assert abs((now() - post.created_at).total_seconds()) < 60
    assert abs((now() - time_of(post.id)).total_seconds()) < 60


async def test_a_post_to_verified_doctors_by_one_is_kept(house, alice, bob):
    dave = await house.local("dave")
    await house.known(bob, doctor=True)
    note = bob.doctors_note()

    await house.take(bob, bob.create(note))

    post = await house.post_at(note["id"])
    assert post.visibility is Visibility.DOCTORS
    assert await _sees(house, alice, post)
    assert not await _sees(house, dave, post)


async def test_the_badge_is_looked_for_when_it_decides(house, alice, bob):
    bob.credential()
    note = bob.doctors_note()

    await house.take(bob, bob.create(note))

    assert await house.outcome() == ("handled", None)
    assert (await house.post_at(note["id"])).visibility is Visibility.DOCTORS


async def test_a_badge_that_was_given_meanwhile_is_found(house, alice, bob):
    await house.known(bob)
    bob.credential()
    clock.shift(timedelta(minutes=10))
    note = bob.doctors_note()

    await house.take(bob, bob.create(note))

    assert (await house.post_at(note["id"])).visibility is Visibility.DOCTORS


async def test_a_post_to_verified_doctors_by_somebody_else_is_dropped(house, alice, bob):
    actor = await house.known(bob)
    async with house.database.transaction() as session:
        await give_badge(session, actor, is_doctor=False)

    async with house.nothing_changes():
        assert await house.take(bob, bob.create(bob.doctors_note())) == 202

    outcome, reason = await house.outcome()
    assert outcome == "rejected"
    assert "badge" in reason


async def test_a_social_host_does_not_write_to_the_verified_doctors(house, database, alice):
    with FakeRemote("s") as social:
        await list_peer(database, social, PeerClass.SOCIAL)
        social.mount(house.app)
        carol = social.person("carol")
        await house.known(carol, doctor=True)

        async with house.nothing_changes():
            assert await house.take(carol, carol.create(carol.doctors_note())) == 202

    outcome, reason = await house.outcome()
    assert outcome == "rejected"
    assert "social" in reason


async def test_a_reply_wider_than_its_parent_is_kept_with_its_audience(house, alice, bob):
    parent = await _local_post(house, alice, Visibility.DOCTORS, clinical=True)
    await house.known(bob, doctor=True)
    dave = await house.local("dave")
    note = bob.note(inReplyTo=parent.uri, to=[PUBLIC])

    await house.take(bob, bob.create(note))

    reply = await house.post_at(note["id"])
    assert reply.visibility is Visibility.DOCTORS
    assert reply.clinical
    assert not await _sees(house, dave, reply)


async def test_a_post_fetched_before_it_was_sent_is_shown_all_the_same(house, alice, bob):
    await house.follows(alice, await house.known(bob))
    parent = bob.note(**_naming(alice) | {"to": [PUBLIC], "cc": [alice.uri]})
    await house.take(bob, bob.create(bob.note(inReplyTo=parent["id"])))
    known = await house.post_at(parent["id"])
    assert known.id not in await house.home(alice)

    await house.take(bob, bob.create(parent))
    await house.take(bob, bob.create(parent))

    assert known.id in await house.home(alice)
    assert len(await house.all(Notification)) == 1


async def test_a_temporary_failure_is_tried_again(house, remote, alice, bob):
    await house.follows(alice, await house.known(bob))
    note = bob.note()
    remote.script(note["id"], status=503, times=1)
    await house.take(bob, bob.activity("Create", note["id"]))
    assert await house.post_at(note["id"]) is None
    assert (await house.one(InboxActivity)).processed_at is None

    clock.shift((await house.one(InboxActivity)).due_at - now())
    await house.process()

    assert await house.post_at(note["id"]) is not None
