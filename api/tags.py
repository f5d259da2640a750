"""https://docs.joinmastodon.org/methods/tags/: one hashtag."""

from __future__ import annotations

from typing import Any

from api.entities.tag import tags_for
from api.routing import Call, Door, Route
from core.errors import NotFound
from posts.followed_tags import read_tag


async def get_tag(call: Call, name: str) -> dict[str, Any]:
    """Show a hashtag; one that nobody used yet is one all the same."""
    read = read_tag(name)
    if read is None:
        raise NotFound(f"no hashtag: {name[:100]!r}")
    async with call.services.database.read() as session:
        found = await tags_for(session, call.viewer.actor_id, [read.lower()], call.uris)
    return found[0]


ROUTES = (Route("GET", "/api/v1/tags/<name>", get_tag, Door.POSTS),)
