"""What is taken of a host's posts and people: its media or none, and behind a warning or not."""

from __future__ import annotations

import pytest

from actors.remote import refresh_actor, resolve_actor
from fakes.actor import FakeActor
from moderation.policy import FORCED_WARNING
from moderation.queries import find_peer
from posts.models import Post
from posts.remote import resolve_post

PICTURE = "https://media.example/heart.png"
SMILE = {"type": "Emoji", "name": ":smile:", "icon": {"type": "Image", "url": PICTURE}}


@pytest.fixture
def bob(remote) -> FakeActor:
    icon = {"type": "Image", "url": PICTURE}
    return remote.person("bob", icon=icon, image=icon, tag=[SMILE])


async def _decide(database, remote, **values) -> None:
    async with database.transaction() as session:
        peer = await find_peer(session, remote.host)
        for name, value in values.items():
            setattr(peer, name, value)


async def _fetched(database, client, bob, **more) -> Post:
    image = {"type": "Image", "mediaType": "image/png", "url": PICTURE, "name": "a heart"}
    note = bob.note(attachment=[image], tag=[SMILE], **more)
    return await resolve_post(database, client, note["id"])


async def test_media_and_emojis_of_a_host_are_taken_or_not(database, client, remote, bob):
    usual = await _fetched(database, client, bob)
    await _decide(database, remote, rejects_media=True)

    restricted = await _fetched(database, client, bob)

    assert (len(usual.attachments), len(usual.emojis)) == (1, 1)
    assert (restricted.attachments, restricted.emojis) == ([], [])
    assert restricted.content == usual.content


async def test_so_are_the_pictures_of_its_people(database, client, remote, bob):
    usual = await resolve_actor(database, client, bob.uri)
    assert (usual.avatar_url, usual.header_url) == (PICTURE, PICTURE)
    assert [emoji["name"] for emoji in usual.emojis] == ["smile"]
    await _decide(database, remote, rejects_media=True)

    restricted = await refresh_actor(database, client, bob.uri)

    assert (restricted.avatar_url, restricted.header_url) == (None, None)
    assert restricted.emojis == []


async def test_posts_get_a_warning_where_they_have_none(database, client, remote, bob):
    await _decide(database, remote, forces_warning=True)

    bare = await _fetched(database, client, bob)
    warned = await _fetched(database, client, bob, summary="blood")

    assert (bare.sensitive, bare.content_warning) == (True, FORCED_WARNING)
    assert (warned.sensitive, warned.content_warning) == (True, "blood")
