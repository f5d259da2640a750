"""SQL of the timelines that are written when a post arrives: homes and lists."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    bindparam,
    delete,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col

from actors.domain_blocks import not_domain_blocked
from actors.models import Actor, ActorList, Follow, Mute
from core.clock import now
from core.ids import id_at
from db.bus import Event, emit
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession, settings_of
from posts.entries import (
    SHOWN_ONCE,
    home_entries,
    list_entries,
    own_list_entries,
    tag_entries,
)
from posts.eyes import eyes_of_locals, visible_to_eyes
from posts.models import FollowedTag, Post, TimelineEntry
from posts.visibility import Viewer, eyes_of

# As many posts of somebody who was just followed come to the home timeline.
FILLED = 40

_TIMELINE = SQLModel.metadata.tables["timeline"]
_COLUMNS = ("owner_id", "post_id")
_fan_outs: dict[tuple[str, tuple[str, ...]], Any] = {}
_Muted: Any = aliased(Mute, name="muted")
_Original: Any = aliased(Post, name="original")


async def fan_out(session: AsyncSession, post: Post, author: Actor) -> list[int]:
    """Write a post into the home timelines of its author and of the author's followers here.

    And onto the lists on which the author is, and into the homes of those who follow one of its
    hashtags. Returns whose timelines, a person's or a list's, have it now and had not before. As at
    Mastodon, an answer goes to those who follow its addressee too, a boost to those who want the
    author's boosts, what is for named people to those of them who follow the author, and a language
    to those who did not ask for others.
    """
    owners: list[int] = []
    # Live, for it has just come: what is only fetched is in no hurry.
    emit(session, Event("post", post.id, actor_id=author.id))
    if author.is_local:
        own = upsert(session, _TIMELINE).values(owner_id=author.id, post_id=post.id)
        owners += await session.scalars(_once(own))
    given = {"post": post.id, "at": now(), "since": id_at(now() - SHOWN_ONCE)}
    return owners + list(await session.scalars(_fan_out(session), given))


async def fill_home(session: AsyncSession, owner_id: int | None, author_id: int) -> None:
    """Write the newest posts of somebody who is followed from now on into a home timeline.

    And onto the owner's lists, where they are on some already. Without an owner, into those of all
    followers here: older posts have come to light.
    """
    eyes = eyes_of_locals(col(Follow.follower_id), settings_of(session).doctor_professions)
    for entries in (home_entries(eyes), list_entries(eyes)):
        statement = entries.where(
            col(Follow.followee_id) == author_id, col(Post.id).in_(newest_of(author_id))
        )
        if owner_id is not None:
            statement = statement.where(col(Follow.follower_id) == owner_id)
        await session.execute(_once(_insert(session, statement)))


def newest_of(author_id: int) -> Select[int]:
    """Return the newest posts of somebody: as many as come to a timeline at once."""
    return (
        select(col(Post.id))
        .where(col(Post.author_id) == author_id, col(Post.deleted_at).is_(None))
        .order_by(col(Post.id).desc())
        .limit(FILLED)
    )


async def add_entries(session: AsyncSession, entries: Select[int, int]) -> None:
    """Write (owner, post) into timelines; what is there already stays."""
    await session.execute(_once(_insert(session, entries)))


async def clear_home(session: AsyncSession, owner_id: int, author_id: int) -> None:
    """Take out of a home and its lists what somebody said or passed on who is followed no more."""
    lists = select(col(ActorList.id)).where(col(ActorList.owner_id) == owner_id)
    mine = or_(col(TimelineEntry.owner_id) == owner_id, col(TimelineEntry.owner_id).in_(lists))
    theirs = select(col(Post.id)).where(col(Post.author_id) == author_id)
    await session.execute(
        delete(TimelineEntry)
        .where(mine, col(TimelineEntry.post_id).in_(theirs))
        .execution_options(synchronize_session=False)
    )


async def list_home(session: AsyncSession, viewer: Viewer, page: Page) -> list[Post]:
    """Return a page of what those said and passed on whom the viewer follows, newest first.

    The rule is asked again on reading: who is no doctor any more reads no post for doctors.
    """
    return await _list_written(session, viewer, viewer.actor_id, page)


async def list_of_list(
    session: AsyncSession, viewer: Viewer, found: ActorList, page: Page
) -> list[Post]:
    """Return a page of what one of the viewer's lists shows, newest first; the rule is asked again.

    The list must be the viewer's own.
    """
    return await _list_written(session, viewer, found.id, page)


async def _list_written(
    session: AsyncSession, viewer: Viewer, owner_id: int | None, page: Page
) -> list[Post]:
    bounds = {"max_id": page.max_id, "since_id": page.since_id, "min_id": page.min_id}
    given = {name: value for name, value in bounds.items() if value is not None}
    statement = _home(replace(viewer, actor_id=0), tuple(given))
    asked = given | {"viewer": viewer.actor_id, "limit": page.limit, "at": now()}
    asked["owner"] = owner_id
    return page.newest_first(list(await session.scalars(statement, asked)))


@lru_cache(maxsize=64)
def _home(kind: Viewer, bounds: tuple[str, ...]) -> Select[Any]:
    """Return the query of written timelines; made once, as making it costs more than running it."""
    reader = bindparam("viewer", type_=BigInteger)
    eyes = eyes_of(kind, reader)
    statement = (
        select(Post)
        .join(TimelineEntry, col(TimelineEntry.post_id) == col(Post.id))
        .where(
            col(TimelineEntry.owner_id) == bindparam("owner", type_=BigInteger),
            visible_to_eyes(eyes),
            is_wanted(reader, bindparam("at")),
        )
    )
    given: dict[str, Any] = {name: bindparam(name, type_=BigInteger) for name in bounds}
    limit: Any = bindparam("limit", type_=BigInteger)
    return Page(limit=limit, **given).apply(statement, col(TimelineEntry.post_id))


def _fan_out(session: AsyncSession) -> Any:
    """Return the statement that writes one post into timelines; made once, as that of homes."""
    professions = tuple(settings_of(session).doctor_professions)
    key = (session.get_bind().dialect.name, professions)
    if key not in _fan_outs:
        at: Any = bindparam("at")
        eyes = eyes_of_locals(col(Follow.follower_id), professions, at=at)
        others = eyes_of_locals(col(FollowedTag.actor_id), professions, at=at)
        one = col(Post.id) == bindparam("post", type_=BigInteger)
        since = bindparam("since", type_=BigInteger)
        entries = union_all(
            home_entries(eyes, since=since).where(one),
            list_entries(eyes, since=since).where(one),
            own_list_entries().where(one),
            tag_entries(others).where(one),
        )
        _fan_outs[key] = _once(_insert(session, entries))
    return _fan_outs[key]


def _insert(session: AsyncSession, entries: Any) -> Any:
    return upsert(session, _TIMELINE).from_select(_COLUMNS, entries)


def _once(insert: Any) -> Any:
    return insert.on_conflict_do_nothing().returning(_TIMELINE.c.owner_id)


def is_wanted(viewer_id: Any, at: Any) -> ColumnElement[bool]:
    """Return the condition that the viewer has not turned away who says a post, or is passed on.

    Neither by a mute that holds, nor by a block of a domain.
    """
    return _not_muted(viewer_id, at) & not_domain_blocked(
        viewer_id, col(Post.author_id), _boosted_author()
    )


def _boosted_author() -> Any:
    return (
        select(_Original.author_id)
        .where(_Original.id == col(Post.boost_of_id))
        .correlate_except(_Original)
        .scalar_subquery()
    )


def _not_muted(viewer_id: Any, at: Any) -> ColumnElement[bool]:
    original = _boosted_author()
    muted = (
        select(_Muted.id)
        .where(
            _Muted.muter_id == viewer_id,
            or_(_Muted.expires_at.is_(None), _Muted.expires_at > at),
            or_(_Muted.muted_id == col(Post.author_id), _Muted.muted_id == original),
        )
        .correlate_except(_Muted)
    )
    return ~muted.exists()
