"""https://docs.joinmastodon.org/methods/markers/"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from api.fields import read_id
from api.routing import Call, Door, Route
from api.times import api_time
from core.errors import InvalidInput
from users.markers import TIMELINES, list_markers, save_marker
from users.models import Marker


async def get_markers(call: Call) -> dict[str, Any]:
    """Return how far the caller has read some timelines."""
    asked = [name for name in call.fields.texts("timeline") if name in TIMELINES]
    async with call.services.database.read() as session:
        return _entities(await list_markers(session, call.me.user.id, asked))


async def post_markers(call: Call) -> dict[str, Any]:
    """Remember places; one that is no id is refused before any is saved.

    Each is one statement that counts the version up: there is no conflict (409) to be told of.
    """
    given = {
        name: read_id(place, name)
        for name in TIMELINES
        if (place := call.fields.text(f"{name}[last_read_id]")) is not None
    }
    if not given:
        raise InvalidInput("Validation failed: no marker was given")
    async with call.services.database.transaction() as session:
        saved = [
            await save_marker(session, call.me.user.id, name, place)
            for name, place in given.items()
        ]
        return _entities(saved)


def _entities(markers: Sequence[Marker]) -> dict[str, Any]:
    return {
        marker.timeline: {
            "last_read_id": str(marker.last_read_id),
            "version": marker.version,
            "updated_at": api_time(marker.updated_at),
        }
        for marker in markers
    }


ROUTES = (
    Route("GET", "/api/v1/markers", get_markers, Door.USER, ("read:statuses",)),
    Route("POST", "/api/v1/markers", post_markers, Door.USER, ("write:statuses",)),
)
