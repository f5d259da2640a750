"""SQL of the timelines that are read from the posts: public ones, hashtags, links, doctors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from actors.models import LOCAL_HOST, Actor
from core.clock import now
from core.text import folded_tag
from db.paging import Page
from db.session import AsyncSession
from posts.models import Post, PostTag, Visibility
from posts.queries import is_no_reply_to_others
from posts.timelines import is_wanted
from posts.visibility import Viewer, visible_to

_Tag: Any = aliased(PostTag, name="other_tag")


@dataclass(frozen=True, slots=True)
class Which:
    """Which posts of a timeline are wanted: from here, from elsewhere, with files."""

    local: bool = False
    remote: bool = False
    only_media: bool = False

    def apply(self, statement: Select[Any]) -> Select[Any]:
        """Return a statement over posts with these conditions."""
        if self.local or self.remote:
            statement = statement.join(Actor, col(Actor.id) == col(Post.author_id))
            lives_here = col(Actor.host) == LOCAL_HOST
            statement = statement.where(lives_here if self.local else ~lives_here)
        return statement.where(col(Post.attachments) != []) if self.only_media else statement


@dataclass(frozen=True, slots=True)
class OtherTags:
    """Which hashtags a post bears besides: one of `any` instead, `all` of them, `none` of them."""

    any: Collection[str] = ()
    all: Collection[str] = ()
    none: Collection[str] = ()


ALL = Which()
NO_OTHERS = OtherTags()


async def list_doctors(session: AsyncSession, viewer: Viewer, page: Page) -> list[Post]:
    """Return a page of all that is addressed to verified doctors, newest first."""
    statement = select(Post).where(
        col(Post.visibility) == Visibility.DOCTORS, col(Post.boost_of_id).is_(None)
    )
    return await _list(session, viewer, page, statement)


async def list_public(
    session: AsyncSession, viewer: Viewer, page: Page, which: Which = ALL
) -> list[Post]:
    """Return a page of public posts, without boosts and answers to others, newest first.

    People of this instance find on its own timeline what is for them only, too.
    """
    for_all: ColumnElement[bool] = col(Post.visibility) == Visibility.PUBLIC
    if which.local and viewer.actor_id is not None:
        for_all = is_one_of(Visibility.PUBLIC, Visibility.LOCAL)
    statement = select(Post).where(
        for_all, col(Post.boost_of_id).is_(None), is_no_reply_to_others()
    )
    return await _list(session, viewer, page, which.apply(statement))


async def list_tag(
    session: AsyncSession,
    viewer: Viewer,
    tag: str,
    page: Page,
    *,
    which: Which = ALL,
    others: OtherTags = NO_OTHERS,
) -> list[Post]:
    """Return a page of posts with a hashtag, newest first: public ones, and for doctors theirs."""
    statement = select(Post).where(is_one_of(Visibility.PUBLIC, Visibility.DOCTORS))
    by = None
    if others.any:
        statement = statement.where(_bears([tag, *others.any]))
    else:
        # By the hashtag's own index, which is in the order of the list.
        by = col(PostTag.post_id)
        statement = statement.join(PostTag, by == col(Post.id))
        statement = statement.where(col(PostTag.tag) == folded_tag(tag))
    for each in others.all:
        statement = statement.where(_bears([each]))
    if others.none:
        statement = statement.where(~_bears(others.none))
    return await _list(session, viewer, page, which.apply(statement), by=by)


async def list_link(session: AsyncSession, viewer: Viewer, url: str, page: Page) -> list[Post]:
    """Return a page of public posts that link to a page, of those who want to be discovered."""
    statement = (
        select(Post)
        .join(Actor, col(Actor.id) == col(Post.author_id))
        .where(
            col(Post.card_url) == url.partition("#")[0],
            col(Post.visibility) == Visibility.PUBLIC,
            col(Actor.discoverable).is_(True),
        )
    )
    return await _list(session, viewer, page, statement)


def is_one_of(*shown: Visibility) -> ColumnElement[bool]:
    """Return the condition on an audience by which no index is walked: a sort of all would follow.

    The ids that order the list are walked instead.
    """
    return col(Post.visibility).not_in(sorted(set(Visibility) - set(shown)))


def _bears(tags: Collection[str]) -> ColumnElement[bool]:
    wanted = {folded_tag(tag) for tag in tags}
    bearing = select(_Tag.post_id).where(_Tag.post_id == col(Post.id), _Tag.tag.in_(wanted))
    return bearing.correlate_except(_Tag).exists()


async def _list(
    session: AsyncSession,
    viewer: Viewer,
    page: Page,
    statement: Select[Any],
    *,
    by: Any = None,
) -> list[Post]:
    seen = statement.where(visible_to(viewer))
    if viewer.actor_id is not None:
        seen = seen.where(is_wanted(viewer.actor_id, now()))
    found = await session.scalars(page.apply(seen, col(Post.id) if by is None else by))
    return page.newest_first(list(found))
