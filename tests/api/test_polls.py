"""Polls through the client API: asked, shown, voted in; their notices."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from core.clock import now
from db.jobs import Job
from federation.documents.question import OptionDocument, PollDocument
from notifications.models import Notification
from outbox.poll import end_poll
from posts.models import Poll, Post, Visibility
from posts.polls import save_poll
from posts.save import save_post

STATUSES = "/api/v1/statuses"
ASKED = {"options": ["Oui", "Non"], "expires_in": 3600}


async def _ask(program, **poll):
    return await program.say("Thrombolyse ?", poll={**ASKED, **poll})


async def _end(house, status):
    async with house.database.transaction() as session:
        poll = await session.get_one(Poll, int(status["id"]))
        poll.ends_at = now() - timedelta(seconds=1)
    await end_poll(house.database, int(status["id"]))


async def _theirs(house, author, *, ends_in=timedelta(days=1)) -> Post:
    post = Post(
        uri=f"{author.uri}/posts/1",
        author_id=author.id,
        kind="Question",
        visibility=Visibility.PUBLIC,
    )
    options = (OptionDocument("Oui", 3), OptionDocument("Non", 1))
    async with house.database.transaction() as session:
        await save_post(session, post, author=author)
        await save_poll(session, post, PollDocument(options, False, now() + ends_in, None, 4))
    return post


async def test_a_poll_is_shown_as_it_was_asked(alice):
    said = await _ask(alice, multiple=True, options=[" Oui ", "Non", ""])

    poll = said["poll"]
    assert (poll["id"], poll["multiple"], poll["expired"]) == (said["id"], True, False)
    assert [option["title"] for option in poll["options"]] == ["Oui", "Non"]
    assert (poll["votes_count"], poll["voters_count"]) == (0, 0)
    # Whose poll it is does not vote in it.
    assert (poll["voted"], poll["own_votes"]) == (True, [])
    assert await alice.get(f"/api/v1/polls/{said['id']}") == poll
    assert (await alice.get(f"{STATUSES}/{said['id']}/history"))[0]["poll"] == {
        "options": [{"title": "Oui"}, {"title": "Non"}]
    }


async def test_a_form_asks_a_poll_too(alice):
    form = "status=%3F&poll[options][]=a&poll[options][]=b&poll[expires_in]=300"
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    reply = await alice.ask("POST", STATUSES, data=form, headers=kind)

    assert [option["title"] for option in reply.json["poll"]["options"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"options": ["a"]}, "more than one item"),
        ({"options": ["a", "b", "c", "d", "e"]}, "more than 4 items"),
        ({"options": ["a", "a "]}, "duplicate"),
        ({"options": ["a", "b" * 51]}, "longer than 50 characters"),
        ({"expires_in": 299}, "too soon"),
        ({"expires_in": 31 * 86400}, "too far into the future"),
        ({"expires_in": "soon"}, "can't be blank"),
        ({"expires_in": None}, "can't be blank"),
    ],
)
async def test_what_cannot_be_asked_is_refused_in_words(alice, change, words):
    reply = await alice.ask("POST", STATUSES, json={"status": "?", "poll": {**ASKED, **change}})

    assert reply.status == 422
    assert words in reply.error


async def test_somebody_votes_once(house, alice, bruno):
    said = await _ask(alice)
    votes = f"/api/v1/polls/{said['id']}/votes"

    poll = await bruno.post(votes, choices=[1])
    again = await bruno.ask("POST", votes, json={"choices": [0]})

    assert (poll["voted"], poll["own_votes"]) == (True, [1])
    assert [option["votes_count"] for option in poll["options"]] == [0, 1]
    assert (again.status, again.error) == (
        422, "Validation failed: You have already voted on this poll"
    )  # fmt: skip
    shown = (await alice.get(f"{STATUSES}/{said['id']}"))["poll"]
    assert (shown["votes_count"], shown["voters_count"]) == (1, 1)
    async with house.database.read() as session:
        jobs = await session.scalars(select(Job.kind).order_by(col(Job.kind)))
        assert list(jobs) == ["end poll", "tell poll"]


async def test_several_choices_are_made_at_once(alice, bruno):
    said = await _ask(alice, multiple=True)

    poll = await bruno.post(f"/api/v1/polls/{said['id']}/votes", choices=["0", "1"])

    assert (poll["own_votes"], poll["votes_count"], poll["voters_count"]) == ([0, 1], 2, 1)


@pytest.mark.parametrize(
    ("who", "choices", "words"),
    [
        ("bruno", [0, 1], "one choice"),
        ("bruno", [2], "does not exist"),
        ("bruno", [-1], "does not exist"),
        ("bruno", ["x"], "does not exist"),
        ("bruno", [], "does not exist"),
        ("alice", [0], "own polls"),
    ],
)
async def test_B41_a_vote_that_cannot_be_is_refused(alice, bruno, who, choices, words):
    said = await _ask(alice)
    program = {"alice": alice, "bruno": bruno}[who]

    reply = await program.ask(
        "POST", f"/api/v1/polls/{said['id']}/votes", json={"choices": choices}
    )

    assert (reply.status, words in reply.error) == (422, True)


async def test_H02_a_poll_that_one_may_not_see_is_not_there(alice, chloe):
    said = await alice.say("?", visibility="doctors", poll=ASKED)
    plain = await alice.say("no poll")

    for number in (said["id"], plain["id"], "1"):
        path = f"/api/v1/polls/{number}"
        assert (await chloe.ask("GET", path)).status == 404
        assert (await chloe.ask("POST", f"{path}/votes", json={"choices": [0]})).status == 404


async def test_numbers_that_are_hidden_come_at_the_end(house, alice, bruno):
    said = await _ask(alice, hide_totals=True)
    poll = await bruno.post(f"/api/v1/polls/{said['id']}/votes", choices=[0])
    assert [option["votes_count"] for option in poll["options"]] == [None, None]

    await _end(house, said)

    poll = await bruno.get(f"/api/v1/polls/{said['id']}")
    assert poll["expired"] is True
    assert [option["votes_count"] for option in poll["options"]] == [1, 0]


async def test_B41_after_the_end_nothing_is_counted_and_who_voted_is_told(
    house, alice, bruno, chloe
):
    said = await _ask(alice)
    await bruno.post(f"/api/v1/polls/{said['id']}/votes", choices=[0])

    await _end(house, said)
    await end_poll(house.database, int(said["id"]))
    late = await chloe.ask("POST", f"/api/v1/polls/{said['id']}/votes", json={"choices": [0]})

    assert (late.status, "ended" in late.error) == (422, True)
    for program, told in ((alice, 1), (bruno, 1), (chloe, 0)):
        notices = await program.get("/api/v1/notifications")
        assert [notice["type"] for notice in notices] == ["poll"] * told
    async with house.database.read() as session:
        assert len(list(await session.scalars(select(Notification)))) == 2


async def test_a_poll_cannot_be_changed_though_its_text_can(alice):
    said = await _ask(alice)
    path = f"{STATUSES}/{said['id']}"

    changed = await alice.ask("PUT", path, json={"status": "?", "poll": {"options": ["a", "b"]}})
    kept = await alice.put(path, status="Lyse ?", poll=ASKED)

    assert (changed.status, "cannot be changed" in changed.error) == (422, True)
    assert [option["title"] for option in kept["poll"]["options"]] == ["Oui", "Non"]


async def test_a_vote_in_a_poll_of_elsewhere_is_told_to_its_author_alone(house, alice):
    await house.trust("b.localhost:8002")
    bob = await house.remote()
    post = await _theirs(house, bob)

    poll = await alice.post(f"/api/v1/polls/{post.id}/votes", choices=[1])

    assert [option["votes_count"] for option in poll["options"]] == [3, 2]
    assert (poll["voters_count"], poll["own_votes"]) == (5, [1])
    assert await house.owed() == [("Create", bob.inbox)]


async def test_who_voted_is_told_when_a_poll_of_elsewhere_is_over(house, alice):
    bob = await house.remote()
    post = await _theirs(house, bob)
    await alice.post(f"/api/v1/polls/{post.id}/votes", choices=[1])
    await end_poll(house.database, post.id)
    assert await alice.get("/api/v1/notifications") == []

    async with house.database.transaction() as session:
        (await session.get_one(Poll, post.id)).ends_at = now()
    await end_poll(house.database, post.id)

    assert [one["type"] for one in await alice.get("/api/v1/notifications")] == ["poll"]


async def test_an_instance_tells_what_can_be_asked(alice):
    shown = await alice.get("/api/v2/instance")

    assert shown["configuration"]["polls"] == {
        "max_options": 4,
        "max_characters_per_option": 50,
        "min_expiration": 300,
        "max_expiration": 2592000,
    }
