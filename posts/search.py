"""Full text: a searcher finds what they may see, newest first, and of others' public posts those
whose authors are to be found.

A post for everybody whose author does not say `indexable` (FEP-5feb), and one that is not listed,
is found only by its author's followers, by those whom it names, and by those who did something with
it. What is for doctors, followers or named people is found by who belongs to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import Actor, Follow
from actors.queries import find_actor_by_handle
from core.clock import now
from core.errors import InvalidDocument
from core.ids import id_at
from db.paging import Page
from db.search import AllOf, AnyOf, Condition, Phrase, dialect_of
from db.session import AsyncSession, settings_of
from federation.uris import handle_parts, local_uris
from posts.eyes import OPEN
from posts.models import POST_WORDS, Bookmark, Like, Mention, PollVote, Post, Visibility
from posts.search_index import EVERY_POST, author_fact
from posts.search_query import Place, Query, read_query
from posts.timelines import is_wanted
from posts.visibility import Viewer, visible_to

# So many posts with the words are looked at, in so many rounds: who may see none of the newest ten
# thousand is told that there is nothing. More words, or a date, lead further.
ROUNDS = (200, 800, 3000, 6000)
# A post's id is of when it came, which is at most this long after it was written.
_LATE = timedelta(days=1)
_LARGEST = 2**63 - 1
_Author: Any = aliased(Actor, name="searched_author")
_Follow: Any = aliased(Follow, name="searched_follow")
_Boost: Any = aliased(Post, name="searched_boost")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a client narrows a search by, beside what is typed."""

    page: Page
    offset: int = 0
    author_id: int | None = None
    only_followed: bool = False


async def search_posts(
    session: AsyncSession, viewer: Viewer, text: str, bounds: Bounds
) -> list[Post]:
    """Return what a viewer finds, newest first; strangers find nothing."""
    query = read_query(text)
    if viewer.actor_id is None or query.is_empty:
        return []
    wanted = await _wanted(session, viewer, query, bounds.author_id)
    if wanted is None:
        return []
    may_find = _may_find(viewer.actor_id, viewer, query, bounds)
    ids = await _collect(session, wanted, may_find, _dated(bounds, query))
    found = await session.scalars(select(Post).where(col(Post.id).in_(ids)))
    by_id = {post.id: post for post in found}
    return bounds.page.newest_first([by_id[post_id] for post_id in ids])


async def _wanted(
    session: AsyncSession, viewer: Viewer, query: Query, author_id: int | None
) -> Condition | None:
    """Return the condition on words and facts; None when nothing can have it."""
    parts = list(query.wanted)
    if author_id is not None:
        parts.append(Phrase((author_fact(author_id),)))
    if query.authors:
        authors = await _authors(session, viewer, query.authors)
        if not authors:
            return None
        parts.append(AnyOf(authors))
    if query.languages:
        parts.append(AnyOf(query.languages))
    but_not = (*query.but_not, *await _authors(session, viewer, query.not_authors))
    return AllOf(tuple(parts or [Phrase((EVERY_POST,))]), but_not)


async def _authors(
    session: AsyncSession, viewer: Viewer, handles: Sequence[str]
) -> tuple[Condition, ...]:
    uris = local_uris(settings_of(session))
    found: list[Condition] = []
    for handle in dict.fromkeys(handles):
        actor_id = viewer.actor_id
        if handle.lower() != "me":
            try:
                username, domain = handle_parts(handle)
            except InvalidDocument:
                continue
            is_ours = domain in {None, uris.handle_domain, uris.host}
            actor = await find_actor_by_handle(session, username, None if is_ours else domain)
            actor_id = actor.id if actor is not None else None
        if actor_id is not None:
            found.append(Phrase((author_fact(actor_id),)))
    return tuple(found)


def _dated(bounds: Bounds, query: Query) -> Bounds:
    """Narrow the ids to those that posts of the asked dates can have."""
    page = bounds.page
    if query.since is not None:
        page = replace(page, since_id=max(page.since_id or 0, _id_at(query.since) - 1))
    if query.until is not None:
        first = _id_at(query.until + _LATE) if query.until.year < 9999 else _LARGEST
        page = replace(page, max_id=min(page.max_id or _LARGEST, first))
    return replace(bounds, page=page)


def _id_at(moment: datetime) -> int:
    return max(0, min(id_at(moment), _LARGEST))


async def _collect(
    session: AsyncSession, wanted: Condition, may_find: ColumnElement[bool], bounds: Bounds
) -> list[int]:
    """Return the ids of a page in the order in which they are read: walk, and judge what comes."""
    page = bounds.page
    order = col(Post.id).asc() if page.min_id is not None else col(Post.id).desc()
    left, found = bounds.offset + page.limit, list[int]()
    for size in ROUNDS:
        hits = await _walk(session, wanted, replace(page, limit=size))
        seen = select(col(Post.id)).where(col(Post.id).in_(hits), may_find)
        found += await session.scalars(seen.order_by(order).limit(left - len(found)))
        if len(found) >= left or len(hits) < size:
            break
        is_upwards = page.min_id is not None
        page = replace(page, **{"min_id" if is_upwards else "max_id": hits[-1]})
    return found[bounds.offset :]


async def _walk(session: AsyncSession, wanted: Condition, page: Page) -> list[int]:
    dialect = dialect_of(session)
    ids = POST_WORDS.ids(dialect)
    statement = page.apply(select(ids).where(POST_WORDS.matches(dialect, wanted)), ids)
    return list(await session.scalars(statement))


def _may_find(me: int, viewer: Viewer, query: Query, bounds: Bounds) -> ColumnElement[bool]:
    rules = [visible_to(viewer), is_wanted(me, now()), _is_to_be_found(me)]
    if query.place is Place.LIBRARY:
        rules.append(_is_in_library(me))
    if query.place is Place.PUBLIC:
        rules.append(and_(col(Post.visibility) == Visibility.PUBLIC, _is_indexable()))
    if query.since is not None:
        rules.append(col(Post.created_at) >= query.since)
    if query.until is not None:
        rules.append(col(Post.created_at) < query.until)
    if bounds.only_followed:
        rules.append(_follows_author(me))
    return and_(*rules)


def _is_to_be_found(me: int) -> ColumnElement[bool]:
    return or_(
        col(Post.visibility).not_in(OPEN),
        and_(col(Post.visibility) == Visibility.PUBLIC, _is_indexable()),
        _follows_author(me),
        _is_in_library(me),
    )


def _is_indexable() -> ColumnElement[bool]:
    author = select(_Author.id).where(
        _Author.id == col(Post.author_id), _Author.indexable.is_(True)
    )
    return author.correlate_except(_Author).exists()


def _follows_author(me: int) -> ColumnElement[bool]:
    follow = select(_Follow.id).where(
        _Follow.follower_id == me,
        _Follow.followee_id == col(Post.author_id),
        _Follow.accepted_at.is_not(None),
    )
    return follow.correlate_except(_Follow).exists()


def _is_in_library(me: int) -> ColumnElement[bool]:
    """What one wrote, is named in, likes, keeps, passed on or voted in."""
    tables: tuple[Any, ...] = (Mention, Like, Bookmark, PollVote)
    mine = [
        select(table.post_id)
        .where(table.post_id == col(Post.id), table.actor_id == me)
        .correlate_except(table)
        .exists()
        for table in tables
    ]
    boosted = select(_Boost.id).where(
        _Boost.boost_of_id == col(Post.id),
        _Boost.author_id == me,
        _Boost.deleted_at.is_(None),
    )
    return or_(
        col(Post.author_id) == me, *mine, boosted.correlate_except(_Boost).exists()
    )
