"""Somebody's talks with named people: a thread each, its newest post, whether it was read.

A row is written for each of those here who take part in a post for named people. It is about what
they take part in, and nothing else of the thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor
from core.clock import now
from core.errors import NotFound
from core.ids import new_id
from db.bus import Event, emit
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession, settings_of
from posts.eyes import eyes_of_locals, visible_to_eyes
from posts.models import Conversation, Mention, Post, Visibility
from posts.visibility import Viewer, visible_to

_Said: Any = aliased(Post, name="said")


async def note_talk(session: AsyncSession, post: Post) -> None:
    """Write a post for named people into the talks of those here who take part and may see it."""
    if post.visibility is not Visibility.MENTIONED or post.boost_of_id is not None:
        return
    people = await _people(session, post)
    owners = await _readers(session, post, people)
    if not owners:
        return
    await _begin(session, post, owners)
    rows = await _rows(session, post.thread_id)
    for owner_id in owners:
        row = rows[owner_id]
        others = [actor_id for actor_id in people if actor_id != owner_id]
        row.participant_ids = list(dict.fromkeys([*row.participant_ids, *others]))
        if post.id >= row.last_post_id:
            row.last_post_id, row.updated_at = post.id, now()
            row.unread = owner_id != post.author_id
        emit(session, Event("conversation", row.id, actor_id=owner_id))
    await session.flush()


async def _begin(session: AsyncSession, post: Post, owners: Iterable[int]) -> None:
    values = [
        {
            "id": new_id(),
            "owner_id": owner_id,
            "thread_id": post.thread_id,
            "last_post_id": post.id,
            "participant_ids": [],
            "unread": False,
            "updated_at": now(),
        }
        for owner_id in owners
    ]
    await session.execute(upsert(session, Conversation).values(values).on_conflict_do_nothing())


async def step_back(session: AsyncSession, thread_id: int) -> None:
    """Find the newest posts of the talks of a thread anew, as one is gone; empty ones end.

    What is not there any more cannot be read: the talk counts as read then.
    """
    for owner_id, row in (await _rows(session, thread_id)).items():
        newest = select(func.max(_Said.id)).where(_takes_part(owner_id, thread_id))
        last = await session.scalar(newest)
        if last is None:
            await session.delete(row)
        elif last != row.last_post_id:
            row.last_post_id, row.unread = last, False
    await session.flush()


async def list_conversations(
    session: AsyncSession, viewer: Viewer, page: Page
) -> list[tuple[Conversation, Post]]:
    """Return a page of the viewer's talks, the newest first; pages go by `last_post_id`.

    Each with the newest of its posts that the viewer may see; without any it is left out.
    """
    paged = page.apply(_with_newest(viewer), col(Conversation.last_post_id))
    rows = (await session.execute(paged)).all()
    return page.newest_first([(row, post) for row, post in rows])


async def get_conversation(
    session: AsyncSession, viewer: Viewer, conversation_id: int
) -> tuple[Conversation, Post]:
    """Return one of the viewer's talks and the newest of its posts that the viewer may see.

    Raises NotFound for others, and where there is no such post.
    """
    statement = _with_newest(viewer).where(col(Conversation.id) == conversation_id)
    found = (await session.execute(statement)).first()
    if found is None:
        raise NotFound(f"{viewer.actor_id} has no conversation {conversation_id}")
    return found[0], found[1]


async def mark_read(session: AsyncSession, conversation: Conversation, *, unread: bool) -> None:
    """Write down whether its owner has read a talk."""
    if conversation.unread != unread:
        conversation.unread = unread
        await session.flush()
        emit(session, Event("conversation", conversation.id, actor_id=conversation.owner_id))


async def delete_conversation(session: AsyncSession, conversation: Conversation) -> None:
    """Take a talk from its owner's list; the posts stay, and what is said next brings it back."""
    await session.delete(conversation)
    await session.flush()


async def _rows(session: AsyncSession, thread_id: int) -> Mapping[int, Conversation]:
    # A thread has as many rows as it has people here.
    statement = select(Conversation).where(col(Conversation.thread_id) == thread_id)
    statement = statement.order_by(col(Conversation.id)).with_for_update()
    return {row.owner_id: row for row in await session.scalars(statement)}


async def _people(session: AsyncSession, post: Post) -> list[int]:
    named = select(col(Mention.actor_id)).where(col(Mention.post_id) == post.id)
    found = await session.scalars(named.order_by(col(Mention.actor_id)))
    return list(dict.fromkeys([post.author_id, *found]))


async def _readers(session: AsyncSession, post: Post, people: Iterable[int]) -> list[int]:
    """Return who of some people lives here and may see a post."""
    owner = col(Actor.id)
    eyes = eyes_of_locals(owner, settings_of(session).doctor_professions)
    seen = select(col(Post.id)).where(col(Post.id) == post.id, visible_to_eyes(eyes))
    statement = select(owner).where(
        owner.in_(list(people)),
        col(Actor.host) == LOCAL_HOST,
        col(Actor.deleted_at).is_(None),
        seen.correlate_except(Post).exists(),
    )
    return list(await session.scalars(statement.order_by(owner)))


def _with_newest(viewer: Viewer) -> Any:
    """Return the query of the viewer's talks, each with the newest post that they may see."""
    mine = col(Conversation.owner_id) == viewer.actor_id
    joined = select(Conversation, Post).join(Post, col(Post.id) == _newest_seen(viewer))
    return joined.where(mine)


def _newest_seen(viewer: Viewer) -> ColumnElement[int]:
    """Return the id of the newest post of a talk that its owner may see; NULL where there is none.

    Almost always that is the last one: only where it is not, the whole thread is looked through.
    """
    is_seen = visible_to(viewer, _Said)
    last = select(_Said.id).where(_Said.id == col(Conversation.last_post_id), is_seen)
    newest = select(func.max(_Said.id)).where(
        _Said.thread_id == col(Conversation.thread_id),
        # Of those, only who takes part sees any.
        _Said.visibility == Visibility.MENTIONED,
        is_seen,
    )
    either = (one.correlate_except(_Said).scalar_subquery() for one in (last, newest))
    return func.coalesce(*either)


def _takes_part(owner_id: int, thread_id: int) -> ColumnElement[bool]:
    named = select(col(Mention.post_id)).where(
        col(Mention.post_id) == _Said.id, col(Mention.actor_id) == owner_id
    )
    return and_(
        _Said.thread_id == thread_id,
        _Said.visibility == Visibility.MENTIONED,
        _Said.deleted_at.is_(None),
        or_(_Said.author_id == owner_id, named.correlate_except(Mention).exists()),
    )
