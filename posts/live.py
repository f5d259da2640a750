"""Where a post shows now, and to whom of some people: for live events, a few queries each."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Select, and_, bindparam, or_, select, union_all
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor, Block, Follow
from core.clock import now
from db.session import AsyncSession, settings_of
from posts.eyes import (
    OPEN,
    eyes_of_locals,
    in_audience,
    not_blocked,
    visible_to_eyes,
    visible_to_strangers,
)
from posts.models import (
    Bookmark,
    Like,
    PollVote,
    Post,
    PostTag,
    Reaction,
    ThreadMute,
    TimelineEntry,
    Visibility,
)
from posts.queries import is_no_reply_to_others
from posts.timelines import is_wanted

_OF_TAGS = frozenset({Visibility.PUBLIC, Visibility.DOCTORS})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post shows: on which timelines, under which hashtags, on whose homes and lists.

    Of a deleted one its media and its owners are not known any more, nor its `tags` (None).
    """

    post_id: int
    author_is_local: bool
    is_deleted: bool
    on_public: bool
    on_local: bool
    has_media: bool
    for_strangers: bool
    tags: frozenset[str] | None
    owner_ids: frozenset[int]


async def find_place(
    session: AsyncSession, post_id: int, owner_ids: Collection[int]
) -> Place | None:
    """Return where a post shows; of people and lists only those asked for. Three queries."""
    row = (await session.execute(_PLACE, {"post": post_id})).one_or_none()
    if row is None:
        return None
    post: Post = row[0]
    _, host, stands_alone, is_open = row
    is_boost, is_deleted = post.boost_of_id is not None, post.deleted_at is not None
    stands_alone = bool(stands_alone) and not is_boost
    on_public = stands_alone and post.visibility is Visibility.PUBLIC
    for_us = stands_alone and post.visibility is Visibility.LOCAL
    tags: frozenset[str] | None = frozenset()
    if post.visibility in _OF_TAGS and not is_boost:
        tags = None if is_deleted else frozenset(await session.scalars(_tags_of(post_id)))
    owners = select(col(TimelineEntry.owner_id)).where(
        col(TimelineEntry.post_id) == post_id, col(TimelineEntry.owner_id).in_(owner_ids)
    )
    return Place(
        post_id=post_id,
        author_is_local=host == LOCAL_HOST,
        is_deleted=is_deleted,
        on_public=on_public,
        on_local=(on_public or for_us) and host == LOCAL_HOST,
        has_media=bool(post.attachments),
        for_strangers=post.visibility in OPEN if is_deleted else bool(is_open),
        tags=tags,
        owner_ids=frozenset(await session.scalars(owners)) if owner_ids else frozenset(),
    )


async def list_readers(
    session: AsyncSession, viewer_ids: Collection[int], post_id: int
) -> set[int]:
    """Return who of some people here may see a post, and has not turned its author away; one query.

    Of a deleted post: who belonged to its audience (J05).
    """
    if not viewer_ids:
        return set()
    asked = {"viewers": list(viewer_ids), "post": post_id, "at": now()}
    statement = _readers(tuple(settings_of(session).doctor_professions))
    return set(await session.scalars(statement, asked))


async def list_involved(
    session: AsyncSession, viewer_ids: Collection[int], post_ids: Iterable[int]
) -> set[int]:
    """Return who of some people has done something with posts, or would count reactions otherwise.

    For all others the posts look the same, as far as they see them. One query.
    """
    wanted = list(post_ids)
    if not viewer_ids or not wanted:
        return set()
    return set(
        await session.scalars(_involved(), {"viewers": list(viewer_ids), "posts": wanted})
    )


async def list_followed(
    session: AsyncSession, viewer_ids: Collection[int], author_ids: Collection[int]
) -> dict[int, frozenset[int]]:
    """Return whom of some authors each of some people follows; one query."""
    statement = select(col(Follow.follower_id), col(Follow.followee_id)).where(
        col(Follow.follower_id).in_(viewer_ids),
        col(Follow.followee_id).in_(author_ids),
        col(Follow.accepted_at).is_not(None),
    )
    found: dict[int, set[int]] = {}
    for follower, followee in await session.execute(statement):
        found.setdefault(follower, set()).add(followee)
    return {follower: frozenset(followees) for follower, followees in found.items()}


_PLACE: Any = (
    select(Post, col(Actor.host), is_no_reply_to_others(), visible_to_strangers())
    .join(Actor, col(Actor.id) == col(Post.author_id))
    .where(col(Post.id) == bindparam("post", type_=BigInteger))
)


def _tags_of(post_id: int) -> Select[Any]:
    return select(col(PostTag.tag)).where(col(PostTag.post_id) == post_id)


# Making these costs several times what running them does.
@lru_cache(maxsize=4)
def _readers(professions: tuple[str, ...]) -> Select[Any]:
    reader: Any = col(Actor.id)
    at: Any = bindparam("at")
    eyes = eyes_of_locals(reader, professions, at=at)
    was_entitled = and_(
        col(Post.deleted_at).is_not(None),
        in_audience(eyes, Post),
        not_blocked(eyes, col(Post.author_id)),
    )
    seen = select(col(Post.id)).where(
        col(Post.id) == bindparam("post", type_=BigInteger),
        or_(visible_to_eyes(eyes) & is_wanted(reader, at), was_entitled),
    )
    return select(reader).where(
        reader.in_(bindparam("viewers", expanding=True, type_=BigInteger)),
        seen.correlate_except(Post).exists(),
    )


@lru_cache(maxsize=1)
def _involved() -> Any:
    viewers = bindparam("viewers", expanding=True, type_=BigInteger)
    posts = bindparam("posts", expanding=True, type_=BigInteger)
    tables: tuple[Any, ...] = (Like, Bookmark, PollVote, Reaction)
    acts = [
        select(table.actor_id).where(table.actor_id.in_(viewers), table.post_id.in_(posts))
        for table in tables
    ]
    boosted = select(col(Post.author_id)).where(
        col(Post.author_id).in_(viewers),
        col(Post.boost_of_id).in_(posts),
        col(Post.deleted_at).is_(None),
    )
    muted = (
        select(col(ThreadMute.actor_id))
        .join(Post, col(Post.thread_id) == col(ThreadMute.thread_id))
        .where(col(ThreadMute.actor_id).in_(viewers), col(Post.id).in_(posts))
    )
    # Whose reactions a viewer is not shown: of those who block them, or whom they block.
    blocks = [
        select(mine)
        .join(Reaction, col(Reaction.actor_id) == theirs)
        .where(mine.in_(viewers), col(Reaction.post_id).in_(posts))
        for mine, theirs in (
            (col(Block.blocker_id), col(Block.blocked_id)),
            (col(Block.blocked_id), col(Block.blocker_id)),
        )
    ]
    return union_all(*acts, boosted, muted, *blocks)
