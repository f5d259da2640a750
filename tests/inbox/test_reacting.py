"""Emojis and dislikes, in the spellings of all servers: kept, shown or not, taken back."""

from __future__ import annotations

import pytest
from sqlmodel import col

from actors.blocks import save_block
from moderation.models import Peer
from moderation.queries import save_peer
from notifications.models import Kind, Notification
from posts.models import Like, Post, Reaction, ReactionKind, Visibility
from posts.reactions import MAX_PER_ACTOR, list_reactions
from posts.visibility import ANONYMOUS, viewer_of

PRIVATE = [Visibility.FOLLOWERS, Visibility.MENTIONED, Visibility.LOCAL, Visibility.DOCTORS]


async def _local_post(house, author, visibility=Visibility.PUBLIC) -> Post:
    post = Post(uri="", author_id=author.id, visibility=visibility)
    post.uri = house.uris.post(author.username, post.id)
    async with house.database.transaction() as session:
        session.add(post)
    return post


async def _shown(house, post, viewer=ANONYMOUS) -> list[tuple[str, int, bool]]:
    async with house.database.read() as session:
        found = (await list_reactions(session, [post.id], viewer)).get(post.id, [])
    return [(one.name, one.count, one.is_mine) for one in found]


async def test_an_emoji_is_kept_once_and_nobody_is_told(house, alice, bob):
    post = await _local_post(house, alice)

    for _ in range(2):
        await house.take(bob, bob.activity("EmojiReact", post.uri, content="🔥"))

    assert await _shown(house, post) == [("🔥", 1, False)]
    assert await house.all(Notification) == []
    assert (await house.post_at(post.uri)).likes_count == 0


@pytest.mark.parametrize("said", [{"content": "👍"}, {"_misskey_reaction": "👍"}])
async def test_misskeys_like_with_an_emoji_is_an_emoji(house, alice, bob, said):
    post = await _local_post(house, alice)

    await house.take(bob, bob.activity("Like", post.uri, **said))

    assert await _shown(house, post) == [("👍", 1, False)]
    assert await house.all(Like) == []


@pytest.mark.parametrize("heart", ["❤", "❤️", "a word"])
async def test_a_like_with_a_heart_or_with_words_is_a_like(house, alice, bob, heart):
    post = await _local_post(house, alice)

    await house.take(bob, bob.activity("Like", post.uri, content=heart, _misskey_reaction=heart))

    assert (await house.one(Notification)).kind == Kind.LIKE
    assert await house.all(Reaction) == []


def _custom(name: str) -> dict:
    icon = {"type": "Image", "url": "https://media.example/cat.png"}
    return {"content": name, "tag": [{"type": "Emoji", "id": None, "name": name, "icon": icon}]}


async def test_a_custom_emoji_comes_with_its_picture(house, alice, bob):
    post = await _local_post(house, alice)

    await house.take(bob, bob.activity("Like", post.uri, **_custom(":blobcat:")))

    reaction = await house.one(Reaction)
    assert (reaction.name, reaction.icon_url) == (":blobcat:", "https://media.example/cat.png")


async def test_pictures_of_a_host_whose_media_are_not_taken_are_not_kept(house, alice, bob):
    post = await _local_post(house, alice)
    await house.known(bob)
    async with house.database.transaction() as session:
        peer = await session.get_one(Peer, bob.remote.host)
        peer.rejects_media = True
        await save_peer(session, peer)

    await house.take(bob, bob.activity("Like", post.uri, **_custom(":blobcat:")))

    assert (await house.one(Reaction)).icon_url is None


@pytest.mark.parametrize("content", ["~", "nonsense", "<b>x</b>", None, "👍👍"])
async def test_what_is_no_emoji_is_not_kept(house, alice, bob, content):
    post = await _local_post(house, alice)

    async with house.nothing_changes():
        await house.take(bob, bob.activity("EmojiReact", post.uri, content=content))


async def test_there_is_an_end_to_the_emojis_of_one_actor(house, alice, bob):
    post = await _local_post(house, alice)

    for number in range(MAX_PER_ACTOR + 2):
        await house.take(bob, bob.activity("EmojiReact", post.uri, content=chr(0x1F600 + number)))

    assert len(await house.all(Reaction)) == MAX_PER_ACTOR


