"""Polls: what a Question asks, who chose what, and how many that makes.

The counts of a poll of elsewhere are its author's word; those of ours are what counting rows gives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlmodel import col

from core.clock import now
from db.jobs import enqueue
from db.session import AsyncSession
from federation.documents.question import OptionDocument, PollDocument
from posts.models import Poll, PollOption, PollVote, Post
from posts.poll_draft import PollDraft
from posts.search_index import index_post

NEWS_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class PollState:
    """A poll with its options in order, and what one viewer chose (empty: nothing)."""

    poll: Poll
    options: tuple[PollOption, ...]
    own_votes: tuple[int, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nobody can choose any more."""
        ends_at = self.poll.ends_at
        return self.poll.closed_at is not None or (ends_at is not None and ends_at <= now())

    @property
    def shows_totals(self) -> bool:
        """Whether the numbers may be shown yet."""
        return self.is_over or not self.poll.hides_totals

    @property
    def votes_count(self) -> int:
        """How often an option was chosen, all together."""
        return sum(option.votes_count for option in self.options)

    @property
    def voters_count(self) -> int | None:
        """How many chose something; None where several choices make it unknown."""
        if self.poll.voters_count or not self.poll.is_multiple:
            return self.poll.voters_count or self.votes_count
        return None if self.votes_count else 0

    def position_of(self, title: str) -> int | None:
        """Return which option has a title."""
        return next((one.position for one in self.options if one.title == title), None)


async def find_polls(
    session: AsyncSession, post_ids: Iterable[int], *, viewer_id: int | None = None
) -> dict[int, PollState]:
    """Return the polls of posts, by post, with a viewer's own choices; three queries at most."""
    wanted = list(set(post_ids))
    if not wanted:
        return {}
    polls = await session.scalars(select(Poll).where(col(Poll.post_id).in_(wanted)))
    listed = (
        select(PollOption)
        .where(col(PollOption.post_id).in_(wanted))
        .order_by(col(PollOption.post_id), col(PollOption.position))
    )
    options: dict[int, list[PollOption]] = {}
    for option in await session.scalars(listed):
        options.setdefault(option.post_id, []).append(option)
    chosen = await _choices(session, wanted, viewer_id)
    return {
        poll.post_id: PollState(
            poll, tuple(options.get(poll.post_id, ())), chosen.get(poll.post_id, ())
        )
        for poll in polls
    }


async def find_poll(
    session: AsyncSession, post_id: int, *, viewer_id: int | None = None
) -> PollState | None:
    """Return what a post asks, if it asks anything."""
    return (await find_polls(session, [post_id], viewer_id=viewer_id)).get(post_id)


async def _choices(
    session: AsyncSession, post_ids: Sequence[int], viewer_id: int | None
) -> dict[int, tuple[int, ...]]:
    if viewer_id is None:
        return {}
    statement = (
        select(col(PollVote.post_id), col(PollVote.position))
        .where(col(PollVote.post_id).in_(post_ids), col(PollVote.actor_id) == viewer_id)
        .order_by(col(PollVote.post_id), col(PollVote.position))
    )
    chosen: dict[int, tuple[int, ...]] = {}
    for post_id, position in await session.execute(statement):
        chosen[post_id] = (*chosen.get(post_id, ()), position)
    return chosen


async def poll_document(session: AsyncSession, post: Post) -> PollDocument | None:
    """Return what a post of ours asks, as others are told of it."""
    state = await find_poll(session, post.id) if post.kind == "Question" else None
    if state is None:
        return None
    shown = state.shows_totals
    return PollDocument(
        options=tuple(
            OptionDocument(option.title, option.votes_count if shown else None)
            for option in state.options
        ),
        is_multiple=state.poll.is_multiple,
        ends_at=state.poll.ends_at,
        closed_at=state.poll.closed_at,
        voters_count=state.poll.voters_count if shown else None,
    )


async def save_poll(session: AsyncSession, post: Post, document: PollDocument) -> bool:
    """Write what a post asks, with the counts that its document gives; tell if it asks anew.

    Other options than before make another poll: what was chosen falls away.
    """
    known = await find_poll(session, post.id)
    if known is not None and _is_same(known, document):
        _fill(known.poll, document)
        for option, said in zip(known.options, document.options, strict=True):
            option.votes_count = said.votes or 0
        await session.flush()
        return False
    if known is not None:
        for table in (PollVote, PollOption, Poll):
            await session.execute(delete(table).where(col(table.post_id) == post.id))
    poll = Poll(post_id=post.id)
    _fill(poll, document)
    session.add(poll)
    for place, said in enumerate(document.options):
        count = said.votes or 0
        row = PollOption(post_id=post.id, position=place, title=said.title, votes_count=count)
        session.add(row)
    await session.flush()
    await index_post(session, post)
    return known is not None


def _is_same(known: PollState, document: PollDocument) -> bool:
    titles = [option.title for option in document.options]
    is_same_kind = known.poll.is_multiple == document.is_multiple
    return is_same_kind and [option.title for option in known.options] == titles


def _fill(poll: Poll, document: PollDocument) -> None:
    poll.is_multiple, poll.hides_totals = document.is_multiple, document.hides_totals
    poll.ends_at, poll.closed_at = document.ends_at, document.closed_at
    poll.voters_count = document.voters_count or 0


async def open_poll(session: AsyncSession, post: Post, draft: PollDraft) -> None:
    """Begin a poll of ours, and owe its end."""
    document = draft.document(post.created_at)
    await save_poll(session, post, document)
    poll = await session.get_one(Poll, post.id)
    poll.hides_totals = draft.hides_totals
    await session.flush()
    await owe_end(session, poll)


async def owe_end(session: AsyncSession, poll: Poll) -> None:
    """Owe what is done when a poll ends; one without an end never ends."""
    if poll.ends_at is not None:
        key = f"end poll {poll.post_id}"
        await enqueue(session, "end poll", {"post_id": poll.post_id}, key=key, due_at=poll.ends_at)


async def owe_news(session: AsyncSession, post_id: int) -> None:
    """Owe the new counts of a poll of ours to who has it, once for all votes of a minute."""
    key, due_at = f"tell poll {post_id}", now() + NEWS_EVERY
    await enqueue(session, "tell poll", {"post_id": post_id}, key=key, due_at=due_at)


async def close_poll(session: AsyncSession, poll: Poll) -> None:
    """End a poll of ours."""
    poll.closed_at = poll.closed_at or now()
    await session.flush()
