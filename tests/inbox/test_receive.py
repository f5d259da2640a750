"""The door: what is refused, what is acknowledged, and that refusing leaves nothing."""

from __future__ import annotations

import asyncio
import gzip
import json

import pytest
from sqlmodel import col

from actors.models import Follow
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from inbox import routes
from inbox.models import InboxActivity
from moderation.models import PeerClass
from posts.models import Like, Post


async def test_an_activity_is_acknowledged_and_processed(house, alice, bob):
    status = await house.take(bob, bob.follow(alice.uri))

    assert status == 202
    assert await house.outcome() == ("handled", None)
    assert (await house.one(Follow)).accepted_at is not None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_an_inbox_takes_post_and_nothing_else(house, alice, method):
    for path in ("/inbox", "/actor/inbox", "/users/alice/inbox"):
        answer = await house.app.test_client().open(path, method=method)
        assert answer.status_code == 405


@pytest.mark.parametrize(
    "body",
    [b"not json", b'"text"', b"12", b"[]", b"", b'[{"type":"Create"}]', b"{}", b'{"type":"Like"}'],
)
async def test_C01_what_is_no_activity_is_malformed(house, alice, bob, body):
    async with house.nothing_changes():
        assert await house.take(bob, body) == 400


@pytest.mark.parametrize(
    "content_type", ["text/plain", None, "application/json", "text/html; charset=utf-8"]
)
async def test_C02_other_types_are_refused(house, alice, bob, content_type):
    async with house.nothing_changes():
        assert await house.take(bob, bob.follow(alice.uri), content_type=content_type) == 415


@pytest.mark.parametrize(
    "content_type",
    [
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
        "application/activity+json; charset=utf-8",
    ],
)
async def test_both_types_of_activitypub_are_read(house, alice, bob, content_type):
    assert await house.take(bob, bob.follow(alice.uri), content_type=content_type) == 202


async def test_C03_more_than_a_mebibyte_is_too_large(house, alice, bob):
    activity = bob.follow(alice.uri, padding="x" * 1024 * 1024)

    async with house.nothing_changes():
        assert await house.take(bob, activity) == 413


async def test_C03_a_body_without_a_length_is_cut_at_a_mebibyte(house, alice):
    async def endless():
        while True:
            yield b"x" * 64 * 1024

    headers = {"content-type": "application/activity+json", "transfer-encoding": "chunked"}
    async with house.nothing_changes():
        async with house.app.test_client().request("/inbox", method="POST", headers=headers) as c:
            async for part in endless():
                await c.send(part)
                await asyncio.sleep(0)
                if c.status_code is not None:
                    break
        assert c.status_code == 413


async def test_C03_a_whole_mebibyte_is_read(house, alice, bob):
    activity = bob.follow(alice.uri, padding="")
    activity["padding"] = "x" * (1024 * 1024 - len(json.dumps(activity)))

    assert await house.take(bob, activity) == 202


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip"])
async def test_C04_nothing_compressed_is_read(house, alice, bob, encoding):
    body = gzip.compress(b"0" * 10_000_000)

    async with house.nothing_changes():
        status = await house.take(bob, body, more=[("content-encoding", encoding)])

    assert status == 415


@pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"a":' * 100_000])
async def test_C05_deep_nesting_is_malformed(house, alice, bob, nested):
    async with house.nothing_changes():
        assert await house.take(bob, nested) == 400


async def test_C11_a_body_that_never_ends_is_closed(house, alice, monkeypatch):
    monkeypatch.setattr(routes, "DEADLINE_S", 0.05)
    headers = {"content-type": "application/activity+json"}

    async with house.app.test_client().request("/inbox", method="POST", headers=headers) as c:
        await c.send(b"{")
        for _ in range(500):
            if c.status_code is not None:
                break
            await asyncio.sleep(0.01)

    assert c.status_code == 503
    assert c.headers["connection"] == "close"


async def test_A15_a_replay_is_acknowledged_and_has_no_second_effect(house, remote, alice, bob):
    request = remote.sign(
        "POST", house.inbox, body=json.dumps(bob.follow(alice.uri)).encode(),
        key=bob.key, key_id=bob.key_id,
    )  # fmt: skip
    first = await remote.send(request)
    await house.process()

    async with house.nothing_changes():
        second = await remote.send(request)
        await house.process()

    assert (first.status, second.status) == (202, 202)
    assert len(await house.all(InboxActivity)) == 1


async def test_A16_the_same_id_with_another_content_changes_nothing(house, alice, bob):
    await house.follows(alice, await house.known(bob))
    note = bob.note("<p>one</p>")
    create = bob.create(note)
    await house.take(bob, create)

    async with house.nothing_changes():
        other = {**create, "object": {**note, "content": "<p>two</p>"}}
        assert await house.take(bob, other) == 202


async def test_A32_nobody_signs_for_another_actor_of_the_same_host(house, remote, alice, bob):
    mallory = remote.person("mallory")

    async with house.nothing_changes():
        assert await house.take(mallory, bob.follow(alice.uri)) == 401


