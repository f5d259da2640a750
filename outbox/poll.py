"""Polls of people here, told on: their counts while they last, and how they ended."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import find_actor
from db.session import Database
from notifications.notify import notify_poll
from outbox.update import send_anew
from posts.models import Post
from posts.polls import PollState, close_poll, find_poll, owe_end
from posts.queries import find_post
from posts.votes import list_voters


async def tell_poll(database: Database, post_id: int) -> None:
    """Tell who has a poll of ours how the numbers are now; where they are hidden, nobody."""
    async with database.transaction() as session:
        found = await _find(session, post_id)
        if found is None:
            return
        post, author, state = found
        if author.is_local and state.shows_totals and state.poll.closed_at is None:
            await send_anew(session, author, post)


async def end_poll(database: Database, post_id: int) -> None:
    """Do what is due when a poll ends: its last numbers go out, and who is here is notified.

    Of a poll of elsewhere that lasts longer than it said, nothing yet.
    """
    async with database.transaction() as session:
        found = await _find(session, post_id)
        if found is None:
            return
        post, author, state = found
        if not state.is_over:
            await owe_end(session, state.poll)
            return
        if author.is_local and state.poll.closed_at is None:
            await close_poll(session, state.poll)
            await send_anew(session, author, post)
        voters = await list_voters(session, post_id, only_local=True)
        await notify_poll(session, post, {actor.id for actor in voters} | {author.id})


async def _find(session: AsyncSession, post_id: int) -> tuple[Post, Actor, PollState] | None:
    post = await find_post(session, post_id)
    state = await find_poll(session, post_id)
    if post is None or state is None or post.deleted_at is not None:
        return None
    author = await find_actor(session, post.author_id)
    if author is None or author.deleted_at is not None or author.suspended_at is not None:
        return None
    return post, author, state