async def test_a_dislike_is_kept_and_never_shown(house, alice, bob):
    post = await _local_post(house, alice)

    await house.take(bob, bob.activity("Dislike", post.uri))

    assert (await house.one(Reaction)).kind is ReactionKind.DISLIKE
    assert await _shown(house, post) == []
    assert await house.all(Notification) == []


async def test_lemmys_votes_take_each_others_place(house, alice, bob):
    post = await _local_post(house, alice)

    await house.take(bob, bob.activity("Like", post.uri))
    await house.take(bob, bob.activity("Dislike", post.uri))
    assert (await house.post_at(post.uri)).likes_count == 0
    assert await house.all(Notification) == []
    await house.take(bob, bob.activity("Like", post.uri))

    assert (await house.post_at(post.uri)).likes_count == 1
    assert await house.all(Reaction) == []


@pytest.mark.parametrize("kind", ["EmojiReact", "Dislike"])
@pytest.mark.parametrize("visibility", PRIVATE)
async def test_B35_what_the_sender_cannot_see_gets_no_reaction(
    house, alice, bob, visibility, kind
):
    post = await _local_post(house, alice, visibility)

    async with house.nothing_changes():
        assert await house.take(bob, bob.activity(kind, post.uri, content="👍")) == 202


def _named(activity) -> dict:
    return activity


def _by_id(activity) -> str:
    return activity["id"]


@pytest.mark.parametrize("undone", [_named, _by_id])
@pytest.mark.parametrize(
    ("kind", "said"), [("EmojiReact", "👍"), ("Like", "👍"), ("Dislike", None)]
)
async def test_a_reaction_is_taken_back(house, alice, bob, kind, said, undone):
    post = await _local_post(house, alice)
    activity = bob.activity(kind, post.uri, content=said)
    await house.take(bob, activity)

    await house.take(bob, bob.activity("Undo", undone(activity)))

    assert await house.all(Reaction) == []


async def test_lemmys_undo_of_a_like_takes_a_dislike_back(house, alice, bob):
    post = await _local_post(house, alice)
    await house.take(bob, bob.activity("Dislike", post.uri))

    await house.take(bob, bob.undo(bob.activity("Like", post.uri)))

    assert await house.all(Reaction) == []


async def test_B22_nobody_takes_anothers_reaction_back(house, remote, alice, bob):
    post = await _local_post(house, alice)
    said = [
        bob.activity("EmojiReact", post.uri, content="👍"), bob.activity("Dislike", post.uri)
    ]  # fmt: skip
    for activity in said:
        await house.take(bob, activity)
    mallory = remote.person("mallory")
    await house.known(mallory)

    async with house.nothing_changes():
        for activity in said:
            await house.take(mallory, mallory.undo(activity))
            await house.take(mallory, mallory.activity("Undo", activity["id"]))
            await house.take(mallory, mallory.undo({**activity, "actor": mallory.uri}))


async def test_emojis_of_whom_one_blocks_do_not_count_for_oneself(house, alice, bob):
    post = await _local_post(house, alice)
    await house.take(bob, bob.activity("EmojiReact", post.uri, content="🔥"))
    dave = await house.local("dave")
    async with house.database.transaction() as session:
        await save_block(session, dave, await house.known(bob), uri=f"{dave.uri}/activities/1")
        eyes = await viewer_of(session, dave.id)

    assert await _shown(house, post, eyes) == []
    assert len(await _shown(house, post)) == 1


async def test_reactions_go_with_the_post_and_with_who_gave_them(house, alice, bob, remote):
    carol = remote.person("carol")
    note = carol.note()
    await house.follows(alice, await house.known(carol))
    await house.take(carol, carol.create(note))
    ours = await _local_post(house, alice)
    for uri in (note["id"], ours.uri):
        await house.take(bob, bob.activity("EmojiReact", uri, content="🔥"))
    assert len(await house.all(Reaction)) == 2

    await house.take(carol, carol.activity("Delete", note["id"]))
    assert (await house.one(Reaction)).post_id == ours.id
    await house.take(bob, bob.activity("Delete", bob.uri))
    await house.do_jobs()

    assert await house.all(Reaction, col(Reaction.post_id) == ours.id) == []
