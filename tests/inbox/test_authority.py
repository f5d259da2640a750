"""Whose word it is (FEP-fe34): two authors, borrowed threads, borrowed names, what comes later."""

from __future__ import annotations

import json

import pytest
from sqlmodel import col

from actors.models import Actor, ActorKey, Follow
from actors.queries import find_actor_by_handle
from actors.remote import refresh_actor
from core.errors import Untrusted
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from inbox.dispatch import IGNORED
from posts.models import Post, Visibility
from posts.threads import list_descendants
from posts.visibility import viewer_of
from writing import write


@pytest.fixture
def mallory(remote):
    return remote.person("mallory")


async def test_B05_a_post_that_names_two_authors_is_refused(
    house, database, remote, alice, mallory
):
    await house.follows(alice, await house.known(mallory))
    with FakeRemote("v") as other:
        await list_peer(database, other)
        victims = [other.person("victim"), remote.person("neighbour"), alice]

        async with house.nothing_changes():
            for victim in victims:
                note = mallory.note(actor=victim.uri)
                assert await house.take(mallory, mallory.create(note)) == 202
                note = mallory.note(attributedTo=victim.uri, actor=mallory.uri)
                assert await house.take(mallory, mallory.create(note)) == 202


async def test_pleromas_posts_name_their_author_twice(house, alice, bob):
    await house.follows(alice, await house.known(bob))
    note = bob.note(actor=bob.uri)

    await house.take(bob, bob.create(note))

    assert await house.post_at(note["id"]) is not None


@pytest.mark.parametrize("kind", sorted(IGNORED))
async def test_what_is_left_for_later_is_ignored_cleanly(house, alice, bob, kind):
    await house.known(bob)

    async with house.nothing_changes():
        for about in (alice.uri, bob.uri, {"type": "Event", "id": f"{bob.uri}/events/1"}):
            assert await house.take(bob, bob.activity(kind, about)) == 202
            outcome, reason = await house.outcome()
            assert outcome == "ignored" and reason == f"{kind} {IGNORED[kind]}"


async def test_B37_nobody_moves_yet(house, remote, alice, bob):
    """A Move waits for its issue: with and without a way back, to here, in chains, again."""
    carol = remote.person("carol", alsoKnownAs=[bob.uri])
    dave = remote.person("dave")
    await house.follows(alice, await house.known(bob))

    async with house.nothing_changes():
        for target in (dave.uri, carol.uri, alice.uri, bob.uri):
            assert await house.take(bob, bob.activity("Move", bob.uri, target=target)) == 202
        chain = [remote.person(f"moved{number}") for number in range(3)]
        for one, following in zip(chain, chain[1:], strict=False):
            await house.take(one, one.activity("Move", one.uri, target=following.uri))
        # Nor in another's name.
        await house.take(dave, dave.activity("Move", bob.uri, target=dave.uri))


@pytest.mark.parametrize("word", ["context", "conversation"])
async def test_B50_a_private_thread_of_ours_is_not_joined_by_naming_it(house, alice, bob, word):
    await house.follows(alice, await house.known(bob))
    async with house.database.transaction() as session:
        private = await write(session, alice, Visibility.MENTIONED, mentioned=[alice])
        private.context_uri = house.uris.context(private.id)
    note = bob.note(**{word: private.context_uri})

    await house.take(bob, bob.create(note))

    post = await house.post_at(note["id"])
    assert (post.context_uri, post.thread_id) == (None, post.id)
    async with house.database.read() as session:
        eyes = await viewer_of(session, alice.id)
        assert await list_descendants(session, eyes, private) == []


async def test_B53_a_property_under_two_names_has_one_meaning(house, remote, alice, mallory, bob):
    await house.known(bob)
    follow = mallory.follow(alice.uri)
    expanded = "https://www.w3.org/ns/activitystreams#actor"

    async with house.nothing_changes():
        # Signed by mallory, said to be bob's under the other name.
        only = {**follow, "as:actor": bob.uri}
        del only["actor"]
        assert await house.take(mallory, only) == 401
        del only["as:actor"]
        assert await house.take(mallory, {**only, expanded: bob.uri}) == 400

    for name in ("as:actor", expanded):
        await house.take(mallory, {**mallory.follow(alice.uri), name: bob.uri})

    follower = await house.one(Actor, col(Actor.uri) == mallory.uri)
    assert (await house.one(Follow)).follower_id == follower.id


async def test_B53_an_author_under_another_name_is_not_believed(house, alice, bob, mallory):
    await house.follows(alice, await house.known(mallory))
    await house.known(bob)
    note = mallory.note(**{"as:attributedTo": bob.uri})

    await house.take(mallory, mallory.create(note))

    author = await house.one(Actor, col(Actor.uri) == mallory.uri)
    assert (await house.post_at(note["id"])).author_id == author.id


