"""What groups pass on (FEP-1b12): by who did it, proven or asked for at its origin, or dropped."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlmodel import col

from fakes.actor import PUBLIC
from moderation.models import Peer, PeerClass
from moderation.queries import save_peer
from posts.models import Like, Post, Reaction, Tombstone


@pytest.fixture
def group(remote):
    """A community of the peer, which passes on what its members do."""
    return remote.person("memes", kind="Group")


@pytest_asyncio.fixture
async def followed(house, alice, group):
    """The same community, followed by alice."""
    await house.follows(alice, await house.known(group))
    return group


def _wrap(group, deed, **more) -> dict:
    return group.activity("Announce", deed, **{"to": [PUBLIC], "cc": [group.followers], **more})


async def _local_post(house, author) -> Post:
    post = Post(uri="", author_id=author.id, visibility="public")
    post.uri = house.uris.post(author.username, post.id)
    async with house.database.transaction() as session:
        session.add(post)
    return post


async def _boosts(house) -> list[Post]:
    return await house.all(Post, col(Post.boost_of_id).is_not(None))


async def test_B34_a_wrapped_post_is_what_its_home_serves(house, alice, followed, victim):
    note = victim.note("<p>true</p>")
    create = victim.create({**note, "content": "<p>forged</p>"})

    await house.take(followed, _wrap(followed, create))

    post = await house.post_at(note["id"])
    assert post.content == "<p>true</p>"
    (boost,) = await _boosts(house)
    assert await house.home(alice) == [boost.id]


async def test_B34_a_wrapped_post_that_its_home_does_not_serve_is_dropped(
    house, elsewhere, followed, victim
):
    note = victim.note()
    elsewhere.remove(note["id"])
    stranger = {**victim.note(), "id": f"{elsewhere.base_url}/posts/1"}

    async with house.nothing_changes():
        for forged in (note, stranger, {**note, "id": None}):
            await house.take(followed, _wrap(followed, victim.create(forged)))
            assert (await house.outcome())[0] == "rejected"


async def test_B34_a_proven_create_is_not_fetched(house, elsewhere, alice, followed, victim):
    note = victim.note()
    elsewhere.remove(note["id"])

    await house.take(followed, _wrap(followed, victim.prove(victim.create(note))))

    assert (await house.post_at(note["id"])) is not None
    assert elsewhere.gets(note["id"].removeprefix(elsewhere.base_url)) == []
    assert len(await house.home(alice)) == 1


async def test_B34_a_proof_by_another_is_worth_nothing(house, elsewhere, remote, followed, victim):
    mallory, neighbour = remote.person("mallory"), elsewhere.person("neighbour")
    for actor in (mallory, neighbour):
        await house.known(actor)
    note = victim.note()
    elsewhere.remove(note["id"])
    create = victim.create({**note, "content": "<p>forged</p>"})
    changed = {**victim.prove(create), "to": ["https://changed.example"]}

    async with house.nothing_changes():
        for forged in (mallory.prove(create), neighbour.prove(create), changed):
            await house.take(followed, _wrap(followed, forged))


async def test_B34_mbins_create_under_the_groups_own_id_is_fetched(house, followed, victim):
    note = victim.note("<p>true</p>")
    create = victim.create({**note, "content": "<p>forged</p>"}, id=f"{followed.uri}/activities/1")

    await house.take(followed, _wrap(followed, victim.prove(create)))

    assert (await house.post_at(note["id"])).content == "<p>true</p>"


async def test_B34_only_a_group_wraps(house, remote, alice, victim):
    mallory = remote.person("mallory")
    await house.follows(alice, await house.known(mallory))
    note = victim.note()

    async with house.nothing_changes():
        for deed in (victim.create(note), victim.prove(victim.create(note))):
            await house.take(mallory, _wrap(mallory, deed))
            assert (await house.outcome())[0] == "rejected"


async def test_a_group_that_nobody_follows_causes_no_fetch(
    house, elsewhere, group, alice, victim
):
    note, like = victim.note(), victim.activity("Like", (await _local_post(house, alice)).uri)
    await house.known(group)

    async with house.nothing_changes():
        for deed in (victim.create(note), like, victim.prove(like)):
            await house.take(group, _wrap(group, deed))

    assert elsewhere.journal == []


async def test_lemmys_two_announces_and_the_direct_create_are_one_post_and_one_boost(
    house, alice, bob, followed, victim
):
    await house.follows(alice, await house.known(victim))
    note = victim.note()

    await house.take(followed, _wrap(followed, victim.create(note)))
    await house.take(followed, _wrap(followed, note))
    await house.take(victim, victim.create(note))
    await house.take(followed, _wrap(followed, victim.create(note)))

    assert len(await house.all(Post, col(Post.boost_of_id).is_(None))) == 1
    assert len(await _boosts(house)) == 1
    assert (await house.post_at(note["id"])).boosts_count == 1


async def test_an_answer_in_a_group_has_its_place_in_the_thread(house, alice, followed, victim):
    root = victim.note()
    answer = victim.note(inReplyTo=root["id"])

    await house.take(followed, _wrap(followed, victim.create(answer)))

    post = await house.post_at(answer["id"])
    assert post.in_reply_to_id == (await house.post_at(root["id"])).id
    assert await _boosts(house) == []


async def test_a_group_shows_what_somebody_here_wrote_in_it(house, alice, followed):
    post = await _local_post(house, alice)
    create = {
        "id": f"{alice.uri}/activities/1", "type": "Create", "actor": alice.uri,
        "object": {"id": post.uri, "type": "Note", "attributedTo": alice.uri, "content": "forged"},
    }  # fmt: skip

    await house.take(followed, _wrap(followed, create))

    assert (await house.post_at(post.uri)).content == ""
    assert (await _boosts(house))[0].boost_of_id == post.id


async def test_an_edit_in_a_group_is_what_the_home_serves(house, elsewhere, followed, victim):
    note = victim.note()
    await house.take(followed, _wrap(followed, victim.create(note)))
    elsewhere.serve({**note, "content": "<p>edited</p>", "updated": note["published"]})

    forged = {**note, "content": "<p>forged</p>", "updated": note["published"]}
    await house.take(followed, _wrap(followed, victim.activity("Update", forged)))

    assert (await house.post_at(note["id"])).content == "<p>edited</p>"


async def test_a_delete_in_a_group_is_asked_for_at_home(house, elsewhere, alice, followed, victim):
    note = victim.note()
    await house.take(followed, _wrap(followed, victim.create(note)))
    elsewhere.remove(note["id"], gone=True)

    await house.take(followed, _wrap(followed, victim.activity("Delete", note["id"])))

    assert (await house.post_at(note["id"])).deleted_at is not None
    assert await house.home(alice) == []


async def test_a_moderator_takes_a_post_out_of_the_group_only(
    house, remote, alice, followed, victim
):
    note = victim.note()
    await house.take(followed, _wrap(followed, victim.create(note)))
    moderator = remote.person("moderator")
    delete = moderator.activity("Delete", note["id"], summary="hors sujet")

    await house.take(followed, _wrap(followed, delete))

    post = await house.post_at(note["id"])
    assert (post.deleted_at, post.boosts_count) == (None, 0)
    assert await house.home(alice) == []


async def test_B34_nobody_here_loses_a_post_through_a_group(house, remote, alice, followed):
    post = await _local_post(house, alice)
    moderator = remote.person("moderator")

    async with house.nothing_changes():
        for delete in (
            moderator.activity("Delete", post.uri),
            moderator.prove(moderator.activity("Delete", post.uri)),
            moderator.activity("Delete", post.uri, actor=alice.uri),
        ):
            await house.take(followed, _wrap(followed, delete))


async def test_a_proven_delete_of_what_never_came_keeps_it_out(house, followed, victim):
    note = victim.note()
    delete = victim.prove(victim.activity("Delete", note["id"]))

    await house.take(followed, _wrap(followed, delete))

    assert (await house.one(Tombstone)).uri == note["id"]


@pytest.mark.parametrize("kind", ["Like", "Dislike", "EmojiReact"])
async def test_B34_a_wrapped_vote_counts_if_it_is_proven(house, alice, followed, victim, kind):
    post = await _local_post(house, alice)
    vote = victim.activity(kind, post.uri, content="🔥" if kind == "EmojiReact" else None)

    await house.take(followed, _wrap(followed, victim.prove(vote)))
    assert len([*await house.all(Like), *await house.all(Reaction)]) == 1
    await house.take(followed, _wrap(followed, victim.prove(victim.undo(vote))))

    assert [*await house.all(Like), *await house.all(Reaction)] == []


async def test_B34_a_vote_on_a_post_of_ours_is_asked_for_at_home(
    house, elsewhere, alice, followed, victim
):
    post = await _local_post(house, alice)
    like = elsewhere.serve(victim.activity("Like", post.uri))

    await house.take(followed, _wrap(followed, like))

    assert (await house.post_at(post.uri)).likes_count == 1


async def test_a_vote_about_no_post_of_ours_causes_no_fetch(
    house, elsewhere, alice, followed, victim
):
    like = elsewhere.serve(victim.activity("Like", house.uris.post(alice.username, 1)))

    await house.take(followed, _wrap(followed, like))

    assert elsewhere.journal == []


async def test_B34_a_vote_that_nothing_proves_is_dropped(
    house, elsewhere, remote, alice, followed, victim
):
    post = await _local_post(house, alice)
    note = victim.note()
    await house.take(followed, _wrap(followed, victim.create(note)))
    absent = victim.activity("Like", post.uri)
    undone = victim.undo(absent)
    # Their home serves something else under that id.
    other = elsewhere.person("other")
    disguised = elsewhere.serve(other.activity("Like", post.uri))
    at_the_group = remote.serve(victim.activity("Like", post.uri, id=f"{followed.uri}/likes/1"))

    async with house.nothing_changes():
        for vote in (
            absent, undone, {**disguised, "actor": victim.uri}, at_the_group,
            {**absent, "id": None}, victim.activity("Like", note["id"]),
        ):  # fmt: skip
            await house.take(followed, _wrap(followed, vote))
            assert (await house.outcome())[0] == "rejected"


async def test_piefeds_list_is_done_one_by_one(house, alice, followed, victim):
    post = await _local_post(house, alice)
    first, second = victim.note(), victim.note()
    deeds = [
        victim.activity("Like", post.uri),
        victim.create(first),
        victim.prove(victim.activity("Like", post.uri)),
        victim.create(second),
        "nonsense",
    ]

    await house.take(followed, _wrap(followed, deeds))

    assert (await house.outcome())[0] == "handled"
    assert (await house.post_at(post.uri)).likes_count == 1
    assert len(await _boosts(house)) == 2


async def test_what_a_group_may_not_say_for_others_does_nothing(
    house, remote, alice, followed, victim
):
    await house.known(victim)
    deeds = [
        victim.follow(alice.uri),
        victim.activity("Block", alice.uri),
        victim.activity("Add", victim.uri, target=f"{followed.uri}/moderators"),
        victim.activity("Flag", alice.uri),
        _wrap(followed, victim.create(victim.note())),
        victim.activity("Undo", victim.activity("Delete", alice.uri)),
        victim.activity("Dance", alice.uri),
    ]

    async with house.nothing_changes():
        for deed in deeds:
            for wrapped in (deed, victim.prove(deed)):
                assert await house.take(followed, _wrap(followed, wrapped)) == 202
                assert (await house.outcome())[0] in {"ignored", "rejected"}


@pytest.mark.parametrize("peer_class", [PeerClass.BLOCKED, PeerClass.UNKNOWN])
async def test_the_policy_holds_for_who_is_wrapped_too(
    house, elsewhere, database, followed, victim, peer_class
):
    note = victim.note()
    deed = victim.prove(victim.create(note))
    async with database.transaction() as session:
        await save_peer(session, Peer(host=elsewhere.host, peer_class=peer_class))

    async with house.nothing_changes():
        await house.take(followed, _wrap(followed, deed))
        await house.take(followed, _wrap(followed, note))

    assert elsewhere.journal == []


async def test_what_a_held_host_says_through_a_group_waits(
    house, elsewhere, database, followed, victim
):
    async with database.transaction() as session:
        peer = await session.get_one(Peer, elsewhere.host)
        peer.holds = True
        await save_peer(session, peer)

    async with house.nothing_changes():
        await house.take(followed, _wrap(followed, victim.prove(victim.create(victim.note()))))

        assert (await house.outcome())[0] == "held"
