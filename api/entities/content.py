"""The text of a status, and whom it names.

https://docs.joinmastodon.org/entities/Status/#Mention
"""

from __future__ import annotations

from typing import Any

from actors.models import Actor
from api.entities.account import acct
from core.html import escape
from federation.documents.details import Details
from posts.models import Post
from posts.quotes import Quote, without_fallback

Json = dict[str, Any]


def content_of(post: Post, quote: Quote | None) -> str:
    """Return what a post says, with what the entity has no place for; `quote` is shown beside."""
    content = post.content
    if quote is not None and quote.post is not None:
        content = without_fallback(content, quote.post)
    if line := Details.of(post.details).line:
        content = f"<p>{escape(line)}</p>{content}"
    # Articles and events of other software carry a title, which the entity has no place for.
    return f"<p><strong>{escape(post.title)}</strong></p>{content}" if post.title else content


def mention_json(actor: Actor) -> Json:
    """Build somebody whom a post names."""
    return {
        "id": str(actor.id),
        "username": actor.username,
        "acct": acct(actor),
        "url": actor.url or actor.uri,
    }
