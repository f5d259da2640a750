"""SQL of filters as their owner sees them: listed, made, changed, with keywords and posts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlmodel import col

from core.errors import InvalidInput, NotFound
from db.bus import Event, emit
from db.session import AsyncSession
from moderation.filters import FilterContext
from moderation.models import Filter, FilterAction, FilterKeyword, FilterStatus

MOST_FILTERS = 200
MOST_KEYWORDS = 1000
MOST_STATUSES = 500
LONGEST_TITLE = 256
LONGEST_KEYWORD = 512
_CONTEXTS = frozenset(context.value for context in FilterContext)


@dataclass(slots=True)
class WholeFilter:
    """A filter with its keywords and the posts that it names, oldest first."""

    filter: Filter
    keywords: list[FilterKeyword] = field(default_factory=list)
    statuses: list[FilterStatus] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FilterWishes:
    """What a filter is to be, but for its words."""

    title: str
    contexts: tuple[str, ...]
    action: FilterAction = FilterAction.WARN
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KeywordChange:
    """A keyword to be added (without `id`), changed or removed; None leaves what there is."""

    id: int | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    removed: bool = False


async def list_filters(session: AsyncSession, actor_id: int) -> list[WholeFilter]:
    """Return somebody's filters, oldest first, also those whose time is over; three queries."""
    mine = select(Filter).where(col(Filter.actor_id) == actor_id).order_by(col(Filter.id))
    return await _whole(session, list(await session.scalars(mine)))


async def get_filter(session: AsyncSession, actor_id: int, filter_id: int) -> WholeFilter:
    """Return one of somebody's filters; raises NotFound for absent ones and others' alike."""
    found = await session.get(Filter, filter_id)
    if found is None or found.actor_id != actor_id:
        raise NotFound(f"{actor_id} has no filter {filter_id}")
    return (await _whole(session, [found]))[0]


async def save_filter(
    session: AsyncSession,
    actor_id: int,
    wishes: FilterWishes,
    changes: Sequence[KeywordChange] = (),
    *,
    filter_id: int | None = None,
) -> WholeFilter:
    """Make a filter, or change one, with its keywords; raises InvalidInput and NotFound."""
    _check(wishes)
    if filter_id is None:
        await _refuse_many_filters(session, actor_id)
        found = Filter(actor_id=actor_id, title="")
        session.add(found)
        whole = WholeFilter(found)
    else:
        whole = await get_filter(session, actor_id, filter_id)
    found = whole.filter
    found.title, found.contexts = wishes.title.strip(), list(dict.fromkeys(wishes.contexts))
    found.action, found.expires_at = wishes.action, wishes.expires_at
    await session.flush()
    for change in changes:
        await _change_keyword(session, whole, change)
    await _refuse_many_words(session, actor_id)
    _tell(session, actor_id)
    return (await _whole(session, [found]))[0]


async def delete_filter(session: AsyncSession, actor_id: int, filter_id: int) -> None:
    """Delete a filter with all that belongs to it; raises NotFound."""
    whole = await get_filter(session, actor_id, filter_id)
    for table in (FilterKeyword, FilterStatus):
        owned = delete(table).where(col(table.filter_id) == filter_id)
        await session.execute(owned.execution_options(synchronize_session=False))
    await session.delete(whole.filter)
    await session.flush()
    _tell(session, actor_id)


async def delete_filters_of(session: AsyncSession, actor_id: int) -> None:
    """Delete all filters of somebody who is gone."""
    mine = select(col(Filter.id)).where(col(Filter.actor_id) == actor_id)
    for rows in (
        delete(FilterKeyword).where(col(FilterKeyword.filter_id).in_(mine)),
        delete(FilterStatus).where(col(FilterStatus.filter_id).in_(mine)),
        delete(Filter).where(col(Filter.actor_id) == actor_id),
    ):
        await session.execute(rows.execution_options(synchronize_session=False))


async def get_keyword(
    session: AsyncSession, actor_id: int, keyword_id: int
) -> tuple[WholeFilter, FilterKeyword]:
    """Return a keyword with the filter that it belongs to; raises NotFound."""
    found = await session.get(FilterKeyword, keyword_id)
    if found is None:
        raise NotFound(f"there is no keyword {keyword_id}")
    return await get_filter(session, actor_id, found.filter_id), found


async def save_keyword(
    session: AsyncSession, actor_id: int, filter_id: int, change: KeywordChange
) -> FilterKeyword:
    """Add or change a keyword of a filter; raises InvalidInput and NotFound."""
    whole = await get_filter(session, actor_id, filter_id)
    saved = await _change_keyword(session, whole, change)
    assert saved is not None
    await _refuse_many_words(session, actor_id)
    _tell(session, actor_id)
    return saved


