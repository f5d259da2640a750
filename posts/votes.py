"""Votes: who may choose what in a poll, and how many chose it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select, update
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor
from core.errors import InvalidInput, NotFound
from db.session import AsyncSession
from posts.models import Poll, PollOption, PollVote, Post
from posts.polls import PollState, find_poll
from posts.visibility import may_see, viewer_of


async def cast_votes(
    session: AsyncSession,
    actor: Actor,
    post: Post,
    positions: Iterable[int],
    *,
    uri: str = "",
    one_by_one: bool = False,
) -> None:
    """Count somebody's choice; raises InvalidInput, worded as Mastodon does, where it cannot be.

    `one_by_one` is for votes that arrive each in a message of its own: in a poll of several
    choices a further one is welcome. Raises NotFound for a poll that the actor may not see.
    """
    wanted = sorted(set(positions))
    # Two votes at once of the same person: the second waits for the first.
    locked = select(Poll).where(col(Poll.post_id) == post.id).with_for_update()
    await session.execute(locked)
    state = await find_poll(session, post.id, viewer_id=actor.id)
    if state is None or not await may_see(session, await viewer_of(session, actor.id), post):
        raise NotFound(f"{post.uri}: no poll for {actor.uri}")
    _require_open(state, actor, post)
    earlier = set(state.own_votes)
    may_add = one_by_one and state.poll.is_multiple
    if earlier and (not may_add or earlier & set(wanted)):
        raise InvalidInput("Validation failed: You have already voted on this poll")
    _require_options(state, wanted)
    session.add_all(
        PollVote(post_id=post.id, actor_id=actor.id, position=position, uri=uri)
        for position in wanted
    )
    await session.flush()
    if await _is_ours(session, post):
        await recount(session, [post.id])
    else:
        await _add(session, state, wanted, is_first=not earlier)


def _require_open(state: PollState, actor: Actor, post: Post) -> None:
    if post.author_id == actor.id:
        raise InvalidInput("Validation failed: You can't vote in your own polls")
    if state.is_over:
        raise InvalidInput("Validation failed: The poll has already ended")


def _require_options(state: PollState, positions: Sequence[int]) -> None:
    known = {option.position for option in state.options}
    if not positions or not set(positions) <= known:
        raise InvalidInput("Validation failed: The chosen vote option does not exist")
    if len(positions) > 1 and not state.poll.is_multiple:
        raise InvalidInput("Validation failed: This poll takes one choice")


async def recount(session: AsyncSession, post_ids: Sequence[int]) -> None:
    """Count the rows of some polls of ours anew."""
    votes = select(func.count()).where(
        col(PollVote.post_id) == col(PollOption.post_id),
        col(PollVote.position) == col(PollOption.position),
    )
    voters = select(func.count(func.distinct(col(PollVote.actor_id)))).where(
        col(PollVote.post_id) == col(Poll.post_id)
    )
    await session.execute(
        update(PollOption)
        .where(col(PollOption.post_id).in_(post_ids))
        .values(votes_count=votes.scalar_subquery())
        .execution_options(synchronize_session="fetch")
    )
    await session.execute(
        update(Poll)
        .where(col(Poll.post_id).in_(post_ids))
        .values(voters_count=voters.scalar_subquery())
        .execution_options(synchronize_session="fetch")
    )


async def list_voters(
    session: AsyncSession, post_id: int, *, only_local: bool = False
) -> list[Actor]:
    """Return who chose something in a poll."""
    chose = select(col(PollVote.actor_id)).where(col(PollVote.post_id) == post_id)
    statement = select(Actor).where(col(Actor.id).in_(chose), col(Actor.deleted_at).is_(None))
    if only_local:
        statement = statement.where(col(Actor.host) == LOCAL_HOST)
    return list(await session.scalars(statement.order_by(col(Actor.id))))


async def delete_votes_by(session: AsyncSession, actor_id: int) -> None:
    """Forget what somebody chose; polls of ours are counted anew."""
    mine = delete(PollVote).where(col(PollVote.actor_id) == actor_id)
    freed = set(await session.scalars(mine.returning(col(PollVote.post_id))))
    if not freed:
        return
    ours = (
        select(col(Post.id))
        .join(Actor, col(Actor.id) == col(Post.author_id))
        .where(col(Post.id).in_(freed), col(Actor.host) == LOCAL_HOST)
    )
    await recount(session, list(await session.scalars(ours)))


async def _add(
    session: AsyncSession, state: PollState, positions: Sequence[int], *, is_first: bool
) -> None:
    """Count a choice of ours in a poll of elsewhere, until its author says how many there are."""
    for option in state.options:
        option.votes_count += option.position in positions
    state.poll.voters_count += is_first
    await session.flush()


async def _is_ours(session: AsyncSession, post: Post) -> bool:
    author = await session.get(Actor, post.author_id)
    return author is not None and author.is_local
