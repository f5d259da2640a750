"""Which notices are shown together: who liked a post, who passed it on, who follows now.

A group takes what comes within half a day of its first. Its key is `favourite-115-498231`: kind,
post, and the hour in which it began. A notice that stands alone has the key `ungrouped-` and its
id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from db.session import AsyncSession
from notifications.models import Kind, Notification

HOUR = timedelta(hours=1)
SPAN_HOURS = 12
GROUPED = frozenset({Kind.LIKE, Kind.BOOST, Kind.FOLLOW})
ALONE = "ungrouped-"


async def find_group_keys(
    session: AsyncSession,
    kind: Kind,
    owner_ids: Sequence[int],
    *,
    post_id: int | None,
    moment: datetime,
) -> dict[int, str]:
    """Return with which group a new notice goes, by owner; empty for kinds that stand alone."""
    if kind not in GROUPED:
        return {}
    about = kind.value if post_id is None else f"{kind.value}-{post_id}"
    hour = int(moment.timestamp() // HOUR.total_seconds())
    keys = [f"{about}-{begun}" for begun in range(hour - SPAN_HOURS + 1, hour + 1)]
    open_groups = select(col(Notification.owner_id), col(Notification.group_key)).where(
        col(Notification.owner_id).in_(owner_ids), col(Notification.group_key).in_(keys)
    )
    begun_last = dict.fromkeys(owner_ids, keys[-1])
    rows = (await session.execute(open_groups.distinct())).all()
    return begun_last | {owner: key for owner, key in sorted(rows, key=lambda row: row[1])}


def key_of(notice: Notification) -> str:
    """Return the key by which a notice's group is asked for."""
    return notice.group_key or f"{ALONE}{notice.id}"
