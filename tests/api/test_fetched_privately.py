"""What our instance was shown for one of its people is not shown to another; catalogue case D33."""

from __future__ import annotations

import pytest_asyncio

from actors.remote import resolve_actor
from api.services import Services


@pytest_asyncio.fixture
async def home(house, database, client):
    """The instance of these tests with a client that really asks its peers."""
    return type(house)(Services(database, client, database.settings))


async def _find(program, address):
    answer = await program.get("/api/v2/search", q=address, resolve="true")
    return [status["id"] for status in answer["statuses"]]


async def test_d33_a_followers_post_that_was_fetched_for_one_is_not_there_for_another(
    home, remote, database, client
):
    follower, stranger = await home.person("xavier"), await home.person("yvonne")
    bob = remote.person("bob")
    await home.follows(follower.actor, await resolve_actor(database, client, bob.uri))
    note = bob.note("<p>Entre nous</p>", to=[bob.followers], cc=[])
    # Signed by our instance actor, for the one who asks: the peer shows it to us.
    remote.checks_gets = True

    (found,) = await _find(follower, note["id"])
    assert await _find(stranger, note["id"]) == []
    for path in ("", "/context", "/favourited_by", "/reblogged_by"):
        reply = await stranger.ask("GET", f"/api/v1/statuses/{found}{path}")
        assert reply.status == 404, path
    assert (await home.stranger.ask("GET", f"/api/v1/statuses/{found}")).status in (401, 404)
    assert (await follower.get(f"/api/v1/statuses/{found}"))["content"] == "<p>Entre nous</p>"
    assert len(remote.gets(note["id"].removeprefix(remote.base_url))) == 1


async def test_d33_nor_is_it_when_the_one_who_may_not_asked_first(home, remote, database, client):
    follower, stranger = await home.person("xavier"), await home.person("yvonne")
    bob = remote.person("bob")
    await home.follows(follower.actor, await resolve_actor(database, client, bob.uri))
    note = bob.note("<p>Entre nous</p>", to=[bob.followers], cc=[])

    assert await _find(stranger, note["id"]) == []
    assert len(await _find(follower, note["id"])) == 1
