"""Notices to local actors, one function a kind: once for the same cause.

Never about oneself, but that one's own poll is over. Nobody is told of somebody whom they block,
who blocks them, or whom they mute with its notices, nor of a post that they may not see, nor of a
thread that they muted. What comes of strangers may wait (`policy.py`), a flood of one host is told
as a digest (`floods.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Select, delete, select
from sqlmodel import col

from actors.domain_blocks import of_domain
from actors.models import LOCAL_HOST, Actor, Follow
from core.clock import now
from core.ids import new_id
from db.bus import Event, emit
from db.jobs import upsert
from db.session import AsyncSession
from notifications.floods import count_others, find_flooded
from notifications.grouping import find_group_keys
from notifications.models import (
    Handling,
    Kind,
    Notification,
    NotificationPermission,
    NotificationRequest,
)
from notifications.owners import find_owners
from notifications.policy import judge
from notifications.requests import note_waiting
from notifications.subscriptions import owe_pushes
from posts.consent import ACCEPTED
from posts.models import Mention, Post
from posts.threads import find_addressee

# So many edits of one's quotes are told of at once.
MAX_QUOTING = 100
# A statement takes so many values and no more: of many people, so many at once.
SLICE = 500


async def notify_mention(
    session: AsyncSession, post: Post, from_actor: Actor, owner_ids: Iterable[int]
) -> list[int]:
    """Tell those whom a post names; returns who was told."""
    return await _notify(session, Kind.MENTION, from_actor.id, owner_ids, post=post)


async def notify_follow(session: AsyncSession, owner_id: int, from_id: int) -> list[int]:
    """Tell somebody of a new follower; returns who was told."""
    return await _notify(session, Kind.FOLLOW, from_id, [owner_id])


async def notify_follow_request(session: AsyncSession, owner_id: int, from_id: int) -> list[int]:
    """Tell somebody who wants to follow; returns who was told."""
    return await _notify(session, Kind.FOLLOW_REQUEST, from_id, [owner_id])


async def notify_like(session: AsyncSession, post: Post, from_id: int) -> list[int]:
    """Tell the author who approves of a post; returns who was told."""
    return await _notify(session, Kind.LIKE, from_id, [post.author_id], post=post)


async def notify_boost(session: AsyncSession, post: Post, from_id: int) -> list[int]:
    """Tell the author who passes a post on (`post` is what was passed on); returns who was told."""
    return await _notify(session, Kind.BOOST, from_id, [post.author_id], post=post)


async def notify_status(session: AsyncSession, post: Post, author: Actor) -> list[int]:
    """Tell followers who asked for it that somebody posted; returns who was told.

    Not of boosts, of answers to others, nor twice to those whom the post names.
    """
    is_boost = post.boost_of_id is not None
    if is_boost or await find_addressee(session, post) not in {None, author.id}:
        return []
    named = select(col(Mention.actor_id)).where(
        col(Mention.post_id) == post.id, col(Mention.silent).is_(False)
    )
    wanting = select(col(Follow.follower_id)).where(
        col(Follow.followee_id) == author.id,
        col(Follow.accepted_at).is_not(None),
        col(Follow.notifies).is_(True),
        col(Follow.follower_id).not_in(named),
    )
    owners = list(await session.scalars(wanting))
    return await _notify(session, Kind.STATUS, author.id, owners, post=post)


async def notify_update(session: AsyncSession, post: Post) -> list[int]:
    """Tell those who passed a post on that it was edited; returns who was told."""
    boosters = (
        select(col(Post.author_id))
        .join(Actor, col(Actor.id) == col(Post.author_id))
        .where(
            col(Post.boost_of_id) == post.id,
            col(Post.deleted_at).is_(None),
            col(Actor.host) == LOCAL_HOST,
        )
    )
    owners = list(await session.scalars(boosters))
    cause = _edit_of(post, post)
    return await _notify(session, Kind.UPDATE, post.author_id, owners, post=post, cause=cause)


async def notify_poll(session: AsyncSession, post: Post, owner_ids: Iterable[int]) -> list[int]:
    """Tell those who voted, and who asked, that a poll is over; returns who was told."""
    return await _notify(session, Kind.POLL, post.author_id, owner_ids, post=post)


async def notify_quote(
    session: AsyncSession, post: Post, from_id: int, owner_ids: Iterable[int]
) -> list[int]:
    """Tell those whom a post quotes (`post` is the one that quotes); returns who was told."""
    return await _notify(session, Kind.QUOTE, from_id, owner_ids, post=post)


async def notify_quoted_update(session: AsyncSession, quoted: Post) -> list[int]:
    """Tell those who quote a post that it was edited; returns who was told.

    What they are shown is their own post. Not who quotes without consent, or may not see what is
    quoted any more.
    """
    quoting = (
        select(Post)
        .join(Actor, col(Actor.id) == col(Post.author_id))
        .where(
            col(Post.quote_of_id) == quoted.id,
            col(Post.quote_state) == ACCEPTED,
            col(Post.deleted_at).is_(None),
            col(Actor.host) == LOCAL_HOST,
        )
        .order_by(col(Post.id).desc())
        .limit(MAX_QUOTING)
    )
    posts = list(await session.scalars(quoting))
    authors = {post.author_id for post in posts}
    readers = await find_owners(session, quoted.author_id, authors, quoted)
    told = []
    for post in (post for post in posts if post.author_id in readers):
        told += await _notify(
            session,
            Kind.QUOTED_UPDATE,
            quoted.author_id,
            [post.author_id],
            post=post,
            cause=_edit_of(quoted, post),
        )
    return told


async def notify_added_to_collection(
    session: AsyncSession, collection_id: int, owner_id: int, from_id: int
) -> list[int]:
    """Tell somebody who put them into a collection; returns who was told."""
    cause = str(collection_id)
    return await _notify(session, Kind.ADDED_TO_COLLECTION, from_id, [owner_id], cause=cause)


async def withdraw(
    session: AsyncSession, owner_id: int, kind: Kind, from_id: int, *, cause: str = ""
) -> None:
    """Take a notice back; the cause of a notice about a post is the post's id."""
    await session.execute(
        delete(Notification)
        .where(
            col(Notification.owner_id) == owner_id,
            col(Notification.kind) == kind,
            col(Notification.from_id) == from_id,
            col(Notification.cause) == cause,
        )
        .execution_options(synchronize_session=False)
    )


