"""SQL of timelines: home is written when a post arrives, the others are read from the posts."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, delete, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col

from actors.models import LOCAL_HOST, Actor, Follow, Mute
from core.clock import now
from db.jobs import upsert
from db.paging import Page
from db.session import AsyncSession, settings_of
from posts.eyes import Eyes, eyes_of_locals, in_audience, visible_to_eyes
from posts.models import Post, PostTag, TimelineEntry, Visibility
from posts.queries import is_no_reply_to_others
from posts.visibility import Viewer, eyes_of, visible_to

# As many posts of somebody who was just followed come to the home timeline.
FILLED = 40

_TIMELINE = SQLModel.metadata.tables["timeline"]
_COLUMNS = ("owner_id", "post_id")
_fan_outs: dict[tuple[str, tuple[str, ...]], Any] = {}
_Muted: Any = aliased(Mute, name="muted")
_Original: Any = aliased(Post, name="original")
_Answered: Any = aliased(Post, name="answered")
_Known: Any = aliased(Follow, name="known")


async def fan_out(session: AsyncSession, post: Post, author: Actor) -> list[int]:
    """Write a post into the home timelines of its author and of the author's followers here.

    Returns whose timelines have it now and had not before. As at Mastodon, an answer goes to those
    who follow its addressee too, a boost to those who want the author's boosts, and what is for
    named people to those of them who follow the author.
    """
    owners: list[int] = []
    if author.is_local:
        own = upsert(session, _TIMELINE).values(owner_id=author.id, post_id=post.id)
        owners += await session.scalars(_once(own))
    given = {"post": post.id, "at": now()}
    return owners + list(await session.scalars(_fan_out(session), given))


async def fill_home(session: AsyncSession, owner_id: int | None, author_id: int) -> None:
    """Write the newest posts of somebody who is followed from now on into a home timeline.

    Without an owner, into those of all followers here: older posts have come to light.
    """
    newest = (
        select(col(Post.id))
        .where(col(Post.author_id) == author_id, col(Post.deleted_at).is_(None))
        .order_by(col(Post.id).desc())
        .limit(FILLED)
    )
    eyes = eyes_of_locals(col(Follow.follower_id), settings_of(session).doctor_professions)
    statement = _entries(eyes).where(
        col(Follow.followee_id) == author_id, col(Post.id).in_(newest)
    )
    if owner_id is not None:
        statement = statement.where(col(Follow.follower_id) == owner_id)
    await session.execute(_once(upsert(session, _TIMELINE).from_select(_COLUMNS, statement)))


async def clear_home(session: AsyncSession, owner_id: int, author_id: int) -> None:
    """Take out of a home timeline what somebody said or passed on who is followed no more."""
    theirs = select(col(Post.id)).where(col(Post.author_id) == author_id)
    await session.execute(
        delete(TimelineEntry)
        .where(col(TimelineEntry.owner_id) == owner_id, col(TimelineEntry.post_id).in_(theirs))
        .execution_options(synchronize_session=False)
    )


async def list_home(session: AsyncSession, viewer: Viewer, page: Page) -> list[Post]:
    """Return a page of what those said and passed on whom the viewer follows, newest first.

    The rule is asked again on reading: who is no doctor any more reads no post for doctors.
    """
    bounds = {"max_id": page.max_id, "since_id": page.since_id, "min_id": page.min_id}
    given = {name: value for name, value in bounds.items() if value is not None}
    statement = _home(replace(viewer, actor_id=0), tuple(given))
    asked = given | {"viewer": viewer.actor_id, "limit": page.limit, "at": now()}
    return page.newest_first(list(await session.scalars(statement, asked)))


async def list_doctors(session: AsyncSession, viewer: Viewer, page: Page) -> list[Post]:
    """Return a page of all that is addressed to verified doctors, newest first."""
    statement = select(Post).where(
        col(Post.visibility) == Visibility.DOCTORS, col(Post.boost_of_id).is_(None)
    )
    return await _list(session, viewer, page, statement)


async def list_public(
    session: AsyncSession,
    viewer: Viewer,
    page: Page,
    *,
    local: bool = False,
    remote: bool = False,
) -> list[Post]:
    """Return a page of public posts, without boosts and answers to others, newest first.

    People of this instance find on its own timeline what is for them only, too.
    """
    shown = {Visibility.PUBLIC}
    if local and viewer.actor_id is not None:
        shown.add(Visibility.LOCAL)
    statement = select(Post).where(
        col(Post.visibility).in_(shown), col(Post.boost_of_id).is_(None), is_no_reply_to_others()
    )
    if local or remote:
        statement = statement.join(Actor, col(Actor.id) == col(Post.author_id))
        lives_here = col(Actor.host) == LOCAL_HOST
        statement = statement.where(lives_here if local else ~lives_here)
    return await _list(session, viewer, page, statement)


async def list_tag(
    session: AsyncSession, viewer: Viewer, tag: str, page: Page, *, local: bool = False
) -> list[Post]:
    """Return a page of posts with a hashtag, newest first: public ones, and for doctors theirs."""
    statement = (
        select(Post)
        .join(PostTag, col(PostTag.post_id) == col(Post.id))
        .where(
            col(PostTag.tag) == tag.removeprefix("#").lower(),
            col(Post.visibility).in_({Visibility.PUBLIC, Visibility.DOCTORS}),
        )
    )
    if local:
        statement = statement.join(Actor, col(Actor.id) == col(Post.author_id))
        statement = statement.where(col(Actor.host) == LOCAL_HOST)
    return await _list(session, viewer, page, statement)


async def _list(
    session: AsyncSession, viewer: Viewer, page: Page, statement: Select[Any]
) -> list[Post]:
    seen = statement.where(visible_to(viewer))
    if viewer.actor_id is not None:
        seen = seen.where(_not_muted(viewer.actor_id, now()))
    found = await session.scalars(page.apply(seen, col(Post.id)))
    return page.newest_first(list(found))


@lru_cache(maxsize=64)
def _home(kind: Viewer, bounds: tuple[str, ...]) -> Select[Any]:
    """Return the query of home timelines; made once, as making it costs more than running it."""
    owner = bindparam("viewer", type_=BigInteger)
    eyes = eyes_of(kind, owner)
    statement = (
        select(Post)
        .join(TimelineEntry, col(TimelineEntry.post_id) == col(Post.id))
        .where(
            col(TimelineEntry.owner_id) == owner,
            visible_to_eyes(eyes),
            _not_muted(owner, bindparam("at")),
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
        eyes = eyes_of_locals(col(Follow.follower_id), professions, at=bindparam("at"))
        one = col(Post.id) == bindparam("post", type_=BigInteger)
        insert = upsert(session, _TIMELINE).from_select(_COLUMNS, _entries(eyes).where(one))
        _fan_outs[key] = _once(insert)
    return _fan_outs[key]


def _once(insert: Any) -> Any:
    return insert.on_conflict_do_nothing().returning(_TIMELINE.c.owner_id)


def _entries(eyes: Eyes) -> Select[int, int]:
    """Return which posts belong in whose home timeline, for local followers."""
    follower = col(Follow.follower_id)
    knows_addressee = (
        select(_Known.id)
        .where(
            _Known.follower_id == follower,
            _Known.followee_id == _Answered.author_id,
            _Known.accepted_at.is_not(None),
        )
        .correlate_except(_Known)
        .exists()
    )
    is_of_interest = (
        select(_Answered.id)
        .where(
            _Answered.id == col(Post.in_reply_to_id),
            or_(
                _Answered.author_id == col(Post.author_id),
                _Answered.author_id == follower,
                knows_addressee,
            ),
        )
        .correlate_except(_Answered)
        .exists()
    )
    return (
        select(follower, col(Post.id))
        .join(Post, col(Post.author_id) == col(Follow.followee_id))
        .join(Actor, col(Actor.id) == follower)
        .where(
            col(Follow.accepted_at).is_not(None),
            col(Actor.host) == LOCAL_HOST,
            or_(col(Post.boost_of_id).is_(None), col(Follow.shows_boosts).is_(True)),
            or_(col(Post.in_reply_to_uri).is_(None), is_of_interest),
            in_audience(eyes, Post),
        )
    )


def _not_muted(viewer_id: Any, at: Any) -> ColumnElement[bool]:
    """Return the condition that the viewer mutes neither who says it nor whom a boost passes on."""
    original = (
        select(_Original.author_id)
        .where(_Original.id == col(Post.boost_of_id))
        .correlate_except(_Original)
        .scalar_subquery()
    )
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
