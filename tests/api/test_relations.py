"""Following, blocking and muting, and answering those who ask to follow."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actors.follows import accept_follow, find_follow
from core import clock
from posts.models import Visibility
from posts.timelines import fan_out, fill_home
from writing import write


def path(program, action):
    return f"/api/v1/accounts/{program.id}/{action}"


async def test_an_open_account_is_followed_at_once(alice, bruno):
    found = await alice.post(path(bruno, "follow"))

    assert (found["following"], found["requested"], found["showing_reblogs"]) == (True, False, True)
    back = await bruno.get("/api/v1/accounts/relationships", **{"id[]": alice.id})
    assert back[0]["followed_by"] is True


async def test_H15_a_locked_account_answers_first(house, alice):
    dora = await house.person("dora", locked=True)
    asked = await alice.post(path(dora, "follow"), reblogs=False, notify=True)
    waiting = await dora.get("/api/v1/follow_requests")

    answered = await dora.post(f"/api/v1/follow_requests/{alice.id}/authorize")

    assert (asked["following"], asked["requested"]) == (False, True)
    assert [account["id"] for account in waiting] == [alice.id]
    assert answered["followed_by"] is True
    found = (await alice.get("/api/v1/accounts/relationships", **{"id[]": dora.id}))[0]
    assert (found["following"], found["showing_reblogs"], found["notifying"]) == (True, False, True)
    assert await dora.get("/api/v1/follow_requests") == []


async def test_a_request_is_turned_down(house, alice):
    dora = await house.person("dora", locked=True)
    await alice.post(path(dora, "follow"))

    answered = await dora.post(f"/api/v1/follow_requests/{alice.id}/reject")

    assert (answered["followed_by"], answered["requested_by"]) == (False, False)


async def test_who_did_not_ask_cannot_be_answered(alice, bruno):
    await bruno.post(path(alice, "follow"))

    for action in ("authorize", "reject"):
        reply = await alice.ask("POST", f"/api/v1/follow_requests/{bruno.id}/{action}")
        assert reply.status == 404


async def test_requests_are_paged(house):
    dora = await house.person("dora", locked=True)
    for number in range(3):
        asker = await house.person(f"asker{number}")
        await asker.post(path(dora, "follow"))

    first = await dora.page("/api/v1/follow_requests", limit=2)
    second = await dora.page(first.links["next"])

    assert [account["username"] for account in first.json] == ["asker2", "asker1"]
    assert [account["username"] for account in second.json] == ["asker0"]


async def test_a_follow_ends(alice, bruno):
    await alice.post(path(bruno, "follow"))

    found = await alice.post(path(bruno, "unfollow"))

    assert found["following"] is False
    assert (await bruno.get("/api/v1/accounts/verify_credentials"))["followers_count"] == 0


async def test_a_follower_is_sent_away(alice, bruno):
    await bruno.post(path(alice, "follow"))

    found = await alice.post(path(bruno, "remove_from_followers"))

    assert found["followed_by"] is False


async def test_somebody_elsewhere_is_asked(house, alice):
    bob = await house.remote()

    await house.trust(bob.host)

    found = await alice.post(f"/api/v1/accounts/{bob.id}/follow")

    assert found["requested"] is True
    assert await house.owed() == [("Follow", bob.inbox)]


@pytest.mark.parametrize("action", ["follow", "block", "mute"])
async def test_nobody_does_it_to_themself(alice, action):
    reply = await alice.ask("POST", path(alice, action))

    assert (reply.status, reply.error) == (403, "This action is not allowed")


async def test_a_block_ends_follows_and_forbids_new_ones(alice, bruno):
    await alice.post(path(bruno, "follow"))
    await bruno.post(path(alice, "follow"))

    found = await alice.post(path(bruno, "block"))

    assert found["blocking"] is True
    assert (found["following"], found["followed_by"]) == (False, False)
    assert (await bruno.ask("POST", path(alice, "follow"))).status == 403
    assert [account["id"] for account in await alice.get("/api/v1/blocks")] == [bruno.id]
    back = (await bruno.get("/api/v1/accounts/relationships", **{"id[]": alice.id}))[0]
    assert back["blocked_by"] is True


async def test_a_block_ends(alice, bruno):
    await alice.post(path(bruno, "block"))

    found = await alice.post(path(bruno, "unblock"))

    assert found["blocking"] is False
    assert await alice.get("/api/v1/blocks") == []


async def test_H07_what_a_blocked_person_says_is_gone_at_the_next_read(alice, bruno):
    await alice.post(path(bruno, "follow"))
    said = await bruno.say()
    assert len(await alice.get("/api/v1/timelines/home")) == 1

    await bruno.post(path(alice, "block"))

    assert await alice.get("/api/v1/timelines/home") == []
    assert await alice.get("/api/v1/timelines/public") == []
    assert (await alice.ask("GET", f"/api/v1/statuses/{said['id']}")).status == 404


async def test_a_mute_hides_and_ends(alice, bruno):
    await alice.post(path(bruno, "follow"))
    await bruno.say()

    found = await alice.post(path(bruno, "mute"), duration=3600)

    assert (found["muting"], found["muting_notifications"], found["following"]) == (True,) * 3
    assert await alice.get("/api/v1/timelines/home") == []
    muted = await alice.get("/api/v1/mutes")
    assert muted[0]["id"] == bruno.id
    assert muted[0]["mute_expires_at"]
    clock.shift(timedelta(hours=1, seconds=1))
    assert len(await alice.get("/api/v1/timelines/home")) == 1
    assert await alice.get("/api/v1/mutes") == []


async def test_a_mute_without_end_may_spare_notifications(alice, bruno):
    found = await alice.post(path(bruno, "mute"), duration=0, notifications=False)

    assert (found["muting"], found["muting_notifications"]) == (True, False)
    assert (await alice.get("/api/v1/mutes"))[0]["mute_expires_at"] is None
    assert (await alice.post(path(bruno, "unmute")))["muting"] is False


@pytest.mark.parametrize("scope", ["follow", "write:follows"])
async def test_the_old_scope_follows_too(house, alice, bruno, scope):
    program = await house.program(alice.person, scope)

    assert (await program.post(path(bruno, "follow")))["following"] is True


async def test_H15_of_a_locked_account_elsewhere_nothing_comes_before_its_answer(house, alice):
    bob = await house.remote(locked=True)
    await house.trust(bob.host)
    asked = await alice.post(f"/api/v1/accounts/{bob.id}/follow")
    one = await alice.post("/api/v1/lists", title="l")
    await alice.post(f"/api/v1/lists/{one['id']}/accounts", account_ids=[str(bob.id)])
    places = ("/api/v1/timelines/home", f"/api/v1/timelines/list/{one['id']}")

    async with house.database.transaction() as session:
        post = await write(session, bob, Visibility.FOLLOWERS)
        await fan_out(session, post, bob)
    before = [await alice.get(place) for place in places]
    async with house.database.transaction() as session:
        follow = await find_follow(session, alice.actor.id, bob.id)
        await accept_follow(session, follow)
        await fill_home(session, alice.actor.id, bob.id)

    assert (asked["following"], asked["requested"]) == (False, True)
    assert before == [[], []]
    shown = [[status["id"] for status in await alice.get(place)] for place in places]
    assert shown == [[str(post.id)]] * 2