async def forget_post(session: AsyncSession, post_id: int) -> None:
    """Take back every notice about a post that is deleted."""
    about = delete(Notification).where(col(Notification.post_id) == post_id)
    await session.execute(about.execution_options(synchronize_session=False))


async def forget_between(session: AsyncSession, owner_id: int, from_id: int) -> None:
    """Take back every notice to somebody about another, as after a block, and what they allowed."""
    await _forget(session, owner_id, select(col(Actor.id)).where(col(Actor.id) == from_id))


async def forget_domain(session: AsyncSession, owner_id: int, domain: str) -> None:
    """Take back every notice to somebody about people of a domain, and what they allowed."""
    await _forget(session, owner_id, select(col(Actor.id)).where(of_domain(domain)))


async def _forget(session: AsyncSession, owner_id: int, senders: Select[int]) -> None:
    for table in (Notification, NotificationRequest, NotificationPermission):
        about = delete(table).where(
            col(table.owner_id) == owner_id, col(table.from_id).in_(senders)
        )
        await session.execute(about.execution_options(synchronize_session=False))


def _edit_of(edited: Post, shown: Post) -> str:
    at = edited.edited_at.isoformat() if edited.edited_at is not None else ""
    return f"{shown.id}/{at}"


async def _notify(
    session: AsyncSession,
    kind: Kind,
    from_id: int,
    owner_ids: Iterable[int],
    *,
    post: Post | None = None,
    cause: str | None = None,
) -> list[int]:
    """Write one notice for each who wants it; a fixed number of statements for each SLICE of them.

    Returns who was told at once: not those for whom it waits.
    """
    # One's own poll is over for oneself, too.
    oneself = set() if kind is Kind.POLL else {from_id}
    wanted = sorted(set(owner_ids) - oneself)
    told: list[int] = []
    for start in range(0, len(wanted), SLICE):
        some = set(wanted[start : start + SLICE])
        told += await _notify_some(session, kind, from_id, some, post=post, cause=cause)
    return told


async def _notify_some(
    session: AsyncSession,
    kind: Kind,
    from_id: int,
    wanted: set[int],
    *,
    post: Post | None,
    cause: str | None,
) -> list[int]:
    post_id = post.id if post is not None else None
    owners = await find_owners(session, from_id, wanted, post)
    judged = await judge(session, kind, from_id, owners, post=post)
    owners = [owner for owner in owners if judged[owner] is not Handling.DROP]
    if not owners:
        return []
    cause = cause or str(post_id or "")
    flooded = await find_flooded(session, kind, from_id, owners)
    if flooded:
        await count_others(session, flooded.values(), from_id=from_id, cause=cause)
    owners = [owner for owner in owners if owner not in flooded]
    if not owners:
        return []
    moment = now()
    groups = await find_group_keys(session, kind, owners, post_id=post_id, moment=moment)
    rows = [
        {
            "id": new_id(),
            "owner_id": owner,
            "kind": kind,
            "from_id": from_id,
            "post_id": post_id,
            "cause": cause,
            "others": 0,
            "group_key": groups.get(owner, ""),
            "filtered": judged[owner] is Handling.FILTER,
            "created_at": moment,
        }
        for owner in owners
    ]
    statement = upsert(session, Notification).values(rows).on_conflict_do_nothing()
    written = (await session.scalars(statement.returning(Notification))).all()
    await note_waiting(session, [notice for notice in written if notice.filtered])
    told = [notice for notice in written if not notice.filtered]
    await owe_pushes(session, told)
    for notice in told:
        emit(session, Event("notification", notice.id, notice.owner_id))
    return [notice.owner_id for notice in told]
