"""https://docs.joinmastodon.org/methods/custom_emojis/: emojis that one may write here: none.

Those of other hosts come with what was written with them.
"""

from __future__ import annotations

from typing import Any

from api.routing import Call, Door, Route


async def get_custom_emojis(call: Call) -> list[Any]:
    """List the emojis of this instance; nobody can add any yet."""
    return []


ROUTES = (Route("GET", "/api/v1/custom_emojis", get_custom_emojis, Door.ANYONE),)
