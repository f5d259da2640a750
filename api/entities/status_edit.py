"""The StatusEdit and StatusSource entities.

https://docs.joinmastodon.org/entities/StatusEdit/ · https://docs.joinmastodon.org/entities/StatusSource/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.entities.attachment import attachment
from api.entities.emoji import emojis
from api.times import api_time
from core.clock import now
from core.settings import Settings
from posts.edits import source_text
from posts.models import Post, PostEdit

Json = dict[str, Any]


def status_source(post: Post) -> Json:
    """Build the text as it was typed; for a post from elsewhere, its words without markup."""
    return {
        "id": str(post.id),
        "text": source_text(post),
        "spoiler_text": post.content_warning or "",
    }


def status_edits(
    post: Post,
    shown: Json,
    wordings: Sequence[PostEdit],
    settings: Settings,
    *,
    viewer_id: int | None,
) -> list[Json]:
    """Build the wordings of a post for a viewer; `shown` is its status as it is now."""
    moment = now()
    return [
        {
            "content": wording.content,
            "spoiler_text": wording.content_warning or "",
            "sensitive": wording.sensitive,
            "created_at": api_time(wording.created_at),
            "account": shown["account"],
            "media_attachments": [
                attachment(
                    post, row, settings, index=index, viewer_id=viewer_id, moment=moment
                )
                for index, row in enumerate(wording.attachments)
            ],
            "emojis": emojis(wording.emojis, settings),
            "poll": _poll(wording),
            # A quote is only ever shown as it stands now: consent to it may have been taken back.
            "quote": shown["quote"] if wording.quote_of_id == post.quote_of_id else None,
        }
        for wording in wordings
    ]


def _poll(wording: PostEdit) -> Json | None:
    titles = [{"title": title} for title in wording.options]
    return {"options": titles} if titles else None
