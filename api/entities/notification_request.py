"""The NotificationRequest and NotificationPolicy entities.

https://docs.joinmastodon.org/entities/NotificationRequest/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.queries import find_actors
from api.entities.account import accounts_by_id
from api.entities.status import statuses_by_id
from api.times import api_time
from db.session import AsyncSession
from moderation.filters import FilterContext
from notifications.policy import RULES, Policy
from notifications.requests import Asking, Summary
from posts.queries import list_visible_posts
from posts.visibility import Viewer

Json = dict[str, Any]


async def notification_requests(
    session: AsyncSession, viewer: Viewer, found: Sequence[Asking]
) -> list[Json]:
    """Build requests, in their order; the number of queries is fixed."""
    senders = await find_actors(session, [asking.request.from_id for asking in found])
    people = await accounts_by_id(session, senders)
    last = [asking.request.last_post_id for asking in found]
    posts = await list_visible_posts(session, viewer, [id for id in last if id is not None])
    statuses = await statuses_by_id(
        session, viewer, list(posts.values()), context=FilterContext.NOTIFICATIONS
    )
    return [
        {
            "id": str(asking.request.id),
            "created_at": api_time(asking.request.created_at),
            "updated_at": api_time(asking.request.updated_at),
            "notifications_count": str(asking.count),
            "account": people[asking.request.from_id],
            "last_status": statuses.get(asking.request.last_post_id or 0),
        }
        for asking in found
        if asking.request.from_id in people
    ]


def notification_policy(policy: Policy, summary: Summary) -> Json:
    """Build a policy, with what waits under it."""
    rules = {name: getattr(policy, name).value for name in RULES}
    return rules | {
        "summary": {
            "pending_requests_count": summary.requests,
            "pending_notifications_count": summary.notices,
        }
    }
