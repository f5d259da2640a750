"""Threads made whole: by their owner's collection, or answer by answer; bounded, and resumable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest
import pytest_asyncio

from core import clock
from core.clock import now
from factories import make_local_actor
from fakes.actor import AS, PUBLIC
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from posts.conversation import fetch_thread, look_again
from posts.models import Post
from posts.owed import owe_thread
from posts.remote import resolve_post
from posts.visits import MAX_LEVELS, MAX_PAGES, MAX_POSTS, MAX_READS, Search, Visit
from searching import (
    all_posts,
    asked_for,
    jobs_owed,
    make_whole,
    serve_context,
    serve_replies,
    work_off,
)
from workers.jobs import process_jobs


@pytest_asyncio.fixture
async def third(database, remote) -> AsyncIterator[FakeRemote]:
    with FakeRemote("c") as running:
        await list_peer(database, running)
        yield running


@pytest.fixture
def bob(remote):
    return remote.person("bob")


@pytest.fixture
def carol(third):
    return third.person("carol")


async def test_a_thread_of_three_hosts_becomes_whole_by_its_collection(
    database, remote, third, client, bob, carol
):
    with FakeRemote("d") as fourth:
        await list_peer(database, fourth)
        root = bob.note("<p>0</p>")
        first = carol.note("<p>1</p>", inReplyTo=root["id"])
        second = fourth.person("dan").note("<p>2</p>", inReplyTo=first["id"])
        serve_context(remote, root, first, second)
        post = await resolve_post(database, client, root["id"])

        await make_whole(database, client, post)

        found = await all_posts(database)
        asked = asked_for(remote, third, fourth)
    assert set(found) == {root["id"], first["id"], second["id"]}
    assert {one.thread_id for one in found.values()} == {post.id}
    assert found[second["id"]].in_reply_to_id == found[first["id"]].id
    assert found[root["id"]].replies_count == 1
    assert max(asked.values()) == 1
    assert await jobs_owed(database) == []


async def test_without_a_collection_the_answers_to_each_post_are_read(
    database, remote, third, client, bob, carol
):
    root = bob.note()
    answers = [carol.note(inReplyTo=root["id"]) for _ in range(7)]
    below = bob.note(inReplyTo=answers[5]["id"])
    serve_replies(remote, root, *answers, page_size=3)
    serve_replies(third, answers[5], below)
    post = await resolve_post(database, client, root["id"])

    await make_whole(database, client, post)

    assert set(await all_posts(database)) == {note["id"] for note in (root, below, *answers)}
    assert max(asked_for(remote, third).values()) == 1


async def test_answers_of_a_known_post_are_found_too(database, remote, third, client, bob, carol):
    root = bob.note()
    known = carol.note(inReplyTo=root["id"])
    below = carol.note(inReplyTo=known["id"])
    serve_replies(remote, root, known)
    serve_replies(third, known, below)

    post = await resolve_post(database, client, known["id"])
    await make_whole(database, client, post)

    assert set(await all_posts(database)) == {note["id"] for note in (root, known, below)}


async def test_a_collection_that_is_not_its_owners_is_done_without(
    database, remote, third, client, bob, carol
):
    root = bob.note()
    answer = carol.note(inReplyTo=root["id"])
    other = carol.note(inReplyTo=root["id"])
    serve_context(remote, root, other, attributedTo=carol.uri)
    serve_replies(remote, root, answer)
    post = await resolve_post(database, client, root["id"])

    await make_whole(database, client, post)

    assert set(await all_posts(database)) == {root["id"], answer["id"]}


@pytest.mark.parametrize("context", ["tag:b.localhost,2026:1", "data:,x", "https://[", "gone"])
async def test_a_context_that_leads_nowhere_is_done_without(
    database, remote, client, bob, context
):
    root = bob.note(context=context.replace("gone", f"{remote.base_url}/contexts/9"))
    answer = bob.note(inReplyTo=root["id"])
    serve_replies(remote, root, answer)
    post = await resolve_post(database, client, root["id"])

    await make_whole(database, client, post)

    assert set(await all_posts(database)) == {root["id"], answer["id"]}


async def test_what_answers_one_of_ours_elsewhere_is_found(
    database, remote, third, client, bob, carol, local_root
):
    known = bob.note(inReplyTo=local_root.uri, context=local_root.context_uri)
    below = carol.note(inReplyTo=known["id"])
    serve_replies(remote, known, below)

    post = await resolve_post(database, client, known["id"])
    await make_whole(database, client, post)

    assert (await all_posts(database))[below["id"]].thread_id == local_root.id


@pytest_asyncio.fixture
async def local_root(database) -> Post:
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice")
        post = Post(uri="", author_id=alice.id, visibility="public")
        post.uri = f"{alice.uri}/posts/{post.id}"
        post.context_uri = f"http://a.localhost:8001/contexts/{post.id}"
        post.thread_id = post.id
        session.add(post)
    return post


async def test_a_thread_that_lives_here_alone_is_not_looked_for(database, client, local_root):
    await look_again(database, local_root)

    assert await jobs_owed(database) == []


async def test_d28_items_are_believed_for_their_ids_only(
    database, remote, third, client, bob, carol
):
    root = bob.note()
    true = carol.note("<p>true</p>", inReplyTo=root["id"])
    absent = {**true, "id": f"{carol.uri}/posts/none", "content": "<p>forged</p>"}
    forged = {**true, "content": "<p>forged</p>"}
    foreign = carol.note("<p>another thread</p>")
    uri = serve_context(remote, root)
    remote.collection(uri, [root["id"], forged, absent, bob.create(forged), foreign, {"x": 1}])
    post = await resolve_post(database, client, root["id"])

    await make_whole(database, client, post)

    found = await all_posts(database)
    assert set(found) == {root["id"], true["id"]}
    assert found[true["id"]].content == "<p>true</p>"


async def test_d27_a_collection_that_leads_back_or_away_ends(
    database, remote, third, client, bob, carol
):
    root, answer = bob.note(), carol.note()
    away = carol.note(inReplyTo=root["id"])
    answer["inReplyTo"] = root["id"]
    third.collection(f"{third.base_url}/more", [away["id"]])
    uri = f"{root['id']}/replies"
    root["replies"] = uri
    page = {"@context": AS, "type": "CollectionPage", "items": [answer["id"]], "totalItems": -1}
    remote.serve({"@context": AS, "id": uri, "type": "Collection", "first": f"{uri}?1"})
    remote.serve({**page, "id": f"{uri}?1", "next": f"{uri}?2"})
    remote.serve({**page, "id": f"{uri}?2", "next": f"{uri}?1"})
    again = bob.note(inReplyTo=root["id"])
    again["replies"] = f"{again['id']}/replies"
    remote.serve({**page, "id": again["replies"], "items": [], "next": f"{third.base_url}/more"})
    answer["replies"] = f"{third.base_url}/self"
    third.serve({**page, "id": answer["replies"], "items": [], "next": answer["replies"]})
    remote.documents[f"{uri.removeprefix(remote.base_url)}?2"]["items"] = [again["id"]]
    post = await resolve_post(database, client, root["id"])

    await make_whole(database, client, post)

    assert set(await all_posts(database)) == {root["id"], answer["id"], again["id"]}
    assert max(asked_for(remote, third).values()) == 1
    assert third.gets("/more") == []


async def test_d27_an_endless_collection_is_read_ten_pages_deep(database, remote, client, bob):
    root = bob.note()
    uri = root["replies"] = f"{root['id']}/replies"
    for number in range(MAX_PAGES + 5):
        here = f"{uri}?page={number}" if number else uri
        remote.serve(
            {
                "@context": AS,
                "id": here,
                "type": "OrderedCollectionPage",
                "orderedItems": [bob.uri],
                "next": f"{uri}?page={number + 1}",
            }
        )
    post = await resolve_post(database, client, root["id"])

    await make_whole(database, client, post)

    assert len(remote.gets(uri.removeprefix(remote.base_url))) == MAX_PAGES


def test_d29_a_search_has_bounds():
    search = Search(post_id=1, root_id=1)
    for number in range(1_000):
        search.add(Visit(f"https://b.test/{number}"))
        search.add(Visit(f"https://b.test/{number}/replies", page=1))
        search.note(f"https://c.test/{number}")
    search.add(Visit("https://b.test/deep", level=MAX_LEVELS + 1))

    assert (search.posts, search.reads) == (MAX_POSTS, MAX_READS)
    assert len(search.waiting) == MAX_POSTS + MAX_READS
    assert len(search.seen) < 2 * (MAX_POSTS + MAX_READS)
    assert Search.of(search.written()) == search


async def test_a_search_that_was_broken_off_goes_on_and_brings_everything_once(
    database, remote, third, client, bob, carol
):
    root = bob.note()
    answers = [carol.note(inReplyTo=root["id"]) for _ in range(12)]
    own = [bob.note(inReplyTo=root["id"]) for _ in range(12)]
    mixed = [note for pair in zip(answers, own, strict=True) for note in pair]
    serve_context(remote, root, *mixed)
    post = await resolve_post(database, client, root["id"])
    third.script(answers[3]["id"], status=503, times=1)

    await look_again(database, post)
    clock.shift(timedelta(minutes=1))
    await process_jobs(database, client)
    after_one_turn = len(await all_posts(database))
    await work_off(database, client)

    assert 1 < after_one_turn <= 21
    found = await all_posts(database)
    assert set(found) == {note["id"] for note in (root, *mixed)}
    assert found[root["id"]].replies_count == 24
    asked = asked_for(remote, third)
    assert asked.pop(answers[3]["id"].removeprefix(third.base_url)) == 2
    assert max(asked.values()) == 1


async def test_a_turn_that_is_done_twice_brings_nothing_twice(
    database, remote, third, client, bob, carol
):
    root = bob.note()
    answers = [carol.note(inReplyTo=root["id"]) for _ in range(5)]
    uri = serve_context(remote, root, *answers)
    post = await resolve_post(database, client, root["id"])
    payload = {"post_id": post.id, "root_id": post.id}

    await fetch_thread(database, client, payload)
    await fetch_thread(database, client, payload)

    assert len(await all_posts(database)) == 6
    asked = asked_for(remote, third)
    assert asked.pop(uri.removeprefix(remote.base_url)) == 2
    assert max(asked.values()) == 1


async def test_a_host_that_does_not_answer_is_asked_a_few_times_and_left(
    database, remote, third, client, bob, carol
):
    root = bob.note()
    answers = [carol.note(inReplyTo=root["id"]) for _ in range(9)]
    serve_context(remote, root, *answers)
    post = await resolve_post(database, client, root["id"])
    third.refuse()

    await look_again(database, post)
    await work_off(database, client, every=timedelta(hours=4))
    assert await jobs_owed(database) == []
    third.accept()

    # Each turn asks one of them, and then leaves the host alone.
    assert third.gets() == []
    assert set(await all_posts(database)) == {root["id"]}


async def test_a_thread_is_looked_at_again_only_after_a_while(database, remote, client, bob):
    root = bob.note()
    uri = serve_context(remote, root).removeprefix(remote.base_url)
    post = await resolve_post(database, client, root["id"])

    for minutes, reads in ((0, 1), (5, 1), (20, 2), (5, 2)):
        clock.shift(timedelta(minutes=minutes))
        await make_whole(database, client, post)
        assert len(remote.gets(uri)) == reads


async def test_an_old_thread_is_looked_at_less_and_less_often(database, remote, client, bob):
    root = bob.note()
    post = await resolve_post(database, client, root["id"])
    looked = []
    for _ in range(100):
        clock.shift(timedelta(minutes=15))
        async with database.transaction() as session:
            if await owe_thread(session, await session.get(Post, post.id)):
                looked.append(now() - post.created_at)

    pauses = [later - earlier for earlier, later in pairwise(looked)]
    assert 5 <= len(pauses) <= 6
    assert all(later >= 1.5 * earlier for earlier, later in pairwise(pauses))


async def test_what_is_for_named_people_is_not_looked_for(database, remote, client, bob):
    post = await resolve_post(database, client, bob.note(to=[PUBLIC + "x"], cc=[])["id"])

    await look_again(database, post)

    assert await jobs_owed(database) == []


async def test_a_thread_is_climbed_before_it_is_searched(
    database, remote, third, client, bob, carol
):
    root = bob.note()
    chain = [root]
    for _ in range(8):
        chain.append(bob.note(inReplyTo=chain[-1]["id"]))
    aside = carol.note(inReplyTo=root["id"])
    serve_context(remote, *chain, aside)
    post = await resolve_post(database, client, chain[-1]["id"])

    await make_whole(database, client, post)

    assert set(await all_posts(database)) == {note["id"] for note in (*chain, aside)}
    assert max(asked_for(remote, third).values()) == 1