async def test_A32_nor_with_a_proof_of_ones_own(house, remote, alice, bob):
    mallory = remote.person("mallory")
    await house.known(bob)
    forged = mallory.prove(bob.follow(alice.uri))

    async with house.nothing_changes():
        assert await house.take(mallory, forged) == 202
        assert (await house.outcome())[0] == "rejected"


async def test_A32_an_ld_signature_is_no_authority(house, remote, alice, bob):
    mallory = remote.person("mallory")
    signed = bob.follow(alice.uri, signature={"type": "RsaSignature2017", "creator": bob.key_id})

    async with house.nothing_changes():
        assert await house.take(mallory, signed) == 401


async def test_A40_nor_from_another_host(house, database, alice, bob):
    with FakeRemote("evil") as evil:
        await list_peer(database, evil)
        evil.mount(house.app)
        mallory = evil.person("mallory")
        like = bob.activity("Like", "http://a.localhost:8001/users/alice/posts/1")

        async with house.nothing_changes():
            status = await house.take(mallory, like | {"signature": {"creator": bob.key_id}})

    assert status == 202
    assert (await house.outcome())[0] == "rejected"


async def test_B06_an_activity_lives_where_its_actor_does(house, alice, bob):
    async with house.nothing_changes():
        elsewhere = bob.follow(alice.uri, id="http://v.localhost:9/activities/1")
        assert await house.take(bob, elsewhere) == 400


async def test_our_own_ids_are_refused(house, alice, bob):
    async with house.nothing_changes():
        ours = bob.follow(alice.uri, id=f"{alice.uri}/activities/1")
        assert await house.take(bob, ours) == 400
        assert await house.take(bob, bob.follow(alice.uri, actor=alice.uri)) == 400


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
async def test_what_changes_the_world_needs_an_id(house, alice, bob, kind):
    async with house.nothing_changes():
        assert await house.take(bob, bob.activity(kind, bob.note(), id=None)) == 400


async def test_a_like_needs_no_id_and_counts_once(house, alice, bob):
    async with house.database.transaction() as session:
        post = Post(uri=f"{alice.uri}/posts/1", author_id=alice.id, visibility="public")
        session.add(post)
    like = bob.activity("Like", post.uri, id=None)

    assert [await house.take(bob, like), await house.take(bob, like)] == [202, 202]

    assert len(await house.all(Like)) == 1


@pytest.mark.parametrize("peer_class", [PeerClass.BLOCKED, None])
async def test_B28_hosts_that_we_do_not_talk_to_are_refused(house, database, alice, peer_class):
    with FakeRemote("out") as out:
        if peer_class is not None:
            await list_peer(database, out, peer_class)
        out.mount(house.app)
        eve = out.person("eve")

        async with house.nothing_changes():
            status = await house.take(eve, eve.follow(alice.uri))

        assert status == 403
        assert out.journal == []


async def test_nobodys_inbox_is_not_found(house, alice, bob):
    async with house.nothing_changes():
        inbox = f"{house.uris.base_url}/users/nobody/inbox"
        assert await house.take(bob, bob.follow(alice.uri), inbox=inbox) == 404


@pytest.mark.parametrize("path", ["/users/alice/inbox", "/users/ALICE/inbox", "/actor/inbox"])
async def test_each_inbox_takes_activities(house, alice, bob, path):
    inbox = house.uris.base_url + path

    assert await house.take(bob, bob.follow(alice.uri), inbox=inbox) == 202
    assert (await house.one(Follow)).followee_id == alice.id


async def test_B29_a_follow_of_nobody_does_nothing(house, alice, bob):
    async with house.nothing_changes():
        status = await house.take(bob, bob.follow(f"{house.uris.base_url}/users/nobody"))

    assert status == 202


async def test_B43_unknown_types_are_ignored(house, alice, bob):
    async with house.nothing_changes():
        assert await house.take(bob, bob.activity("Dance", alice.uri)) == 202
        assert (await house.outcome())[0] == "ignored"
        assert await house.take(bob, bob.activity({"a": 1}, alice.uri)) == 400


async def test_mastodons_deletes_of_unknown_accounts_cost_nothing(house, remote, alice, bob):
    remote.remove(bob.uri, gone=True)

    async with house.nothing_changes():
        assert await house.take(bob, bob.activity("Delete", bob.uri)) == 202

    assert remote.journal == []


async def test_what_is_not_signed_is_401_whoever_it_names(house, alice, bob):
    with FakeRemote("out") as out:
        out.mount(house.app)
        eve = out.person("eve")

        for stranger, status in ((eve, 401), (bob, 401)):
            delete = stranger.activity("Delete", stranger.uri)
            assert await house.take(stranger, delete, header="") == status
        assert await house.take(eve, eve.activity("Delete", eve.uri)) == 403


async def test_C16_one_id_a_thousand_times_at_once_is_one_row(house, remote, alice, bob):
    await house.known(bob)
    follow = bob.follow(alice.uri)

    async def send() -> int:
        return (await bob.post(house.inbox, follow)).status

    statuses = [
        status for _ in range(10) for status in await asyncio.gather(*(send() for _ in range(100)))
    ]
    await house.process()

    assert set(statuses) == {202}
    assert len(await house.all(InboxActivity)) == 1
    assert len(await house.all(Follow, col(Follow.followee_id) == alice.id)) == 1
