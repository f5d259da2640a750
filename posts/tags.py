"""SQL of hashtags: which begin so, how much they are used in public."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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
from db.search import Phrase, dialect_of
from db.session import AsyncSession
from posts.models import POST_WORDS, Post, PostTag, Trend, TrendKind, Visibility
from posts.open_timelines import is_one_of
from posts.search_index import tag_fact
from posts.timelines import is_wanted
from posts.visibility import Viewer, visible_to

DAYS = 7
# So many of the newest posts with a hashtag that begins so tell which hashtags there are.
LOOKED_AT = 200
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
    term = tag_fact(wanted)
    if term is None or any(one.isspace() or one in "@/" for one in wanted):
        return []
    ids = await _newest_with(session, Phrase((term,), is_begun=True))
    exact = select(col(PostTag.post_id)).where(col(PostTag.tag) == wanted)
    ids += await session.scalars(exact.order_by(col(PostTag.post_id).desc()).limit(LOOKED_AT))
    statement = (
        select(col(PostTag.tag))
        .join(Post, col(Post.id) == col(PostTag.post_id))
        .where(col(Post.id).in_(ids), is_one_of(*_SHOWN), visible_to(viewer))
    )
    if viewer.actor_id is not None:
        statement = statement.where(is_wanted(viewer.actor_id, now()))
    begin = exact_words(wanted)
    uses = Counter(
        tag for tag in await session.scalars(statement) if _begins(exact_words(tag), begin)
    )
    by_use = sorted(uses, key=lambda tag: (tag != wanted, -uses[tag], tag))
    return by_use[:limit]


def _begins(words: list[str], begin: list[str]) -> bool:
    return "".join(words).startswith("".join(begin))


async def _newest_with(session: AsyncSession, wanted: Phrase) -> list[int]:
    dialect = dialect_of(session)
    ids = POST_WORDS.ids(dialect)
    statement = select(ids).where(POST_WORDS.matches(dialect, wanted))
    return list(await session.scalars(statement.order_by(ids.desc()).limit(LOOKED_AT)))


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
