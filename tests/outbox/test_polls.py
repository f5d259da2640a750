"""Polls that leave here, their news, and votes of people here."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest_asyncio
from sqlalchemy import select

from actors.follows import save_follow
from core.clock import now
from factories import make_local_actor, make_peer, make_remote_actor
from federation.documents.lenient import embed, read_document
from federation.documents.note import read_note
from federation.documents.question import OptionDocument, read_vote
from outbox.create import send_create
from outbox.models import OutboxActivity
from outbox.poll import end_poll, tell_poll
from outbox.update import send_anew
from outbox.vote import send_votes
from posts.models import Poll, PollVote, Post, Visibility
from posts.poll_draft import PollDraft
from posts.polls import find_poll, save_poll
from posts.save import delete_post, save_post
from posts.votes import cast_votes, delete_votes_by

B, C = "b.localhost:8002", "c.localhost:8003"
ASKED = PollDraft(("Oui", "Non"), timedelta(hours=1))


@pytest_asyncio.fixture
async def alice(session):
    await make_peer(session, B)
    await make_peer(session, C)
    return await make_local_actor(session, "alice", doctor=True)


@pytest_asyncio.fixture
async def bob(session, alice):
    bob = await make_remote_actor(session, "bob", host=B)
    await save_follow(session, bob, alice, uri=f"{bob.uri}/f", accepted=True)
    return bob


@pytest_asyncio.fixture
async def question(session, draft, alice, bob):
    return await send_create(session, alice, draft("?", Visibility.PUBLIC, poll=ASKED))


async def _asked_by(session, author) -> Post:
    post = Post(
        uri=f"{author.uri}/posts/1", author_id=author.id, kind="Question", visibility="public"
    )
    await save_post(session, post, author=author)
    await save_poll(session, post, ASKED.document(now()))
    return post


async def test_a_question_is_sent_as_others_read_it(sent, question):
    ((_, create),) = await sent("Create")
    note = read_note(embed(create["object"]))

    assert create["object"]["type"] == "Question"
    assert note.poll.options == (OptionDocument("Oui", 0), OptionDocument("Non", 0))
    assert note.poll.ends_at is not None
    assert note.poll.closed_at is None
    assert {"votersCount": "toot:votersCount"}.items() <= create["object"]["@context"][-1].items()


async def test_news_of_a_poll_reach_who_has_it_and_who_voted_and_are_no_edit(
    session, sent, alice, question
):
    voter = await make_remote_actor(session, "carl", host=C)
    await cast_votes(session, voter, question, [0])

    await send_anew(session, alice, question)

    updates = await sent("Update")
    assert {inbox for inbox, _ in updates} == {f"http://{B}/inbox", f"http://{C}/inbox"}
    thing = updates[0][1]["object"]
    assert "updated" not in thing
    assert thing["votersCount"] == 1
    assert [option["replies"]["totalItems"] for option in thing["oneOf"]] == [1, 0]
    # Who gets the first word only now gets the numbers of now.
    create = await session.scalar(
        select(OutboxActivity.body).where(OutboxActivity.type == "Create")
    )
    assert orjson.loads(create)["object"]["votersCount"] == 1


async def test_hidden_numbers_are_not_told(session, sent, draft, alice, bob):
    hidden = PollDraft(("Oui", "Non"), timedelta(hours=1), hides_totals=True)
    question = await send_create(session, alice, draft("?", Visibility.PUBLIC, poll=hidden))
    ((_, create),) = await sent("Create")

    assert read_note(embed(create["object"])).poll.hides_totals
    assert "votersCount" not in create["object"]
    assert (await session.get_one(Poll, question.id)).hides_totals


async def test_a_poll_is_told_once_more_when_it_ends(database, draft):
    async with database.transaction() as session:
        await make_peer(session, B)
        alice = await make_local_actor(session, "alice")
        bob = await make_remote_actor(session, "bob", host=B)
        await save_follow(session, bob, alice, uri=f"{bob.uri}/f", accepted=True)
        question = await send_create(session, alice, draft("?", Visibility.PUBLIC, poll=ASKED))

    await end_poll(database, question.id)
    async with database.transaction() as session:
        assert (await session.get_one(Poll, question.id)).closed_at is None
        (await session.get_one(Poll, question.id)).ends_at = now()
    await end_poll(database, question.id)
    await end_poll(database, question.id)
    await tell_poll(database, question.id)

    async with database.read() as session:
        bodies = await session.scalars(
            select(OutboxActivity.body).where(OutboxActivity.type == "Update")
        )
        (body,) = list(bodies)
    assert orjson.loads(body)["object"]["closed"]


async def test_a_vote_goes_to_the_author_alone_without_a_proof(session, sent, alice, bob):
    question = await _asked_by(session, bob)

    await send_votes(session, alice, question, [1])

    ((inbox, create),) = await sent("Create")
    assert (inbox, create["to"], create["cc"]) == (bob.inbox, [bob.uri], [])
    vote = read_vote(read_document(orjson.dumps(create["object"])))
    assert (vote.name, vote.in_reply_to, vote.attributed_to) == ("Non", question.uri, alice.uri)
    assert "proof" not in create and "proof" not in create["object"]
    assert "content" not in create["object"]


async def test_a_vote_of_who_is_gone_is_counted_no_more(session, alice, question):
    carol = await make_local_actor(session, "carol")
    await cast_votes(session, carol, question, [0])

    await delete_votes_by(session, carol.id)

    state = await find_poll(session, question.id)
    assert (state.votes_count, state.poll.voters_count) == (0, 0)


async def test_a_deleted_question_leaves_nothing_of_its_poll(session, alice, question):
    carol = await make_local_actor(session, "carol")
    await cast_votes(session, carol, question, [0])

    await delete_post(session, question)

    assert await find_poll(session, question.id) is None
    assert list(await session.scalars(select(PollVote))) == []
