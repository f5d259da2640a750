"""The outbox and single activities, as other servers read them (WIRE §3)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import pytest_asyncio
from quart import Quart
from sqlalchemy import select
from sqlmodel import col

from actors.blocks import save_block
from actors.follows import save_follow
from actors.models import Actor
from actors.remote import resolve_actor
from core.html import escape
from factories import make_local_actor, make_user
from fakes.fixtures import list_peer
from fakes.remote import FakeRemote
from moderation.models import PeerClass
from outbox.announce import send_announce
from outbox.create import send_create
from outbox.delete import send_delete
from outbox.follow import send_follow
from outbox.models import OutboxActivity
from outbox.routes import outbox_routes
from outbox.undo import send_undo_announce
from posts.drafts import Draft
from posts.models import Post, Visibility

BASE = "http://a.localhost:8001"
OUTBOX = f"{BASE}/users/alice/outbox"


@pytest_asyncio.fixture
async def house(database, remote, client):
    """Alice here; bob of a clinical peer, sam of a social one; both read over HTTP."""
    app = Quart("test")
    app.extensions["consilium"] = {"database": database}
    app.register_blueprint(outbox_routes(database, client))
    async with database.transaction() as session:
        alice = await make_local_actor(session, "alice", doctor=True)
        await make_user(session, alice)
    with FakeRemote("s") as social:
        await list_peer(database, social, PeerClass.SOCIAL)
        remote.mount(app)
        social.mount(app)
        yield SimpleNamespace(
            database=database, client=client, alice=alice, remote=remote, social=social
        )


@pytest.fixture
def post(house):
    """`await post("text", Visibility.PUBLIC)`: something that alice said, and its Create's id."""

    async def write(text: str, visibility: Visibility, **values):
        draft = Draft(text=text, html=escape(text), visibility=visibility, **values)
        async with house.database.transaction() as session:
            alice = await session.get_one(Actor, house.alice.id)
            made = await send_create(session, alice, draft)
        return made, f"{house.alice.uri}/activities/{made.id}"

    return write


async def _person(house, remote: FakeRemote, username: str):
    fake = remote.person(username)
    return fake, await resolve_actor(house.database, house.client, fake.uri)


async def test_an_outbox_tells_how_much_there_is_and_where_it_begins(house, post):
    await post("a", Visibility.PUBLIC)
    await post("b", Visibility.UNLISTED)
    await post("c", Visibility.DOCTORS)

    reply = await house.remote.get(OUTBOX)

    assert reply.status == 200
    assert reply.json["type"] == "OrderedCollection"
    assert reply.json["totalItems"] == 2
    assert reply.json["first"] == f"{OUTBOX}?page=true"
    assert "no-store" in reply.headers["cache-control"]


async def test_a_page_has_the_activities_newest_first(house, post):
    first, _ = await post("a", Visibility.PUBLIC)
    second, _ = await post("b", Visibility.UNLISTED)

    reply = await house.remote.get(f"{OUTBOX}?page=true")

    assert reply.json["type"] == "OrderedCollectionPage"
    assert [item["object"]["id"] for item in reply.json["orderedItems"]] == [
        second.uri,
        first.uri,
    ]
    assert "next" not in reply.json


async def test_pages_follow_one_another(house, post, monkeypatch):
    monkeypatch.setattr("actors.routes.PAGE_SIZE", 2)
    for text in "abc":
        await post(text, Visibility.PUBLIC)

    first = await house.remote.get(f"{OUTBOX}?page=true")
    second = await house.remote.get(first.json["next"])

    assert len(first.json["orderedItems"]) == 2
    assert [item["object"]["content"] for item in second.json["orderedItems"]] == ["a"]
    assert second.json["id"] == first.json["next"]


async def test_H32_an_outbox_is_for_signed_readers_only(house, post):
    assert (await house.remote.get(OUTBOX, signed=False)).status == 401
    with FakeRemote("u") as unknown:
        request = unknown.sign("GET", OUTBOX)
        assert (await house.remote.send(request)).status == 403


async def test_nobody_has_no_outbox(house):
    assert (await house.remote.get(f"{BASE}/users/nobody/outbox")).status == 404


async def test_H31_H32_whom_the_author_blocks_finds_nothing(house, post):
    await post("a", Visibility.PUBLIC)
    fake, bob = await _person(house, house.remote, "bob")
    async with house.database.transaction() as session:
        await save_block(session, house.alice, bob, uri="x")

    assert (await fake.get(OUTBOX)).status == 404
    assert (await house.remote.get(OUTBOX)).status == 200


