"""SQL of notices in groups: a person's own, page by page, as far as they may still be seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from core.clock import now
from db.paging import Page
from db.session import AsyncSession
from notifications.grouping import ALONE, GROUPED
from notifications.models import Kind, Notification
from notifications.queries import Choice, chosen, may_be_shown
from posts.visibility import Viewer, eyes_of

# So many people of a group are named with it.
SAMPLE = 8
_Other: Any = aliased(Notification, name="other_of_group")
# The condition that a notice, or an alias of it, may be shown to somebody.
Shown = Callable[..., ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Group:
    """Some notices of one kind, about one post if any, or a single one.

    `count` has those in it for which digests stand. `from_ids` are the last who did it, newest
    first. `page_min_id` is the oldest of them on the page that was asked for, None without one.
    """

    key: str
    kind: Kind
    post_id: int | None
    latest_id: int
    latest_at: datetime
    count: int
    from_ids: tuple[int, ...]
    page_min_id: int | None = None


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Groups, and the ids by which the pages before and after are asked for."""

    groups: list[Group]
    ids: list[int]


NO_GROUPS = GroupPage([], [])


@dataclass(frozen=True, slots=True)
class _Range:
    """The notices of a page, by id: from `begin` on, up to `end`; None is no bound."""

    begin: int | None = None
    end: int | None = None


async def list_groups(
    session: AsyncSession,
    viewer: Viewer,
    page: Page,
    *,
    choice: Choice,
    kinds: frozenset[Kind] = GROUPED,
) -> GroupPage:
    """Return a page of the viewer's notices in groups, newest first; two queries.

    Only `kinds` are grouped. A group is on the page on which its newest notice is; who goes on with
    `max_id` may see it again, with what is older.
    """
    if viewer.actor_id is None:
        return NO_GROUPS
    heads = select(Notification).where(*_heads(partial(_shown, viewer), choice, kinds, page))
    found = page.newest_first(
        list(await session.scalars(page.apply(heads, col(Notification.id))))
    )
    if not found:
        return NO_GROUPS
    within = _range(found, page)
    keys = [notice.group_key for notice in found if _is_grouped(notice, kinds)]
    whole = await _read_groups(session, viewer, keys, choice=choice, within=within)
    groups = [
        whole[notice.group_key] if notice.group_key in keys else _alone(notice, on_page=True)
        for notice in found
        # What was taken back between the two queries is not there any more.
        if notice.group_key not in keys or notice.group_key in whole
    ]
    return GroupPage(groups, [notice.id for notice in found])


async def find_group(session: AsyncSession, viewer: Viewer, key: str) -> Group | None:
    """Return one group of the viewer's by its key, whole."""
    if viewer.actor_id is None:
        return None
    everything = Choice(with_filtered=True)
    if not key.startswith(ALONE):
        found = await _read_groups(session, viewer, [key], choice=everything, within=_Range())
        return replace(found[key], page_min_id=None) if key in found else None
    one: Notification | None = await session.scalar(
        select(Notification).where(_shown(viewer), _has_key(key))
    )
    return None if one is None else _alone(one, on_page=False)


async def list_group_members(
    session: AsyncSession, viewer: Viewer, key: str, page: Page
) -> list[tuple[int, int]]:
    """Return a page of a group: (id of the notice, id of who did it), newest first."""
    statement = select(col(Notification.id), col(Notification.from_id)).where(
        _shown(viewer), _has_key(key)
    )
    rows = (await session.execute(page.apply(statement, col(Notification.id)))).all()
    return page.newest_first(list(rows))


async def dismiss_group(session: AsyncSession, owner_id: int, key: str) -> None:
    """Forget every notice of a group of somebody's."""
    mine = delete(Notification).where(col(Notification.owner_id) == owner_id, _has_key(key))
    await session.execute(mine.execution_options(synchronize_session=False))


async def count_unread_groups(
    session: AsyncSession,
    viewer: Viewer,
    since_id: int,
    *,
    limit: int,
    choice: Choice,
    kinds: frozenset[Kind] = GROUPED,
) -> int:
    """Return in how many groups something came after a notice, up to a limit."""
    if viewer.actor_id is None:
        return 0
    statement = _unread(replace(viewer, actor_id=0), choice, kinds)
    asked = {"viewer": viewer.actor_id, "since": since_id, "limit": limit, "at": now()}
    return await session.scalar(statement, asked) or 0


@lru_cache(maxsize=64)
def _unread(viewer: Viewer, choice: Choice, kinds: frozenset[Kind]) -> Select[int]:
    """Return the query that counts; made once, as making it costs more than running it."""
    reader = bindparam("viewer", type_=BigInteger)
    shown = partial(may_be_shown, reader, eyes_of(viewer, reader), at=bindparam("at"))
    limit: Any = bindparam("limit", type_=BigInteger)
    heads = select(col(Notification.id)).where(
        *_heads(shown, choice, kinds, Page()),
        col(Notification.id) > bindparam("since", type_=BigInteger),
    )
    return select(func.count()).select_from(heads.limit(limit).subquery())


