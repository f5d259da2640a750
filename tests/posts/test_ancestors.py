"""What a post answers and what it quotes, fetched by jobs: bounded, joined, resumable."""

from __future__ import annotations

import pytest

from posts.ancestors import fetch_ancestors
from posts.owed import MAX_ANCESTORS, owe_ancestors
from posts.remote import MAX_DEPTH, resolve_post
from searching import all_posts, asked_for, jobs_owed, work_off


@pytest.fixture
def bob(remote):
    return remote.person("bob")


async def test_d29_a_deep_thread_is_climbed_by_jobs_and_joined(database, remote, client, bob):
    note = root = bob.note()
    for _ in range(28):
        note = bob.note(inReplyTo=note["id"])

    post = await resolve_post(database, client, note["id"])
    assert len(await all_posts(database)) == MAX_DEPTH + 1
    await work_off(database, client)

    found = await all_posts(database)
    assert len(found) == 29
    assert {one.thread_id for one in found.values()} == {found[root["id"]].id}
    assert sorted(one.replies_count for one in found.values()) == [0] + [1] * 28
    assert found[note["id"]].id == post.id
    assert max(asked_for(remote).values()) == 1


async def test_d29_and_only_so_far(database, remote, client, bob):
    assert MAX_ANCESTORS == 500
    note = bob.note()
    for _ in range(25):
        note = bob.note(inReplyTo=note["id"])
    async with database.transaction() as session:
        await owe_ancestors(session, note["id"], left=22)

    await work_off(database, client)

    assert len(await all_posts(database)) == 22
    assert await jobs_owed(database) == []


async def test_a_climb_that_was_broken_off_goes_on(database, remote, client, bob):
    chain = [bob.note()]
    for _ in range(12):
        chain.append(bob.note(inReplyTo=chain[-1]["id"]))
    remote.script(chain[3]["id"], status=503, times=2)

    await resolve_post(database, client, chain[-1]["id"])
    await work_off(database, client)

    assert set(await all_posts(database)) == {note["id"] for note in chain}
    asked = asked_for(remote)
    assert asked.pop(chain[3]["id"].removeprefix(remote.base_url)) == 3
    assert max(asked.values()) == 1


async def test_what_is_here_already_is_climbed_past(database, remote, client, bob):
    root = bob.note()
    middle = bob.note(inReplyTo=root["id"])
    remote.script(root["id"], status=503, times=1)
    await resolve_post(database, client, middle["id"])

    await fetch_ancestors(database, client, {"uri": middle["id"]})

    assert (await all_posts(database))[middle["id"]].in_reply_to_id is not None


async def test_d31_quotes_are_fetched_two_deep_by_jobs(database, remote, client, bob):
    quoted = [bob.note()]
    for _ in range(5):
        quoted.append(bob.note(quote=quoted[-1]["id"]))

    post = await resolve_post(database, client, quoted[-1]["id"])
    assert len(await all_posts(database)) == 1
    await work_off(database, client)

    found = await all_posts(database)
    assert set(found) == {note["id"] for note in quoted[-3:]}
    assert found[post.uri].quote_of_id == found[quoted[-2]["id"]].id

    late = await resolve_post(database, client, quoted[2]["id"])
    assert (await all_posts(database))[quoted[3]["id"]].quote_of_id == late.id


async def test_d31_posts_that_quote_each_other_or_themselves_end(database, remote, client, bob):
    first, second, third = bob.note(), bob.note(), bob.note()
    first["quote"], second["quote"], third["quote"] = second["id"], first["id"], third["id"]

    await resolve_post(database, client, first["id"])
    await resolve_post(database, client, third["id"])
    await work_off(database, client)

    found = await all_posts(database)
    assert found[first["id"]].quote_of_id == found[second["id"]].id
    assert found[second["id"]].quote_of_id == found[first["id"]].id
    assert found[third["id"]].quote_of_id is None
    assert max(asked_for(remote).values()) == 1


async def test_a_quote_that_cannot_be_had_holds_up_nothing(database, remote, client, bob):
    post = await resolve_post(database, client, bob.note(quote=f"{remote.base_url}/none")["id"])

    await work_off(database, client)

    assert (await all_posts(database))[post.uri].quote_of_id is None
    assert await jobs_owed(database) == []
