"""Domains of which somebody wants nothing."""

from __future__ import annotations

import pytest

from actors.follows import find_follow, save_follow
from notifications.notify import notify_mention
from outbox import domain_block
from outbox.domain_block import reject_domain
from posts.models import Visibility
from posts.timelines import fan_out
from writing import write

BLOCKS = "/api/v1/domain_blocks"
HOST = "b.localhost:8002"


async def says(house, author, *, names=(), **options):
    """Let somebody elsewhere say something, as if it had just come."""
    async with house.database.transaction() as session:
        post = await write(session, author, mentioned=names, **options)
        await fan_out(session, post, author)
        await notify_mention(session, post, author, [actor.id for actor in names])
        return str(post.id)


async def test_domains_are_blocked_and_paged_in_both_directions(alice, bruno):
    domains = [f"n{number}.example" for number in range(5)]
    for domain in domains:
        assert await alice.post(BLOCKS, domain=domain) == {}
    await alice.post(BLOCKS, domain="N0.EXAMPLE")

    first = await alice.page(BLOCKS, limit=2)
    second = await alice.page(first.links["next"])
    last = await alice.page(second.links["next"])
    back = await alice.page(last.links["prev"])

    newest = domains[::-1]
    pages = [page.json for page in (first, second, last, back)]
    assert pages == [newest[:2], newest[2:4], newest[4:], newest[2:4]]
    assert await bruno.get(BLOCKS) == []
    reply = await alice.ask("DELETE", BLOCKS, json={"domain": "n4.example"})
    assert (reply.status, reply.json) == (200, {})
    assert await alice.get(BLOCKS) == newest[1:]


@pytest.mark.parametrize(
    "domain", ["", "a b", "x" * 300, "b.example/path", "b.example:port", "a.localhost:8001"],
    ids=["empty", "two", "long", "path", "port", "ours"],
)
async def test_what_is_no_other_domain_is_refused(alice, domain):
    assert (await alice.ask("POST", BLOCKS, json={"domain": domain})).status == 422
    assert await alice.get(BLOCKS) == []


async def test_a_name_in_its_own_letters_is_the_one_of_the_wire(alice):
    await alice.post(BLOCKS, domain="hôpital.example")

    assert await alice.get(BLOCKS) == ["xn--hpital-ixa.example"]


async def test_H07_what_comes_of_the_domain_is_gone_at_the_next_read(house, alice):
    bob = await house.remote()
    await house.trust(HOST)
    await house.follows(alice.actor, bob)
    await says(house, bob, names=[alice.actor], tags=["ecg"])
    places = (
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/ecg",
        "/api/v1/notifications",
    )
    assert [len(await alice.get(place)) for place in places] == [1] * 4

    await alice.post(BLOCKS, domain=HOST)

    assert [await alice.get(place) for place in places] == [[]] * 4
    assert (await alice.get("/api/v1/notifications/unread_count"))["count"] == 0
    found = (await alice.get("/api/v1/accounts/relationships", **{"id[]": str(bob.id)}))[0]
    assert (found["domain_blocking"], found["following"]) == (True, True)


async def test_nobody_of_the_domain_is_told_of_or_follows_any_more(house, alice):
    bob, carl = await house.remote(), await house.remote("carl")
    await house.trust(HOST)
    await house.follows(bob, alice.actor)
    async with house.database.transaction() as session:
        alice.actor.approves_followers = True
        uri = f"{carl.uri}/follow"
        await save_follow(session, carl, alice.actor, uri=uri)

    await alice.post(BLOCKS, domain=HOST)
    await says(house, bob, names=[alice.actor])

    assert await house.owed() == [("Reject", bob.inbox), ("Reject", carl.inbox)]
    async with house.database.read() as session:
        assert await find_follow(session, bob.id, alice.actor.id) is None
        assert await find_follow(session, carl.id, alice.actor.id) is None
    assert await alice.get("/api/v1/notifications") == []
    reply = await alice.ask("POST", f"/api/v1/accounts/{bob.id}/follow")
    assert reply.status == 403


async def test_very_many_followers_are_turned_away_little_by_little(house, alice, monkeypatch):
    monkeypatch.setattr(domain_block, "REJECTED_AT_ONCE", 2)
    await house.trust(HOST)
    for number in range(5):
        await house.follows(await house.remote(f"fan{number}"), alice.actor)

    await alice.post(BLOCKS, domain=HOST)
    counts = [len(await house.owed())]
    for _ in range(2):
        async with house.database.transaction() as session:
            await reject_domain(session, alice.actor, HOST)
        counts.append(len(await house.owed()))

    assert counts == [2, 4, 5]


async def test_the_end_of_a_block_shows_all_again_and_brings_no_follower_back(house, alice):
    bob = await house.remote()
    await house.trust(HOST)
    await house.follows(bob, alice.actor)
    await house.follows(alice.actor, bob)
    said = await says(house, bob, visibility=Visibility.PUBLIC)
    await alice.post(BLOCKS, domain=HOST)

    await alice.ask("DELETE", BLOCKS, json={"domain": HOST})

    home = await alice.get("/api/v1/timelines/home")
    assert [status["id"] for status in home] == [said]
    found = (await alice.get("/api/v1/accounts/relationships", **{"id[]": str(bob.id)}))[0]
    assert (found["domain_blocking"], found["followed_by"]) == (False, False)