async def delete_keyword(session: AsyncSession, actor_id: int, keyword_id: int) -> None:
    """Remove a keyword from its filter; raises NotFound."""
    _, found = await get_keyword(session, actor_id, keyword_id)
    await session.delete(found)
    await session.flush()
    _tell(session, actor_id)


async def get_filter_status(
    session: AsyncSession, actor_id: int, row_id: int
) -> FilterStatus:
    """Return the entry of a filter that names a post; raises NotFound."""
    found = await session.get(FilterStatus, row_id)
    if found is None:
        raise NotFound(f"no filter names a post under {row_id}")
    await get_filter(session, actor_id, found.filter_id)
    return found


async def add_filter_status(
    session: AsyncSession, actor_id: int, filter_id: int, post_id: int
) -> FilterStatus:
    """Let a filter name a post, which the caller has seen; raises InvalidInput and NotFound."""
    whole = await get_filter(session, actor_id, filter_id)
    if any(status.post_id == post_id for status in whole.statuses):
        raise InvalidInput("Validation failed: Status has already been taken")
    if len(whole.statuses) >= MOST_STATUSES:
        raise InvalidInput("Validation failed: The filter names too many statuses")
    added = FilterStatus(filter_id=filter_id, post_id=post_id)
    session.add(added)
    await session.flush()
    _tell(session, actor_id)
    return added


async def delete_filter_status(
    session: AsyncSession, actor_id: int, row_id: int
) -> FilterStatus:
    """Let a filter name a post no more; return the entry that was. Raises NotFound."""
    found = await get_filter_status(session, actor_id, row_id)
    await session.delete(found)
    await session.flush()
    _tell(session, actor_id)
    return found


def _check(wishes: FilterWishes) -> None:
    if not wishes.title.strip():
        raise InvalidInput("Validation failed: Title can't be blank")
    if len(wishes.title) > LONGEST_TITLE:
        raise InvalidInput(
            f"Validation failed: Title is too long (maximum is {LONGEST_TITLE} characters)"
        )
    if not wishes.contexts or not _CONTEXTS.issuperset(wishes.contexts):
        raise InvalidInput("Validation failed: Context None or invalid context supplied")


async def _change_keyword(
    session: AsyncSession, whole: WholeFilter, change: KeywordChange
) -> FilterKeyword | None:
    if change.id is None:
        if change.removed:
            return None
        row = FilterKeyword(filter_id=whole.filter.id, keyword=_checked(change.keyword))
        session.add(row)
    else:
        known = {row.id: row for row in whole.keywords}
        if change.id not in known:
            raise NotFound(f"filter {whole.filter.id} has no keyword {change.id}")
        row = known[change.id]
        if change.removed:
            await session.delete(row)
            await session.flush()
            return None
        if change.keyword is not None:
            row.keyword = _checked(change.keyword)
    if change.whole_word is not None:
        row.whole_word = change.whole_word
    await session.flush()
    return row


def _checked(keyword: str | None) -> str:
    stripped = (keyword or "").strip()
    if not stripped:
        raise InvalidInput("Validation failed: Keyword can't be blank")
    if len(stripped) > LONGEST_KEYWORD:
        raise InvalidInput(
            f"Validation failed: Keyword is too long (maximum is {LONGEST_KEYWORD} characters)"
        )
    return stripped


async def _refuse_many_filters(session: AsyncSession, actor_id: int) -> None:
    counted = select(func.count()).where(col(Filter.actor_id) == actor_id)
    if (await session.scalar(counted) or 0) >= MOST_FILTERS:
        raise InvalidInput("Validation failed: You have reached the maximum number of filters")


async def _refuse_many_words(session: AsyncSession, actor_id: int) -> None:
    counted = (
        select(func.count())
        .select_from(FilterKeyword)
        .join(Filter, col(Filter.id) == col(FilterKeyword.filter_id))
        .where(col(Filter.actor_id) == actor_id)
    )
    if (await session.scalar(counted) or 0) > MOST_KEYWORDS:
        raise InvalidInput("Validation failed: You have reached the maximum number of keywords")


async def _whole(session: AsyncSession, filters: list[Filter]) -> list[WholeFilter]:
    found = {each.id: WholeFilter(each) for each in filters}
    if not found:
        return []
    ids = list(found)
    keywords = select(FilterKeyword).where(col(FilterKeyword.filter_id).in_(ids))
    for keyword in await session.scalars(keywords.order_by(col(FilterKeyword.id))):
        found[keyword.filter_id].keywords.append(keyword)
    statuses = select(FilterStatus).where(col(FilterStatus.filter_id).in_(ids))
    for status in await session.scalars(statuses.order_by(col(FilterStatus.id))):
        found[status.filter_id].statuses.append(status)
    return list(found.values())


def _tell(session: AsyncSession, actor_id: int) -> None:
    emit(session, Event("filters", actor_id=actor_id))
