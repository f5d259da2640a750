"""The StatusEdit and StatusSource entities.

https://docs.joinmastodon.org/entities/StatusEdit/ · https://docs.joinmastodon.org/entities/StatusSource/
"""

from __future__ import annotations

from typing import Any

from core.html import to_plain
from posts.models import Post

Json = dict[str, Any]
_KEPT = (
    "content",
    "spoiler_text",
    "sensitive",
    "account",
    "media_attachments",
    "emojis",
    "quote",
)


def status_source(post: Post) -> Json:
    """Build the text as it was typed; for a post from elsewhere, its words without markup."""
    return {
        "id": str(post.id),
        "text": source_text(post),
        "spoiler_text": post.content_warning or "",
    }


def source_text(post: Post) -> str:
    """Return the text that editing a post starts from."""
    return post.source_text if post.source_text is not None else to_plain(post.content)


def status_edit(shown: Json) -> Json:
    """Build a wording of a post, given its status."""
    moment, poll = shown["edited_at"] or shown["created_at"], shown["poll"]
    titles = [{"title": option["title"]} for option in poll["options"]] if poll else []
    return {name: shown[name] for name in _KEPT} | {
        "created_at": moment,
        "poll": {"options": titles} if poll else None,
    }
