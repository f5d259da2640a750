"""Votes in our polls (B41), and polls of elsewhere with the counts of their authors."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from sqlmodel import col

from actors.models import Actor
from core.clock import now, wire_time
from core.html import escape
from db.jobs import Job
from fakes.actor import PUBLIC
from notifications.models import Notification
from outbox.create import send_create
from posts.drafts import Draft
from posts.models import Poll, PollOption, PollVote, Post, Visibility
from posts.poll_draft import PollDraft
from posts.polls import close_poll

MAX = 2**31 - 1


async def _ask(house, author: Actor, **poll) -> Post:
    draft = Draft(
        text="Thrombolyse ?",
        html=escape("Thrombolyse ?"),
        visibility=poll.pop("visibility", Visibility.PUBLIC),
        poll=PollDraft(("Oui", "Non", "Peut-être"), timedelta(days=1), **poll),
    )
    async with house.database.transaction() as session:
        return await send_create(session, await session.get_one(Actor, author.id), draft)


@pytest_asyncio.fixture
async def question(house, alice) -> Post:
    return await _ask(house, alice)


def _vote(voter, question: Post, name="Oui", **more):
    note = {
        "id": f"{voter.uri}#votes/{name}",
        "type": "Note",
        "attributedTo": voter.uri,
        "name": name,
        "inReplyTo": question.uri,
        "to": [question.uri.partition("/posts/")[0]],
        **more,
    }
    return voter.activity("Create", note, to=note["to"])


async def _counts(house, post: Post) -> tuple[list[int], int]:
    options = await house.all(PollOption, col(PollOption.post_id) == post.id)
    poll = await house.one(Poll, col(Poll.post_id) == post.id)
    options.sort(key=lambda option: option.position)
    return [option.votes_count for option in options], poll.voters_count


async def test_B34_a_proven_vote_that_a_group_passes_on_is_no_post(
    house, alice, remote, bob, question
):
    group = remote.person("memes", kind="Group")
    await house.follows(alice, await house.known(group))

    vote = bob.prove(_vote(bob, question, content=""))
    await house.take(group, group.activity("Announce", vote, to=[PUBLIC], cc=[group.followers]))

    assert (await house.outcome())[0] == "ignored"
    assert len(await house.all(Post)) == 1
    assert await _counts(house, question) == ([0, 0, 0], 0)


async def _news(house) -> list[Job]:
    return await house.all(Job, col(Job.kind) == "tell poll")


async def test_a_vote_is_counted_and_is_no_post(house, alice, bob, question):
    assert await house.take(bob, _vote(bob, question, content="")) == 202

    assert await house.outcome() == ("handled", None)
    assert await _counts(house, question) == ([1, 0, 0], 1)
    assert len(await house.all(Post)) == 1
    assert await house.all(Notification) == []
    (job,) = await _news(house)
    assert job.due_at > now() + timedelta(seconds=50)


async def test_B41_somebody_votes_once(house, bob, question):
    for name in ("Oui", "Oui", "Non"):
        await house.take(bob, _vote(bob, question, name))

    assert await _counts(house, question) == ([1, 0, 0], 1)
    assert (await house.outcome())[0] == "ignored"


async def test_of_several_choices_each_comes_by_itself(house, alice, bob):
    question = await _ask(house, alice, is_multiple=True)

    for name in ("Oui", "Non", "Non"):
        await house.take(bob, _vote(bob, question, name))

    assert await _counts(house, question) == ([1, 1, 0], 1)
    assert len(await _news(house)) == 1


async def test_B41_a_missing_option_is_not_counted(house, bob, question):
    async with house.nothing_changes():
        await house.take(bob, _vote(bob, question, "Jamais"))

    assert await house.outcome() == ("ignored", "there is no such option")
    assert await _counts(house, question) == ([0, 0, 0], 0)


async def test_B41_nothing_is_counted_after_the_end(house, bob, question):
    async with house.database.transaction() as session:
        await close_poll(session, await session.get_one(Poll, question.id))

    await house.take(bob, _vote(bob, question))

    assert await _counts(house, question) == ([0, 0, 0], 0)


async def test_B41_the_author_s_own_vote_is_not_counted(house, remote, bob):
    await house.known(bob)
    asked = bob.note("<p>?</p>", type="Question", oneOf=[{"name": "Oui"}, {"name": "Non"}])
    alice = await house.local("alice2")
    await house.follows(alice, await house.known(bob))
    await house.take(bob, bob.create(asked))
    post = await house.post_at(asked["id"])

    await house.take(bob, _vote(bob, post))

    assert await house.outcome() == ("ignored", "the poll is not of anybody here")
    assert await house.all(PollVote) == []


async def test_B41_a_vote_in_somebody_else_s_poll_is_not_counted(house, remote, alice, bob):
    carl = remote.person("carl")
    await house.follows(alice, await house.known(carl))
    asked = carl.note("<p>?</p>", type="Question", oneOf=[{"name": "Oui"}, {"name": "Non"}])
    await house.take(carl, carl.create(asked))
    post = await house.post_at(asked["id"])

    async with house.nothing_changes():
        await house.take(bob, _vote(bob, post))

    assert await _counts(house, post) == ([0, 0], 0)


@pytest.mark.parametrize("change", [{"attributedTo": "https://v.test/v"}, {"id": "https://v.test/1"}])
async def test_B41_a_vote_in_another_s_name_is_refused(house, bob, question, change):
    await house.take(bob, _vote(bob, question, **change))

    assert await _counts(house, question) == ([0, 0, 0], 0)
    assert len(await house.all(Post)) == 1


async def test_who_may_not_see_a_poll_does_not_vote_in_it(house, alice, bob):
    question = await _ask(house, alice, visibility=Visibility.FOLLOWERS)

    await house.take(bob, _vote(bob, question))
    assert await _counts(house, question) == ([0, 0, 0], 0)

    await house.follows(await house.known(bob), alice)
    await house.take(bob, _vote(bob, question))
    assert await _counts(house, question) == ([1, 0, 0], 1)


async def test_a_vote_is_never_changed_into_a_post(house, bob, question):
    vote = _vote(bob, question)
    vote["type"] = "Update"

    async with house.nothing_changes():
        await house.take(bob, vote)


async def test_a_note_with_a_name_and_words_is_an_answer(house, bob, question):
    await house.take(bob, _vote(bob, question, content="<p>Oui, si…</p>"))

    assert await _counts(house, question) == ([0, 0, 0], 0)
    assert len(await house.all(Post)) == 2


async def _theirs(house, alice, bob, **more) -> dict:
    await house.follows(alice, await house.known(bob))
    options = [{"name": "a", "replies": {"totalItems": 2}}, {"name": "b"}]
    asked = bob.note("<p>?</p>", type="Question", oneOf=options, votersCount=2, **more)
    await house.take(bob, bob.create(asked))
    return asked


async def test_a_poll_of_elsewhere_has_its_author_s_counts(house, alice, bob):
    ends = wire_time(now() + timedelta(days=1))
    asked = await _theirs(house, alice, bob, endTime=ends)

    post = await house.post_at(asked["id"])
    poll = await house.one(Poll)
    assert (post.kind, await _counts(house, post)) == ("Question", ([2, 0], 2))
    assert (wire_time(poll.ends_at), poll.is_multiple, poll.hides_totals) == (ends, False, False)


@pytest.mark.parametrize("number", [2**63 - 1, float(2**63)])
async def test_B41_new_counts_are_taken_over_clamped_and_are_no_edit(house, alice, bob, number):
    asked = await _theirs(house, alice, bob)
    options = [{"name": "a", "replies": {"totalItems": 5}}, {"name": "b"}]
    newer = {**asked, "oneOf": options, "votersCount": number}

    await house.take(bob, bob.activity("Update", newer))

    post = await house.post_at(asked["id"])
    assert await house.outcome() == ("handled", None)
    assert await _counts(house, post) == ([5, 0], MAX)
    assert post.edited_at is None


async def test_other_options_make_another_poll(house, alice, bob):
    asked = await _theirs(house, alice, bob)
    post = await house.post_at(asked["id"])
    async with house.database.transaction() as session:
        session.add(PollVote(post_id=post.id, actor_id=alice.id, position=0))
    other = {"oneOf": [{"name": "c"}], "votersCount": 0}

    await house.take(bob, bob.activity("Update", {**asked, **other}))

    assert await _counts(house, post) == ([0], 0)
    assert await house.all(PollVote) == []
    assert (await house.post_at(asked["id"])).edited_at is not None
