"""https://docs.joinmastodon.org/methods/tags/"""

from __future__ import annotations

from typing import Any

from api.entities.tag import tag
from api.routing import Call, Door, Route


async def get_tag(call: Call, name: str) -> dict[str, Any]:
    """Show a hashtag; one that nobody used yet is one all the same."""
    return tag(name.removeprefix("#").lower(), call.uris)


ROUTES = (Route("GET", "/api/v1/tags/<name>", get_tag, Door.POSTS),)
