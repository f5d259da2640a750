"""The Announcement entity: https://docs.joinmastodon.org/entities/Announcement/"""

from __future__ import annotations

from typing import Any

from api.times import api_time, api_time_or_none
from core.text import find_hashtags
from federation.uris import LocalUris
from notifications.announcements import ShownAnnouncement

Json = dict[str, Any]


def announcement(shown: ShownAnnouncement, uris: LocalUris) -> Json:
    """Build an announcement as its reader sees it."""
    row = shown.announcement
    return {
        "id": str(row.id),
        "content": row.content,
        "starts_at": api_time_or_none(row.starts_at),
        "ends_at": api_time_or_none(row.ends_at),
        "all_day": row.all_day,
        "published_at": api_time(row.published_at),
        "updated_at": api_time(row.updated_at),
        "read": shown.read,
        "mentions": [],
        "statuses": [],
        "tags": [
            {"name": tag.lower(), "url": uris.tag_page(tag)}
            for tag in find_hashtags(row.source_text)
        ],
        "emojis": [],
        "reactions": [
            {"name": one.name, "count": one.count, "me": one.mine} for one in shown.reactions
        ],
    }
