"""Posts that are fetched: with their author and what they answer, believed only where they live."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from actors.models import Actor
from core.clock import now, wire_time
from core.errors import Gone, HostRefused, InvalidDocument, NotFound, ServerError, Untrusted
from core.ids import time_of
from doctors.credentials import check_actor
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from moderation.models import PeerClass
from posts.models import Post, Visibility
from posts.queries import save_tombstone
from posts.remote import MAX_DEPTH, resolve_post
from posts.save import delete_post


async def _all(database) -> list[Post]:
    async with database.read() as session:
        return list(await session.scalars(select(Post).order_by(col(Post.id))))


async def test_a_post_is_fetched_with_its_author_and_then_known(database, remote, client):
    bob = remote.person("bob")
    note = bob.note("<p>Bonjour</p>")

    post = await resolve_post(database, client, note["id"])
    again = await resolve_post(database, client, note["id"])

    assert (post.content, post.visibility) == ("<p>Bonjour</p>", Visibility.PUBLIC)
    assert again.id == post.id
    assert len(remote.gets("/users/bob/posts")) == 1
    async with database.read() as session:
        assert (await session.get(Actor, post.author_id)).uri == bob.uri


async def test_a_pages_address_leads_to_the_post(database, remote, client):
    note = remote.person("bob").note()
    remote.serve(note, at=note["url"])

    assert (await resolve_post(database, client, note["url"])).uri == note["id"]


async def test_what_it_answers_is_fetched_with_it(database, remote, client):
    bob = remote.person("bob")
    root = bob.note("<p>0</p>")
    middle = bob.note("<p>1</p>", inReplyTo=root["id"])
    note = bob.note("<p>2</p>", inReplyTo=middle["id"])

    post = await resolve_post(database, client, note["id"])

    first, second, third = await _all(database)
    assert (third.id, third.in_reply_to_id, third.thread_id) == (post.id, second.id, first.id)
    assert (first.replies_count, second.replies_count) == (1, 1)


async def test_a_thread_is_climbed_only_so_far(database, remote, client):
    bob = remote.person("bob")
    note = bob.note()
    for _ in range(MAX_DEPTH + 5):
        note = bob.note(inReplyTo=note["id"])

    await resolve_post(database, client, note["id"])

    assert len(await _all(database)) == MAX_DEPTH + 1


async def test_posts_that_answer_each_other_end(database, remote, client):
    bob = remote.person("bob")
    first = bob.note()
    second = bob.note(inReplyTo=first["id"])
    first["inReplyTo"] = second["id"]

    post = await resolve_post(database, client, first["id"])

    assert post.uri == first["id"]
    assert len(await _all(database)) == 2


@pytest.mark.parametrize("status", [404, 410, 500])
async def test_a_parent_that_cannot_be_had_is_done_without(database, remote, client, status):
    bob = remote.person("bob")
    parent = bob.note()
    remote.script(parent["id"], status=status)

    post = await resolve_post(database, client, bob.note(inReplyTo=parent["id"])["id"])

    assert (post.in_reply_to_id, post.in_reply_to_uri) == (None, parent["id"])


async def test_an_author_of_another_host_is_not_believed(database, remote, client):
    with FakeRemote("v") as other:
        await list_peer(database, other)
        victim = other.person("victim")
        note = remote.person("bob").note(attributedTo=victim.uri)

        with pytest.raises(Untrusted):
            await resolve_post(database, client, note["id"])

    assert await _all(database) == []


async def test_d03_an_address_that_leads_to_another_hosts_actor_is_no_author(
    database, remote, client
):
    with FakeRemote("v") as other:
        await list_peer(database, other)
        victim = other.person("victim")
        alias = f"{remote.base_url}/users/alias"
        remote.serve(victim.document(), at=alias)
        note = remote.person("bob").note("<p>forged</p>", attributedTo=alias)

        with pytest.raises(Untrusted):
            await resolve_post(database, client, note["id"])

    assert await _all(database) == []


async def test_a_neighbours_word_that_it_was_deleted_keeps_nothing_out(database, remote, client):
    note = remote.person("bob").note()
    async with database.transaction() as session:
        await save_tombstone(session, note["id"], f"{remote.base_url}/users/mallory")

    assert (await resolve_post(database, client, note["id"])).uri == note["id"]


async def test_only_posts_are_posts(database, remote, client):
    bob = remote.person("bob")

    with pytest.raises(InvalidDocument):
        await resolve_post(database, client, bob.uri)


async def test_ours_are_never_fetched(database, remote, client):
    with pytest.raises(NotFound):
        await resolve_post(database, client, "http://a.localhost:8001/users/alice/posts/1")


async def test_hosts_that_we_do_not_talk_to_are_not_asked(database, client, remote):
    with FakeRemote("out") as out:
        note = out.person("eve").note()

        with pytest.raises(HostRefused):
            await resolve_post(database, client, note["id"])

        assert out.journal == []


async def test_what_was_deleted_stays_out(database, remote, client):
    bob = remote.person("bob")
    known, unknown = bob.note(), bob.note()
    await resolve_post(database, client, known["id"])
    async with database.transaction() as session:
        await delete_post(session, (await session.scalars(select(Post))).one())
        await save_tombstone(session, unknown["id"], bob.uri)

    for uri in (known["id"], unknown["id"]):
        with pytest.raises(Gone):
            await resolve_post(database, client, uri)


async def test_an_old_post_has_its_place_in_the_past(database, remote, client):
    written = now() - timedelta(days=400)
    note = remote.person("bob").note(published=wire_time(written))

    post = await resolve_post(database, client, note["id"])

    assert abs(time_of(post.id) - written) < timedelta(seconds=2)
    assert abs(post.created_at - written) < timedelta(seconds=2)


async def test_a_post_for_doctors_needs_a_badge(database, remote, client):
    bob = remote.person("bob")
    note = bob.doctors_note()
    with pytest.raises(Untrusted):
        await resolve_post(database, client, note["id"], check=check_actor)

    bob.credential()
    another = remote.person("carol")
    another.credential(index=8)
    found = await resolve_post(database, client, another.doctors_note()["id"], check=check_actor)

    assert found.visibility is Visibility.DOCTORS


async def test_and_a_clinical_host(database, client, remote):
    with FakeRemote("s") as social:
        await list_peer(database, social, PeerClass.SOCIAL)
        carol = social.person("carol")
        carol.credential()

        with pytest.raises(Untrusted):
            await resolve_post(database, client, carol.doctors_note()["id"], check=check_actor)


async def test_asked_for_twice_at_once_it_is_stored_once(database, remote, client):
    note = remote.person("bob").note()

    found = await asyncio.gather(
        *(resolve_post(database, client, note["id"]) for _ in range(5)), return_exceptions=True
    )

    assert not any(isinstance(one, ServerError) for one in found)
    assert len({one.id for one in found}) == 1


async def test_html_is_made_safe_and_everything_is_kept(database, remote, client):
    note = remote.person("bob").note(
        '<p onclick="x()">Hi<script>alert(1)</script></p>',
        summary="<b>CW</b>",
        url="https://elsewhere.example/phish",
        attachment=[
            {"type": "Image", "mediaType": "image/png", "url": "http://b/1.png", "name": "alt"}
        ],
        tag=[
            {"type": "Emoji", "name": ":heart:", "icon": {"type": "Image", "url": "http://b/h.png"}}
        ],
    )

    post = await resolve_post(database, client, note["id"])

    assert "script" not in post.content and "onclick" not in post.content
    assert (post.content_warning, post.sensitive) == ("CW", True)
    assert post.url == note["id"]
    assert post.attachments[0]["description"] == "alt"
    assert post.emojis == [{"name": "heart", "url": "http://b/h.png"}]
