"""Notices in groups: https://docs.joinmastodon.org/entities/GroupedNotificationsResults/"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actors.queries import find_actors
from api.entities.account import accounts_by_id
from api.entities.status import statuses_by_id
from api.times import api_time
from db.session import AsyncSession
from moderation.filters import FilterContext
from notifications.groups import Group
from posts.queries import find_posts
from posts.visibility import Viewer

Json = dict[str, Any]
_PARTIAL = ("id", "acct", "locked", "bot", "url", "avatar", "avatar_static")


async def grouped_results(
    session: AsyncSession, viewer: Viewer, groups: Sequence[Group], *, partial: bool = False
) -> Json:
    """Build groups with the people and posts in them; the number of queries is fixed.

    `partial` shows only the last person of each group in full.
    """
    posts = await find_posts(session, [g.post_id for g in groups if g.post_id is not None])
    statuses = await statuses_by_id(
        session, viewer, list(posts.values()), context=FilterContext.NOTIFICATIONS
    )
    # What is about a post that is gone, or that a filter hides, is not told.
    shown = [group for group in groups if group.post_id is None or group.post_id in statuses]
    named = dict.fromkeys(person for group in shown for person in group.from_ids)
    people = await accounts_by_id(session, await find_actors(session, named))
    in_full = {group.from_ids[0] for group in shown} if partial else set(people)
    about = dict.fromkeys(group.post_id for group in shown if group.post_id is not None)
    results: Json = {
        "accounts": [people[person] for person in named if person in in_full],
        "statuses": [statuses[post_id] for post_id in about],
        "notification_groups": [_group(group, people) for group in shown],
    }
    if partial:
        rest = [people[person] for person in named if person in people.keys() - in_full]
        results["partial_accounts"] = [_partial(account) for account in rest]
    return results


def _group(group: Group, people: Mapping[int, Json]) -> Json:
    shown: Json = {
        "group_key": group.key,
        "notifications_count": group.count,
        "type": group.kind.value,
        "most_recent_notification_id": group.latest_id,
        "sample_account_ids": [str(one) for one in group.from_ids if one in people],
    }
    if group.page_min_id is not None:
        shown |= {
            "page_min_id": str(group.page_min_id),
            "page_max_id": str(group.latest_id),
            "latest_page_notification_at": api_time(group.latest_at),
        }
    return shown if group.post_id is None else shown | {"status_id": str(group.post_id)}


def _partial(account: Json) -> Json:
    return {name: account[name] for name in _PARTIAL}
