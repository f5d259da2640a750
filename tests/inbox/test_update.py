"""Update: only one's own, only what is newer, never for more people than before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col

from actors.models import Actor, ActorKey
from actors.queries import delete_badge
from core.clock import now, wire_time
from db.jobs import Job
from fakes.actor import PUBLIC
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from media.copies import key_of
from media.models import RemoteMedia
from notifications.models import Kind, Notification
from posts.models import Mention, Post, PostEdit, Visibility


async def _written(house, alice, bob, **more) -> dict:
    """A post by bob, whom alice follows."""
    await house.follows(alice, await house.known(bob))
    note = bob.note("<p>one</p>", published=_ago(minutes=10), **more)
    await house.take(bob, bob.create(note))
    return note


def _ago(**ago: float) -> str:
    return wire_time(now() - timedelta(**ago))


def _edited(note: dict, content: str = "<p>two</p>", **more: object) -> dict:
    return {**note, "content": content, "updated": _ago(minutes=5), **more}


async def test_an_edit_is_taken_over(house, alice, bob):
    note = await _written(house, alice, bob)

    await house.take(bob, bob.activity("Update", _edited(note, summary="CW", sensitive=True)))

    post = await house.post_at(note["id"])
    assert (post.content, post.content_warning, post.sensitive) == ("<p>two</p>", "CW", True)
    assert post.edited_at is not None
    assert await house.home(alice) == [post.id]


async def test_who_passed_it_on_is_told_of_an_edit(house, alice, bob):
    note = await _written(house, alice, bob)
    post = await house.post_at(note["id"])
    async with house.database.transaction() as session:
        boost = Post(uri=f"{alice.uri}/boosts/1", author_id=alice.id, visibility="public")
        boost.boost_of_id = post.id
        session.add(boost)

    await house.take(bob, bob.activity("Update", _edited(note)))

    assert (await house.one(Notification)).kind == Kind.UPDATE


async def test_B12_nobody_edits_anothers_post(house, remote, alice, bob):
    note = await _written(house, alice, bob)
    mallory = remote.person("mallory")

    async with house.nothing_changes():
        for edited in (_edited(note), _edited(note, attributedTo=mallory.uri)):
            assert await house.take(mallory, mallory.activity("Update", edited)) == 202
            assert (await house.outcome())[0] == "rejected"


async def test_B12_nor_from_another_host(house, database, alice, bob):
    note = await _written(house, alice, bob)
    with FakeRemote("evil") as evil:
        await list_peer(database, evil)
        evil.mount(house.app)
        mallory = evil.person("mallory")

        async with house.nothing_changes():
            assert await house.take(mallory, mallory.activity("Update", _edited(note))) == 202
            assert (await house.outcome())[0] == "rejected"


async def test_B13_nobody_updates_another_actor(house, remote, alice, bob):
    mallory = remote.person("mallory")
    await house.known(bob)
    keys = await house.all(ActorKey)
    forged = {**bob.document(), "publicKey": {**bob.document()["publicKey"], "publicKeyPem": "x"}}

    async with house.nothing_changes():
        assert await house.take(mallory, mallory.activity("Update", forged)) == 202
        assert (await house.outcome())[0] == "rejected"

    assert {key.public_key for key in keys} <= {k.public_key for k in await house.all(ActorKey)}


async def test_an_actor_is_fetched_anew_and_its_badge_looked_at(house, remote, alice, bob):
    await house.follows(alice, await house.known(bob))
    bob.properties["name"] = "Dr Bob, cardiologue"
    embedded = bob.document() | {"name": "forged on the way"}

    await house.take(bob, bob.activity("Update", embedded))

    assert (await house.one(Actor, col(Actor.uri) == bob.uri)).name == "Dr Bob, cardiologue"
    owed = {job.kind for job in await house.all(Job)}
    assert owed == {"check credential", "index doctor"}


async def test_B14_an_older_edit_is_ignored(house, alice, bob):
    note = await _written(house, alice, bob)
    await house.take(bob, bob.activity("Update", _edited(note)))

    async with house.nothing_changes():
        older = _edited(note, "<p>older</p>", updated=_ago(minutes=7))
        assert await house.take(bob, bob.activity("Update", older)) == 202


@pytest.mark.parametrize("updated", ["9999-12-31T00:00:00Z", "2031-01-01T00:00:00Z", None])
async def test_B14_a_date_ahead_of_us_keeps_nobody_out(house, alice, bob, updated):
    note = await _written(house, alice, bob)
    await house.take(bob, bob.activity("Update", _edited(note, updated=updated)))

    later = _edited(note, "<p>three</p>", updated=wire_time(now() + timedelta(seconds=2)))
    await house.take(bob, bob.activity("Update", later))

    assert (await house.post_at(note["id"])).content == "<p>three</p>"


async def test_B15_an_update_before_its_create_is_taken_in_once(house, alice, bob):
    await house.follows(alice, await house.known(bob))
    note = bob.note("<p>one</p>", published=_ago(minutes=10))
    await house.take(bob, bob.activity("Update", _edited(note)))

    await house.take(bob, bob.create(note))

    assert (await house.one(Post)).content == "<p>two</p>"


async def test_B16_an_edit_reaches_nobody_new(house, alice, bob):
    dave = await house.local("dave")
    note = await _written(house, alice, bob, to=[bob.followers], cc=[])

    named = {"type": "Mention", "href": dave.uri, "name": "@dave"}
    wider = _edited(note, to=[PUBLIC], cc=[dave.uri], tag=[named])
    await house.take(bob, bob.activity("Update", wider))

    post = await house.post_at(note["id"])
    assert (post.content, post.visibility) == ("<p>two</p>", Visibility.FOLLOWERS)
    assert await house.all(Notification) == []
    assert await house.all(Mention) == []


async def test_an_edit_for_fewer_is_not_shown_to_everybody(house, alice, bob):
    note = await _written(house, alice, bob, to=[PUBLIC], cc=[])

    async with house.nothing_changes():
        narrower = _edited(note, to=[bob.followers], cc=[])
        assert await house.take(bob, bob.activity("Update", narrower)) == 202


@pytest.mark.parametrize("kind", ["Person", "Collection", "Question", "Whatever"])
async def test_B17_a_post_stays_what_it_is(house, alice, bob, kind):
    note = await _written(house, alice, bob)

    async with house.nothing_changes():
        assert await house.take(bob, bob.activity("Update", _edited(note, type=kind))) == 202


async def test_an_edit_that_changes_nothing_is_no_edit(house, alice, bob):
    note = await _written(house, alice, bob)

    async with house.nothing_changes():
        await house.take(bob, bob.activity("Update", _edited(note, "<p>one</p>")))


async def test_what_was_deleted_is_not_edited(house, alice, bob):
    note = await _written(house, alice, bob)
    await house.take(bob, bob.activity("Delete", note["id"]))

    async with house.nothing_changes():
        await house.take(bob, bob.activity("Update", _edited(note)))


async def test_a_post_that_becomes_clinical_takes_its_answers_with_it(house, alice, bob):
    note = await _written(house, alice, bob)
    answer = bob.note(inReplyTo=note["id"])
    deeper = bob.note(inReplyTo=answer["id"])
    for reply in (answer, deeper):
        await house.take(bob, bob.create(reply))

    # Nothing else reads otherwise.
    await house.take(bob, bob.activity("Update", {**note, "clinical": True}))

    assert all(post.clinical for post in await house.all(Post))
    assert len(await house.all(Post)) == 3


async def test_who_is_no_doctor_any_more_edits_nothing_for_doctors(house, database, alice, bob):
    known = await house.known(bob, doctor=True)
    note = bob.doctors_note("<p>one</p>", published=_ago(minutes=10))
    await house.take(bob, bob.create(note))
    async with database.transaction() as session:
        await delete_badge(session, known.id)

    for edited in (_edited(note), _edited(note, to=[PUBLIC])):
        await house.take(bob, bob.activity("Update", edited))

        assert (await house.outcome())[0] == "rejected"
        assert (await house.post_at(note["id"])).content == "<p>one</p>"


async def test_a_picture_that_is_taken_out_is_in_no_wording_and_no_copy_any_more(
    house, alice, bob
):
    stays, goes = f"{bob.uri}/stays.png", f"{bob.uri}/goes.png"
    files = [{"type": "Document", "mediaType": "image/png", "url": url} for url in (stays, goes)]
    note = await _written(house, alice, bob, attachment=files)
    async with house.database.transaction() as session:
        for url in (stays, goes):
            session.add(RemoteMedia(url_key=key_of(url), url=url, host="b.localhost:8002"))
    await house.take(bob, bob.activity("Update", _edited(note)))

    later = _edited(note, "<p>three</p>", attachment=files[:1], updated=_ago(minutes=1))
    await house.take(bob, bob.activity("Update", later))

    wordings = await house.all(PostEdit)
    assert [one.content for one in wordings] == ["<p>one</p>", "<p>two</p>"]
    assert [[row["url"] for row in one.attachments] for one in wordings] == [[stays]] * 2
    assert [one.url for one in await house.all(RemoteMedia)] == [stays]
