"""SQL of follows: asked, accepted, ended, listed; the counts of both sides stay right."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, SQLColumnExpression, func, or_, select, update
from sqlmodel import col

from actors.lists import leave_lists
from actors.models import Actor, Follow
from core.clock import now
from db.paging import Page
from db.session import AsyncSession


async def find_follow(
    session: AsyncSession, follower_id: int, followee_id: int
) -> Follow | None:
    """Return a follow, pending or accepted."""
    return await session.get(Follow, (follower_id, followee_id))


async def find_follow_by_uri(session: AsyncSession, uri: str) -> Follow | None:
    """Return a follow by the id of its Follow activity."""
    return await session.scalar(select(Follow).where(col(Follow.uri) == uri))


async def is_following(session: AsyncSession, follower_id: int, followee_id: int) -> bool:
    """Tell whether a follow is accepted."""
    follow = await find_follow(session, follower_id, followee_id)
    return follow is not None and follow.accepted_at is not None


async def find_followed(
    session: AsyncSession, follower_id: int, actor_ids: Iterable[int]
) -> frozenset[int]:
    """Return which of some actors somebody follows, in one query; requests do not count."""
    wanted = list(set(actor_ids))
    if not wanted:
        return frozenset()
    statement = select(col(Follow.followee_id)).where(
        col(Follow.follower_id) == follower_id,
        col(Follow.followee_id).in_(wanted),
        col(Follow.accepted_at).is_not(None),
    )
    return frozenset(await session.scalars(statement))


async def save_follow(
    session: AsyncSession,
    follower: Actor,
    followee: Actor,
    *,
    uri: str,
    accepted: bool = False,
    shows_boosts: bool = True,
    notifies: bool = False,
    languages: list[str] | None = None,
) -> Follow:
    """Record a follow; a repeated one keeps its acceptance and takes the new id and wishes."""
    follow = await find_follow(session, follower.id, followee.id)
    if follow is None:
        follow = Follow(follower_id=follower.id, followee_id=followee.id, uri=uri)
        session.add(follow)
    follow.uri = uri
    follow.shows_boosts, follow.notifies = shows_boosts, notifies
    follow.languages = languages
    await session.flush()
    if accepted:
        await accept_follow(session, follow)
    return follow


async def accept_follow(session: AsyncSession, follow: Follow) -> bool:
    """Mark a follow as accepted; tell whether it was not before."""
    if follow.accepted_at is not None:
        return False
    follow.accepted_at = now()
    await session.flush()
    await _count(session, follow, 1)
    return True


async def delete_follow(
    session: AsyncSession, follower_id: int, followee_id: int
) -> Follow | None:
    """End a follow or a request; return what was there.

    Who is followed no more leaves the follower's lists, and their profile.
    """
    follow = await find_follow(session, follower_id, followee_id)
    if follow is None:
        return None
    await session.delete(follow)
    await session.flush()
    await leave_lists(session, follower_id, followee_id)
    if follow.accepted_at is not None:
        await _count(session, follow, -1)
    return follow


async def delete_follows_of(session: AsyncSession, actor_id: int, *, limit: int) -> int:
    """End some follows and requests from and to an actor; return how many there were."""
    either = or_(col(Follow.follower_id) == actor_id, col(Follow.followee_id) == actor_id)
    follows = (await session.scalars(select(Follow).where(either).limit(limit))).all()
    for follow in follows:
        await delete_follow(session, follow.follower_id, follow.followee_id)
    return len(follows)


async def _count(session: AsyncSession, follow: Follow, change: int) -> None:
    for actor_id, counter in (
        (follow.follower_id, col(Actor.following_count)),
        (follow.followee_id, col(Actor.followers_count)),
    ):
        moved = update(Actor).where(col(Actor.id) == actor_id).values({counter: counter + change})
        await session.execute(moved)


async def _list(
    session: AsyncSession, mine: ColumnElement[bool], other: SQLColumnExpression[int], page: Page
) -> list[tuple[Follow, Actor]]:
    statement = (
        select(Follow, Actor)
        .join(Actor, col(Actor.id) == other)
        .where(mine, col(Actor.deleted_at).is_(None))
    )
    rows = (await session.execute(page.apply(statement, col(Follow.id)))).all()
    return page.newest_first([(follow, actor) for follow, actor in rows])


async def list_followers(
    session: AsyncSession, actor_id: int, page: Page
) -> list[tuple[Follow, Actor]]:
    """Return a page of an actor's accepted followers, newest first; pages go by Follow.id."""
    mine = (col(Follow.followee_id) == actor_id) & col(Follow.accepted_at).is_not(None)
    return await _list(session, mine, col(Follow.follower_id), page)


async def list_following(
    session: AsyncSession, actor_id: int, page: Page
) -> list[tuple[Follow, Actor]]:
    """Return a page of those whom an actor follows, newest first."""
    mine = (col(Follow.follower_id) == actor_id) & col(Follow.accepted_at).is_not(None)
    return await _list(session, mine, col(Follow.followee_id), page)


async def list_follow_requests(
    session: AsyncSession, actor_id: int, page: Page
) -> list[tuple[Follow, Actor]]:
    """Return a page of the requests that wait for an actor's answer, newest first."""
    mine = (col(Follow.followee_id) == actor_id) & col(Follow.accepted_at).is_(None)
    return await _list(session, mine, col(Follow.follower_id), page)


async def count_follow_requests(session: AsyncSession, actor_id: int) -> int:
    """Return how many requests wait for an actor's answer."""
    waiting = col(Follow.accepted_at).is_(None)
    statement = select(func.count()).select_from(Follow)
    return (
        await session.scalar(statement.where(col(Follow.followee_id) == actor_id, waiting)) or 0
    )


async def has_follower_on(session: AsyncSession, actor_id: int, host: str) -> bool:
    """Tell whether somebody of a host follows an actor (WIRE §3)."""
    statement = (
        select(col(Follow.follower_id))
        .join(Actor, col(Actor.id) == col(Follow.follower_id))
        .where(
            col(Follow.followee_id) == actor_id,
            col(Follow.accepted_at).is_not(None),
            col(Actor.host) == host,
        )
        .limit(1)
    )
    return await session.scalar(statement) is not None


async def count_followers_by_host(session: AsyncSession, actor_id: int) -> dict[str, int]:
    """Return how many people of each host follow an actor and are there; ours is the empty one."""
    statement = (
        select(col(Actor.host), func.count())
        .join(Follow, col(Follow.follower_id) == col(Actor.id))
        .where(
            col(Follow.followee_id) == actor_id,
            col(Follow.accepted_at).is_not(None),
            col(Actor.deleted_at).is_(None),
            col(Actor.suspended_at).is_(None),
        )
        .group_by(col(Actor.host))
    )
    return {host: number for host, number in await session.execute(statement)}


async def find_followers_among(
    session: AsyncSession, actor_id: int, ids: Iterable[int]
) -> frozenset[int]:
    """Return which of some actors follow somebody, in one query; requests do not count."""
    wanted = list(set(ids))
    if not wanted:
        return frozenset()
    statement = select(col(Follow.follower_id)).where(
        col(Follow.followee_id) == actor_id,
        col(Follow.follower_id).in_(wanted),
        col(Follow.accepted_at).is_not(None),
    )
    return frozenset(await session.scalars(statement))
