"""The Notification entity. https://docs.joinmastodon.org/entities/Notification/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.collections import find_collections
from actors.queries import find_actors
from api.entities.account import accounts_by_id
from api.entities.collection import collections
from api.entities.status import statuses_by_id
from api.times import api_time
from db.session import AsyncSession
from moderation.filters import FilterContext
from notifications.grouping import key_of
from notifications.models import Kind, Notification
from posts.queries import find_posts
from posts.visibility import Viewer

Json = dict[str, Any]


async def notifications(
    session: AsyncSession, viewer: Viewer, found: Sequence[Notification]
) -> list[Json]:
    """Build notices, in their order; the number of queries is fixed."""
    actors = await find_actors(session, [notice.from_id for notice in found])
    people = await accounts_by_id(session, actors)
    posts = await find_posts(session, [n.post_id for n in found if n.post_id is not None])
    shown = await statuses_by_id(
        session, viewer, list(posts.values()), context=FilterContext.NOTIFICATIONS
    )
    recommending = await _find_collections(session, viewer, found)
    return [
        _notification(notice, people[notice.from_id], shown.get(notice.post_id or 0))
        | recommending.get(notice.id, {})
        for notice in found
        # What is about a post that is gone, or that a filter hides, is not told.
        if notice.post_id is None or notice.post_id in shown
    ]


async def _find_collections(
    session: AsyncSession, viewer: Viewer, found: Sequence[Notification]
) -> dict[int, Json]:
    """Return which collection a notice is about, by the notice; two queries, none without one."""
    named = {n.id: int(n.cause) for n in found if n.kind is Kind.ADDED_TO_COLLECTION}
    if not named:
        return {}
    rows = await find_collections(session, viewer.actor_id, set(named.values()))
    built = await collections(session, viewer.actor_id, list(rows.values()))
    by_id = dict(zip(rows, built, strict=True))
    return {notice_id: {"collection": by_id.get(id)} for notice_id, id in named.items()}


def _notification(notice: Notification, account: Json, status: Json | None) -> Json:
    shown = {
        "id": str(notice.id),
        "type": notice.kind.value,
        "created_at": api_time(notice.created_at),
        "group_key": key_of(notice),
        "account": account,
        # How many more of its kind it stands for, of the same host (`notifications/floods.py`).
        "consilium": {"others": notice.others},
    }
    return shown if status is None else shown | {"status": status}
