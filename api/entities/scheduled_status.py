"""The ScheduledStatus entity: posts that are written later; `consilium` says what went wrong.

https://docs.joinmastodon.org/entities/ScheduledStatus/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from api.entities.attachment import uploaded
from api.entities.status import visibility_word
from api.times import api_time, api_time_or_none
from core.settings import Settings
from db.session import AsyncSession, settings_of
from media.models import Media
from media.upload import list_files
from posts.audience import visibility_of_word
from posts.models import ScheduledPost
from posts.params import PostParams
from posts.quotes import FOLLOWERS

Json = dict[str, Any]


async def scheduled_statuses(
    session: AsyncSession, owner_id: int, rows: Sequence[ScheduledPost]
) -> list[Json]:
    """Build somebody's own posts for later, in their order; one query for all of their files."""
    params = [PostParams.from_json(row.params) for row in rows]
    wanted = {media_id for one in params for media_id in one.media_ids or ()}
    files = {media.id: media for media in await list_files(session, owner_id, wanted)}
    settings = settings_of(session)
    return [
        _scheduled(row, one, files, settings)
        for row, one in zip(rows, params, strict=True)
    ]


def _scheduled(
    row: ScheduledPost, params: PostParams, files: Mapping[int, Media], settings: Settings
) -> Json:
    media_ids = params.media_ids or ()
    return {
        "id": str(row.id),
        "scheduled_at": api_time(row.due_at),
        "params": _params(params),
        "media_attachments": [
            uploaded(files[media_id], settings) for media_id in media_ids if media_id in files
        ],
        "consilium": {
            "audience": params.visibility,
            "failed_at": api_time_or_none(row.failed_at),
            "error": row.error or None,
        },
    }


def _params(params: PostParams) -> Json:
    stored = params.to_json()
    return {
        "application_id": 0,
        "idempotency": None,
        "in_reply_to_id": params.in_reply_to_id,
        "language": params.language,
        "media_ids": stored["media_ids"] or None,
        "poll": stored["poll"],
        "quote_approval_policy": params.quote_policy or FOLLOWERS,
        "quoted_status_id": stored["quoted_post_id"],
        "scheduled_at": None,
        "sensitive": params.sensitive,
        "spoiler_text": params.spoiler_text,
        "text": params.text,
        "visibility": visibility_word(visibility_of_word(params.visibility or "")),
        "with_rate_limit": False,
    }
