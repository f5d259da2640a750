"""The Relationship entity. https://docs.joinmastodon.org/entities/Relationship/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actors.relationships import Relationship, list_relationships
from api.times import api_time_or_none
from db.session import AsyncSession

Json = dict[str, Any]


async def relationships(
    session: AsyncSession, viewer_id: int, target_ids: Sequence[int]
) -> list[Json]:
    """Build how somebody stands to others, in their order."""
    found = await list_relationships(session, viewer_id, target_ids)
    return [_relationship(each) for each in found]


async def relationship(session: AsyncSession, viewer_id: int, target_id: int) -> Json:
    """Build how somebody stands to one other."""
    return (await relationships(session, viewer_id, [target_id]))[0]


def _relationship(found: Relationship) -> Json:
    return {
        "id": str(found.target_id),
        "following": found.following,
        "requested": found.requested,
        "showing_reblogs": found.shows_boosts,
        "notifying": found.notifies,
        "languages": found.languages,
        "followed_by": found.followed_by,
        "requested_by": found.requested_by,
        "blocking": found.blocking,
        "blocked_by": found.blocked_by,
        "muting": found.muting,
        "muting_notifications": found.muting_notifications,
        "muting_expires_at": api_time_or_none(found.muting_until),
        "domain_blocking": found.domain_blocking,
        "endorsed": found.endorsed,
        "note": found.note,
    }