async def _called(house, handle_of) -> Actor | None:
    async with house.database.read() as session:
        return await find_actor_by_handle(session, handle_of.username, handle_of.remote.host)


async def test_B55_nobody_takes_a_name_that_its_host_says_is_anothers(house, alice, bob, mallory):
    # Known first: the older row must not win the name either.
    await house.known(mallory)
    await house.known(bob)
    mallory.properties["preferredUsername"] = "bob"

    async with house.nothing_changes():
        update = mallory.activity("Update", mallory.document())
        assert await house.take(mallory, update) == 202
        with pytest.raises(Untrusted):
            await refresh_actor(house.database, house.client, mallory.uri)

    assert (await _called(house, bob)).uri == bob.uri
    assert (await house.one(Actor, col(Actor.uri) == mallory.uri)).username == "mallory"


async def test_B55_a_name_goes_to_whom_its_host_gives_it(house, remote, alice, bob):
    await house.known(bob)
    # The account was deleted and made anew: another id under the old name.
    del remote.actors["/users/bob"]
    newcomer = remote.person("bob2", preferredUsername="bob")
    newcomer.username = "bob"

    await house.known(newcomer)

    assert (await _called(house, bob)).uri == newcomer.uri


async def test_a_community_shares_its_name_with_a_person_at_lemmy(house, remote, alice, bob):
    await house.known(bob)
    community = remote.person("c-bob", kind="Group", preferredUsername="bob")

    assert (await house.known(community)).username == "bob"
    assert (await _called(house, bob)).uri == bob.uri


async def test_posts_of_an_instance_are_never_anybodys_boosts(house, alice, bob):
    """A boost is an entry of its own: nothing answers, likes or locks it."""
    await house.follows(alice, await house.known(bob))
    note = bob.note()
    await house.take(bob, bob.create(note))
    announce = bob.activity("Announce", note["id"], to=["as:Public"])
    await house.take(bob, announce)
    assert len(await house.all(Post)) == 2

    async with house.nothing_changes():
        for kind in ("Like", "Dislike", "EmojiReact", "Lock"):
            await house.take(bob, bob.activity(kind, announce["id"], content="🔥"))


async def test_B07_a_key_that_comes_with_an_embedded_actor_is_never_used(
    house, alice, bob, mallory
):
    await house.known(bob)
    embedded = {**bob.document(), "publicKey": mallory.document()["publicKey"]}
    follow = mallory.follow(alice.uri, actor=embedded)

    async with house.nothing_changes():
        for key_id in (mallory.key_id, bob.key_id):
            assert await house.take(mallory, follow, key_id=key_id) == 401

    assert await house.take(bob, bob.follow(alice.uri, actor=embedded)) == 202
    assert (await house.one(ActorKey, col(ActorKey.uri) == bob.key_id)).public_key == bob.public_pem


async def test_B09_another_spelling_of_an_id_is_the_same_post(house, remote, alice, bob, mallory):
    await house.follows(alice, await house.known(bob))
    await house.known(mallory)
    note = bob.note()
    await house.take(bob, bob.create(note))
    path = note["id"].removeprefix(remote.base_url)
    host = remote.host.replace("b.localhost", "B.LocalHost.")
    spelled = [f"http://{host}{path}", remote.base_url + path.replace("users", "%75sers")]

    async with house.nothing_changes():
        for uri in spelled:
            await house.take(bob, bob.create({**note, "id": uri}))
            forged = {**note, "id": uri, "content": "<p>forged</p>", "attributedTo": mallory.uri}
            await house.take(mallory, mallory.create(forged))
            await house.take(mallory, mallory.activity("Update", forged))
            await house.take(mallory, mallory.activity("Delete", uri))


async def test_B51_B52_what_two_parsers_read_differently_is_refused(house, alice, bob):
    await house.known(bob)
    follow = bob.follow(alice.uri)
    plain = json.dumps(follow).encode()
    twice = plain[:-1] + f', "actor": "{alice.uri}"}}'.encode()
    turned = {**follow, "@context": [{"actor": "as:object", "object": "as:actor"}]}
    graph = {"@context": follow["@context"], "@graph": [follow], **follow}

    async with house.nothing_changes():
        for body in (twice, json.dumps(turned).encode(), json.dumps(graph).encode()):
            assert await house.take(bob, body) == 400


async def test_B54_properties_that_nobody_knows_are_no_harm_and_not_kept(house, alice, bob):
    await house.follows(alice, await house.known(bob))
    unknown = {f"unknown{number}": number for number in range(10_000)}
    note = bob.note(**unknown, **{"__proto__": {"type": "Person"}, "constructor": "x"})

    assert await house.take(bob, bob.create(note)) == 202

    post = await house.post_at(note["id"])
    assert post.content == note["content"]
    assert "unknown" not in repr(post)
