"""What a person does not want to read: their filters, and whether a text matches one.

As at Mastodon, a whole word ends where letters, digits and `_` end, but only at a side where the
keyword has one itself. Case, and how accents are composed, make no difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, bindparam, or_, select
from sqlmodel import col

from core.clock import now
from db.session import AsyncSession
from moderation.models import Filter, FilterAction, FilterKeyword, FilterStatus

# What is longer is looked through up to here: nobody reads more.
LONGEST_TEXT = 100_000


class FilterContext(StrEnum):
    """Where posts are read; the values are the client API's, lists and groups count as home."""

    HOME = "home"
    NOTIFICATIONS = "notifications"
    PUBLIC = "public"
    THREAD = "thread"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A keyword, ready to be looked for in folded texts; without an edge anywhere in a word."""

    keyword: str
    folded: str
    edged: re.Pattern[str] | None

    def is_in(self, text: str) -> bool:
        """Tell whether a folded text has it."""
        # The plain search takes linear time whatever is looked for, and mostly finds nothing.
        return self.folded in text and (self.edged is None or bool(self.edged.search(text)))


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """A filter that counts now."""

    id: int
    title: str
    contexts: tuple[str, ...]
    action: FilterAction
    expires_at: datetime | None
    phrases: tuple[Phrase, ...] = ()
    post_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FilterMatch:
    """That a filter matches something, by which of its keywords, or as it names the post."""

    filter: ActiveFilter
    keywords: tuple[str, ...]
    post_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """All filters of somebody that count now; false when there are none."""

    active: tuple[ActiveFilter, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.active)

    def matches(self, *texts: str, post_id: int | None = None) -> list[FilterMatch]:
        """Return which filters match some plain texts of a post, or name it."""
        text = folded("\n".join(texts)[:LONGEST_TEXT])
        found = []
        for each in self.active:
            keywords = tuple(p.keyword for p in each.phrases if p.is_in(text))
            named = (post_id,) if post_id is not None and post_id in each.post_ids else ()
            if keywords or named:
                found.append(FilterMatch(each, keywords, named))
        return found


NO_FILTERS = Filters()


def hides(matches: Iterable[FilterMatch], context: FilterContext) -> bool:
    """Tell whether what matches is not to be shown at all in a context."""
    return any(
        match.filter.action is FilterAction.HIDE and context.value in match.filter.contexts
        for match in matches
    )


async def load_filters(session: AsyncSession, actor_id: int) -> Filters:
    """Return somebody's filters that count now; one query where there are none, else two."""
    asked = {"actor": actor_id, "at": now()}
    rows = (await session.execute(_WORDED, asked)).all()
    if not rows:
        return NO_FILTERS
    named: dict[int, set[int]] = {}
    for filter_id, post_id in await session.execute(_NAMED, {"actor": actor_id}):
        named.setdefault(filter_id, set()).add(post_id)
    phrases: dict[int, list[Phrase]] = {}
    for row in rows:
        if row.keyword is not None:
            phrases.setdefault(row.id, []).append(phrase(row.keyword, row.whole_word))
    distinct = {row.id: row for row in rows}
    return Filters(
        tuple(
            ActiveFilter(
                id=row.id,
                title=row.title,
                contexts=tuple(row.contexts),
                action=row.action,
                expires_at=row.expires_at,
                phrases=tuple(phrases.get(row.id, ())),
                post_ids=frozenset(named.get(row.id, ())),
            )
            for row in distinct.values()
        )
    )


async def list_filtering(session: AsyncSession, actor_ids: Collection[int]) -> set[int]:
    """Return who of some people has filters that count now; one query."""
    statement = select(col(Filter.actor_id)).where(
        col(Filter.actor_id).in_(actor_ids),
        or_(col(Filter.expires_at).is_(None), col(Filter.expires_at) > now()),
    )
    return set(await session.scalars(statement.distinct())) if actor_ids else set()


@lru_cache(maxsize=4096)
def phrase(keyword: str, whole_word: bool) -> Phrase:
    """Return a keyword, ready to be looked for; kept, as everybody reads more than once."""
    wanted = folded(keyword)
    if not whole_word:
        return Phrase(keyword, wanted, None)
    # Escaped: a keyword is no pattern, and none can take more than linear time.
    start, end = (r"\b" if _is_of_a_word(edge) else "" for edge in (wanted[:1], wanted[-1:]))
    return Phrase(keyword, wanted, re.compile(f"{start}{re.escape(wanted)}{end}"))


def _is_of_a_word(character: str) -> bool:
    return re.match(r"\w", character) is not None


def folded(text: str) -> str:
    """Return a text as keywords are looked for in it: without case, accents composed."""
    return unicodedata.normalize("NFC", text).casefold()


def _of(actor: Any) -> Any:
    """Build the question for a person's filters with their keywords, oldest first."""
    return (
        select(
            col(Filter.id),
            col(Filter.title),
            col(Filter.contexts),
            col(Filter.action),
            col(Filter.expires_at),
            col(FilterKeyword.keyword),
            col(FilterKeyword.whole_word),
        )
        .outerjoin(FilterKeyword, col(FilterKeyword.filter_id) == col(Filter.id))
        .where(
            col(Filter.actor_id) == actor,
            or_(col(Filter.expires_at).is_(None), col(Filter.expires_at) > bindparam("at")),
        )
        .order_by(col(Filter.id), col(FilterKeyword.id))
    )


# Built once: they are asked with every page of posts.
_WORDED = _of(bindparam("actor", type_=BigInteger))
_NAMED = (
    select(col(FilterStatus.filter_id), col(FilterStatus.post_id))
    .join(Filter, col(Filter.id) == col(FilterStatus.filter_id))
    .where(col(Filter.actor_id) == bindparam("actor", type_=BigInteger))
)
