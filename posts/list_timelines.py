"""Lists and what they show, changed together: who comes on, who leaves, what home keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, delete, literal, select
from sqlmodel import col

from actors.lists import add_members, delete_list, list_lists, remove_members
from actors.models import ActorList, Follow, ListMember, RepliesPolicy
from db.session import AsyncSession, settings_of
from posts.entries import list_entries, own_list_entries
from posts.eyes import eyes_of_locals
from posts.models import Post, TimelineEntry
from posts.timelines import add_entries, fill_home, newest_of

# So many of a list's posts come back to home when it is exclusive no more.
RETURNED = 400


async def put_on_list(
    session: AsyncSession, found: ActorList, actor_ids: Sequence[int]
) -> None:
    """Put people on a list, which shows their newest posts at once; an exclusive one takes them.

    Raises NotFound for somebody whom the owner does not follow, InvalidInput for a second time.
    """
    for actor_id in await add_members(session, found, actor_ids):
        await _fill(session, found, actor_id)
    if found.exclusive:
        await _take_from_home(session, found)


async def take_off_list(
    session: AsyncSession, found: ActorList, actor_ids: Sequence[int]
) -> None:
    """Take people off a list, with what they said; an exclusive one gives them back to home."""
    await remove_members(session, found, actor_ids)
    said = select(col(Post.id)).where(col(Post.author_id).in_(list(actor_ids)))
    await _forget(session, found, said)
    if not found.exclusive:
        return
    for actor_id in actor_ids:
        await fill_home(session, found.owner_id, actor_id)


async def change_list(
    session: AsyncSession,
    found: ActorList,
    *,
    title: str,
    replies_policy: RepliesPolicy,
    exclusive: bool,
) -> None:
    """Write a list's title and wishes; answers that it shows follow the policy from now on."""
    was_exclusive = found.exclusive
    found.title, found.replies_policy, found.exclusive = title, replies_policy, exclusive
    await session.flush()
    if exclusive and not was_exclusive:
        await _take_from_home(session, found)
    if was_exclusive and not exclusive:
        await _give_back(session, found)


async def drop_list(session: AsyncSession, found: ActorList) -> None:
    """Delete a list; what an exclusive one showed comes back to home."""
    if found.exclusive:
        await _give_back(session, found)
    await _forget(session, found, None)
    await delete_list(session, found)


async def _fill(session: AsyncSession, found: ActorList, actor_id: int) -> None:
    eyes = eyes_of_locals(col(Follow.follower_id), settings_of(session).doctor_professions)
    is_own = actor_id == found.owner_id
    entries = own_list_entries() if is_own else list_entries(eyes)
    await add_entries(
        session,
        entries.where(
            col(ActorList.id) == found.id,
            col(ListMember.actor_id) == actor_id,
            col(Post.id).in_(newest_of(actor_id)),
        ),
    )


async def _forget(session: AsyncSession, found: ActorList, posts: Any) -> None:
    statement = delete(TimelineEntry).where(col(TimelineEntry.owner_id) == found.id)
    if posts is not None:
        statement = statement.where(col(TimelineEntry.post_id).in_(posts))
    await session.execute(statement.execution_options(synchronize_session=False))


async def _take_from_home(session: AsyncSession, found: ActorList) -> None:
    """Take what the list's members said out of its owner's home; one's own posts stay there."""
    members = select(col(ListMember.actor_id)).where(col(ListMember.list_id) == found.id)
    theirs = (
        select(col(Post.id))
        .join(TimelineEntry, col(TimelineEntry.post_id) == col(Post.id))
        .where(
            col(TimelineEntry.owner_id) == found.owner_id,
            col(Post.author_id).in_(members),
            col(Post.author_id) != found.owner_id,
        )
    )
    await session.execute(
        delete(TimelineEntry)
        .where(
            col(TimelineEntry.owner_id) == found.owner_id, col(TimelineEntry.post_id).in_(theirs)
        )
        .execution_options(synchronize_session=False)
    )


async def _give_back(session: AsyncSession, found: ActorList) -> None:
    shown = (
        select(literal(found.owner_id, BigInteger), col(TimelineEntry.post_id))
        .where(col(TimelineEntry.owner_id) == found.id)
        .order_by(col(TimelineEntry.post_id).desc())
        .limit(RETURNED)
    )
    await add_entries(session, shown)
    for other in await list_lists(session, found.owner_id):
        if other.exclusive and other.id != found.id:
            await _take_from_home(session, other)
