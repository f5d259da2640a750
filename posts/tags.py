"""SQL of hashtags: which begin so, how much they are used in public."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, literal, select, union_all
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.ids import id_at, time_of
from core.text import folded_tag
from core.words import exact_words
from db.session import AsyncSession
from posts.models import Post, PostTag, Trend, TrendKind, Visibility
from posts.open_timelines import is_one_of
from posts.tag_walk import first_letters, walk_tags
from posts.timelines import is_wanted
from posts.visibility import Viewer, visible_to

DAYS = 7
# So many of the newest posts with that hashtag are looked at, and so many with one that begins so:
# of these only what is among the newest uses of any hashtags.
LOOKED_AT = 100
OF_LATE = 1_000
# A hashtag that does not trend is counted so far.
COUNTED = 300
_FRESH = timedelta(hours=1)
_DAY = timedelta(days=1)
_IDS_A_DAY = id_at(time_of(0) + _DAY)
_SHOWN = (Visibility.PUBLIC, Visibility.DOCTORS)


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """How often something was used on one day, and by how many; `began_s` is since 1970."""

    began_s: int
    uses: int = 0
    people: int = 0


async def search_tags(session: AsyncSession, viewer: Viewer, text: str, limit: int) -> list[str]:
    """Return hashtags that begin so, that one first, then those used most of late.

    Only those of posts that the viewer may see: public ones, and those for doctors.
    """
    wanted = folded_tag(text.strip())
    word = "".join(exact_words(wanted))
    if not word or any(one.isspace() or one in "@/" for one in wanted):
        return []
    found = {
        *await _uses_of(session, wanted),
        *_begun(await _newest_uses(session, first_letters(wanted, word)), word)[:LOOKED_AT],
        *_begun(await walk_tags(session, wanted, word), word),
    }
    seen = await _seen(session, viewer, {post_id for _, post_id in found})
    uses = Counter(tag for tag, post_id in found if post_id in seen)
    by_use = sorted(uses, key=lambda tag: (tag != wanted, -uses[tag], tag))
    return by_use[:limit]


def _begun(uses: list[tuple[str, int]], word: str) -> list[tuple[str, int]]:
    tags = {tag for tag, _ in uses}
    begun = {tag for tag in tags if "".join(exact_words(tag)).startswith(word)}
    return [use for use in uses if use[0] in begun]


async def _uses_of(session: AsyncSession, tag: str) -> list[tuple[str, int]]:
    statement = select(col(PostTag.post_id)).where(col(PostTag.tag) == tag)
    newest = statement.order_by(col(PostTag.post_id).desc()).limit(LOOKED_AT)
    return [(tag, post_id) for post_id in await session.scalars(newest)]


async def _newest_uses(session: AsyncSession, letters: Iterable[str]) -> list[tuple[str, int]]:
    """Return which hashtags were used last in which posts, if they begin with one of some letters.

    Newest first.
    """
    newest = (
        select(col(PostTag.tag), col(PostTag.post_id))
        .order_by(col(PostTag.post_id).desc())
        .limit(OF_LATE)
        .subquery()
    )
    begins = func.substr(newest.c.tag, 1, 1).in_(sorted(letters))
    statement = select(newest.c.tag, newest.c.post_id).where(begins)
    rows = await session.execute(statement.order_by(newest.c.post_id.desc()))
    return [(tag, post_id) for tag, post_id in rows]


async def _seen(session: AsyncSession, viewer: Viewer, ids: Collection[int]) -> set[int]:
    """Return those of some posts whose hashtags a viewer may find."""
    if not ids:
        # SQLite would look at every post for none.
        return set()
    statement = select(col(Post.id)).where(
        col(Post.id).in_(sorted(ids)), is_one_of(*_SHOWN), visible_to(viewer)
    )
    if viewer.actor_id is not None:
        statement = statement.where(is_wanted(viewer.actor_id, now()))
    return set(await session.scalars(statement))


async def find_uses(
    session: AsyncSession, tags: Iterable[str]
) -> dict[str, tuple[DayOfUse, ...]]:
    """Return how hashtags were used in public on each of the last days, today first; two queries.

    Every hashtag that is asked for has its days. Those that trend were counted then, as far as
    they were used by people who want to be discovered.
    """
    asked = set(tags)
    today = day_of(id_at(now()))
    found = await _counted_as_trends(session, asked, today)
    return found | await _count(session, asked - set(found), today)


async def _counted_as_trends(
    session: AsyncSession, tags: set[str], today: int
) -> dict[str, tuple[DayOfUse, ...]]:
    statement = select(Trend).where(
        col(Trend.kind) == TrendKind.TAG,
        col(Trend.key).in_(tags),
        col(Trend.computed_at) > now() - _FRESH,
    )
    return {
        trend.key: last_days(
            today, {(trend.key, day): (uses, who) for day, uses, who in trend.history}, trend.key
        )
        for trend in await session.scalars(statement)
    }


async def _count(
    session: AsyncSession, tags: set[str], today: int
) -> dict[str, tuple[DayOfUse, ...]]:
    wanted = sorted(tags)
    if not wanted:
        return {}
    newest = [
        select(col(PostTag.tag), col(PostTag.post_id))
        .where(col(PostTag.tag) == tag, col(PostTag.post_id) >= (today - DAYS + 1) * _IDS_A_DAY)
        .order_by(col(PostTag.post_id).desc())
        .limit(COUNTED)
        .subquery()
        for tag in wanted
    ]
    used = union_all(*(select(one.c.tag, one.c.post_id) for one in newest)).subquery()
    day = used.c.post_id // literal(_IDS_A_DAY, used.c.post_id.type)
    statement = (
        select(used.c.tag, day, func.count(), func.count(col(Post.author_id).distinct()))
        .join(Post, col(Post.id) == used.c.post_id)
        .join(Actor, col(Actor.id) == col(Post.author_id))
        .where(*is_public_talk())
        .group_by(used.c.tag, day)
    )
    counted = {
        (tag, number): (uses, people)
        for tag, number, uses, people in await session.execute(statement)
    }
    return {tag: last_days(today, counted, tag) for tag in wanted}


def day_of(post_id: int) -> int:
    """Return the day, counted since 1970, on which a post came."""
    return post_id // _IDS_A_DAY


def last_days(
    today: int, counted: dict[tuple[str, int], tuple[int, int]], key: str
) -> tuple[DayOfUse, ...]:
    """Return the last days of something, today first, with what was counted on each."""
    days = (today - back for back in range(DAYS))
    return tuple(
        DayOfUse(day * int(_DAY.total_seconds()), *counted.get((key, day), (0, 0)))
        for day in days
    )


def is_public_talk() -> tuple[Any, ...]:
    """Return the conditions under which a post (joined with its author) counts in public."""
    return (
        col(Post.visibility) == Visibility.PUBLIC,
        col(Post.boost_of_id).is_(None),
        col(Post.deleted_at).is_(None),
        col(Post.clinical).is_(False),
        col(Actor.suspended_at).is_(None),
        col(Actor.deleted_at).is_(None),
    )