def _heads(
    shown: Shown, choice: Choice, kinds: frozenset[Kind], page: Page
) -> list[ColumnElement[bool]]:
    """Return the conditions of the notices that stand for their group on a page.

    The newest before `max_id`, or, where one goes up from `min_id`, the oldest after it.
    """
    upwards = page.min_id is not None
    further = (
        and_(_Other.id < col(Notification.id), _Other.id > page.min_id)
        if upwards
        else _Other.id > col(Notification.id)
    )
    if page.max_id is not None:
        further = and_(further, _Other.id < page.max_id)
    if page.since_id is not None:
        further = and_(further, _Other.id > page.since_id)
    other = select(literal(1)).where(
        shown(_Other),
        *chosen(choice, _Other),
        _Other.group_key == col(Notification.group_key),
        further,
    )
    is_grouped = and_(
        col(Notification.group_key) != "", col(Notification.kind).in_(sorted(kinds))
    )
    repeated = case((is_grouped, other.correlate(Notification).exists()), else_=False)
    return [shown(), *chosen(choice), repeated.is_(False)]


def _shown(viewer: Viewer, notice: Any = Notification) -> ColumnElement[bool]:
    return may_be_shown(literal(viewer.actor_id, BigInteger), eyes_of(viewer), notice)


def _has_key(key: str) -> ColumnElement[bool]:
    number = key.removeprefix(ALONE)
    if not key.startswith(ALONE):
        return col(Notification.group_key) == key
    is_id = number.isascii() and number.isdigit() and len(number) < 19
    return col(Notification.id) == (int(number) if is_id else 0)


def _is_grouped(notice: Notification, kinds: frozenset[Kind]) -> bool:
    return notice.group_key != "" and notice.kind in kinds


def _range(found: Sequence[Notification], page: Page) -> _Range:
    """Return what a page covers: where it is not full, up to the bound that was asked for."""
    whole = _Range(begin=found[-1].id, end=found[0].id)
    if len(found) >= page.limit:
        return whole
    if page.min_id is not None:
        return replace(whole, end=page.max_id - 1 if page.max_id is not None else None)
    return replace(whole, begin=page.since_id + 1 if page.since_id is not None else None)


async def _read_groups(
    session: AsyncSession,
    viewer: Viewer,
    keys: Sequence[str],
    *,
    choice: Choice,
    within: _Range,
) -> dict[str, Group]:
    """Return groups by their keys: the last of each, and how many there are; one query."""
    if not keys:
        return {}
    notice = Notification
    by_group: dict[str, Any] = {"partition_by": col(notice.group_key)}
    begin = literal(within.begin or 0, BigInteger)
    on_page = case((col(notice.id) >= begin, col(notice.id)), else_=None)
    place = func.row_number().over(order_by=col(notice.id).desc(), **by_group)
    ranked = (
        select(
            col(notice.group_key).label("key"),
            col(notice.id).label("id"),
            place.label("place"),
            func.count().over(**by_group).label("members"),
            func.sum(col(notice.others)).over(**by_group).label("others"),
            func.min(on_page).over(**by_group).label("page_min_id"),
        )
        .where(_shown(viewer), *chosen(choice), col(notice.group_key).in_(keys))
        .where(*([] if within.end is None else [col(notice.id) <= within.end]))
        .subquery()
    )
    statement = (
        select(
            Notification,
            ranked.c.members + ranked.c.others,
            ranked.c.page_min_id,
        )
        .join(ranked, ranked.c.id == col(Notification.id))
        .where(ranked.c.place <= SAMPLE)
        .order_by(col(Notification.id).desc())
    )
    rows: dict[str, list[Any]] = {}
    for row in (await session.execute(statement)).all():
        rows.setdefault(row[0].group_key, []).append(row)
    return {key: _group(key, members) for key, members in rows.items()}


def _group(key: str, rows: Sequence[Any]) -> Group:
    latest, count, page_min_id = rows[0]
    return Group(
        key=key,
        kind=latest.kind,
        post_id=latest.post_id,
        latest_id=latest.id,
        latest_at=latest.created_at,
        count=int(count),
        from_ids=tuple(dict.fromkeys(row[0].from_id for row in rows)),
        page_min_id=page_min_id,
    )


def _alone(notice: Notification, *, on_page: bool) -> Group:
    return Group(
        key=f"{ALONE}{notice.id}",
        kind=notice.kind,
        post_id=notice.post_id,
        latest_id=notice.id,
        latest_at=notice.created_at,
        count=1 + notice.others,
        from_ids=(notice.from_id,),
        page_min_id=notice.id if on_page else None,
    )
