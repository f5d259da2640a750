"""Votes: a Create of a Note that is nothing but the name of an option; never a post (B41)."""

from __future__ import annotations

from actors.models import Actor
from actors.queries import find_actor
from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from federation.documents.lenient import Document
from federation.documents.question import VoteDocument, read_vote
from federation.origin import same_origin
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from posts.models import Post
from posts.polls import find_poll, owe_news
from posts.queries import find_post_by_uri
from posts.votes import cast_votes


async def find_vote(
    session: AsyncSession, document: Document
) -> tuple[VoteDocument, Post] | None:
    """Return a vote and the post that asks; None for what only looks like one."""
    vote = read_vote(document)
    if vote is None:
        return None
    question = await find_post_by_uri(session, vote.in_reply_to)
    return (vote, question) if question is not None and question.kind == "Question" else None


async def handle_vote(
    session: AsyncSession, vote: VoteDocument, question: Post, sender: Actor
) -> Outcome:
    """Count what the sender chose in a poll of ours, once."""
    if vote.attributed_to != sender.uri or not same_origin(vote.id, sender.uri):
        return rejected("the vote is not the sender's own")
    author = await find_actor(session, question.author_id)
    state = await find_poll(session, question.id)
    if author is None or not author.is_local or state is None:
        return ignored("the poll is not of anybody here")
    position = state.position_of(vote.name)
    if position is None:
        return ignored("there is no such option")
    try:
        await cast_votes(
            session, sender, question, [position], uri=vote.id, one_by_one=True
        )
    except (InvalidInput, NotFound) as error:
        return ignored(str(error))
    await owe_news(session, question.id)
    return HANDLED
