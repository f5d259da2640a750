"""Votes: somebody here chooses in a poll, wherever it was asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import get_actor
from core.clock import now
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from federation.documents.question import VoteDocument, write_vote
from outbox.ids import fresh_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import own_inboxes_of, stays_clinical
from posts.models import Post
from posts.polls import PollState, find_poll, owe_end, owe_news
from posts.votes import cast_votes


def build_vote(
    vote: VoteDocument, *, id: str, author_uri: str, published: datetime | None = None
) -> JsonObject:
    """Build the Create of a vote, for the author of the poll and nobody else."""
    return write_activity(
        id=id,
        type="Create",
        actor=vote.attributed_to,
        object=write_vote(vote, to=author_uri),
        to=[author_uri],
        published=published,
    )


async def send_votes(
    session: AsyncSession, actor: Actor, post: Post, positions: Sequence[int]
) -> None:
    """Choose in a poll that the actor may see; raises as `cast_votes` does."""
    uri = f"{actor.uri}#votes/{post.id}"
    await cast_votes(session, actor, post, positions, uri=uri)
    author = await get_actor(session, post.author_id)
    if author.is_local:
        await owe_news(session, post.id)
        return
    state = await find_poll(session, post.id, viewer_id=actor.id)
    assert state is not None
    await owe_end(session, state.poll)
    await _publish(session, actor, post, author=author, state=state)


async def _publish(
    session: AsyncSession, actor: Actor, post: Post, *, author: Actor, state: PollState
) -> None:
    chosen = [option for option in state.options if option.position in state.own_votes]
    for option in chosen:
        vote = VoteDocument(
            id=f"{actor.uri}#votes/{post.id}/{option.position}",
            attributed_to=actor.uri,
            name=option.title,
            in_reply_to=post.uri,
        )
        await publish(
            session,
            actor,
            build_vote(vote, id=fresh_id(actor.uri), author_uri=author.uri, published=now()),
            inboxes=own_inboxes_of([author]),
            priority=Priority.REACTION,
            # What somebody chose is between them and who asked: nothing to be passed on.
            signs=False,
            is_clinical=stays_clinical(post),
        )