async def test_what_is_clinical_is_listed_for_clinical_peers_only(house, post):
    made, activity = await post("cas", Visibility.PUBLIC, clinical=True)

    assert (await house.remote.get(OUTBOX)).json["totalItems"] == 1
    assert (await house.social.get(OUTBOX)).json["totalItems"] == 0
    assert (await house.social.get(f"{OUTBOX}?page=true")).json["orderedItems"] == []
    assert (await house.social.get(activity)).status == 404


async def test_what_becomes_clinical_later_is_listed_so_too(house, post):
    made, activity = await post("cas", Visibility.PUBLIC)
    async with house.database.transaction() as session:
        (await session.get_one(Post, made.id)).clinical = True

    assert (await house.remote.get(OUTBOX)).json["totalItems"] == 1
    assert (await house.social.get(OUTBOX)).json["totalItems"] == 0
    assert (await house.social.get(activity)).status == 404


async def test_the_instance_actors_outbox_is_empty(house):
    reply = await house.remote.get(f"{BASE}/actor/outbox")

    assert (reply.status, reply.json["totalItems"]) == (200, 0)
    assert (await house.remote.get(f"{BASE}/actor/outbox", signed=False)).status == 401


async def test_an_activity_is_served_byte_for_byte(house, post):
    _, activity = await post("a", Visibility.PUBLIC)

    reply = await house.social.get(activity)

    async with house.database.read() as session:
        stored = await session.scalar(
            select(OutboxActivity).where(col(OutboxActivity.uri) == activity)
        )
    assert reply.status == 200
    assert reply.body == stored.body
    assert reply.headers["content-type"] == "application/activity+json"


async def test_a_doctors_posts_create_is_for_clinical_peers(house, post):
    _, activity = await post("avis ?", Visibility.DOCTORS)

    assert (await house.remote.get(activity)).status == 200
    assert (await house.social.get(activity)).status == 404


async def test_a_followers_posts_create_is_for_followers_hosts(house, post):
    _, sam = await _person(house, house.social, "sam")
    async with house.database.transaction() as session:
        await save_follow(session, sam, house.alice, uri="x", accepted=True)
    _, activity = await post("a", Visibility.FOLLOWERS)

    assert (await house.social.get(activity)).status == 200
    assert (await house.remote.get(activity)).status == 404


async def test_a_follow_is_for_the_followed_ones_host(house):
    _, bob = await _person(house, house.remote, "bob")
    async with house.database.transaction() as session:
        alice = await session.get_one(Actor, house.alice.id)
        follow = await send_follow(session, alice, bob)

    assert (await house.remote.get(follow.uri)).status == 200
    assert (await house.social.get(follow.uri)).status == 404


async def test_of_a_deleted_post_nothing_is_left_to_read(house, post):
    await list_peer(house.database, house.social, PeerClass.SOCIAL)
    _, sam = await _person(house, house.social, "sam")
    async with house.database.transaction() as session:
        await save_follow(session, sam, house.alice, uri="x", accepted=True)
    made, activity = await post("a", Visibility.PUBLIC)

    async with house.database.transaction() as session:
        alice = await session.get_one(Actor, house.alice.id)
        await send_delete(session, alice, await session.get_one(type(made), made.id))

    assert (await house.social.get(activity)).status == 410
    assert (await house.social.get(OUTBOX)).json["totalItems"] == 0


async def test_an_undone_boost_is_listed_no_more(house, post):
    made, _ = await post("a", Visibility.PUBLIC)
    async with house.database.transaction() as session:
        alice = await session.get_one(Actor, house.alice.id)
        await send_announce(session, alice, made)
    assert (await house.remote.get(OUTBOX)).json["totalItems"] == 2

    async with house.database.transaction() as session:
        alice = await session.get_one(Actor, house.alice.id)
        await send_undo_announce(session, alice, made)

    assert (await house.remote.get(OUTBOX)).json["totalItems"] == 1


@pytest.mark.parametrize("number", ["1", "x", "99999999999999999999", "%00", "-1"])
async def test_what_is_no_activity_is_not_found(house, number):
    reply = await house.remote.get(f"{BASE}/users/alice/activities/{number}")

    assert reply.status == 404
