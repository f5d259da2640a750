"""What clients ask for on start and does not exist here yet: true, empty answers."""

from __future__ import annotations

from typing import Any

from api.errors import NOT_FOUND, ApiError
from api.routing import Answer, Call, Door, Route


async def nothing(call: Call, **_: str) -> list[Any]:
    """List what there is: nothing."""
    return []


async def no_such_thing(call: Call, **_: str) -> Answer:
    """Say that a single one of them does not exist; raises ApiError 404."""
    raise ApiError(404, NOT_FOUND)


async def not_found(call: Call, **_: str) -> Answer:
    """Answer an address that is no endpoint; raises ApiError 404."""
    raise ApiError(404, "Not Found")


def _empty(path: str, *scopes: str) -> Route:
    return Route("GET", path, nothing, Door.USER, scopes)


def _missing(path: str, *scopes: str) -> Route:
    return Route("GET", path, no_such_thing, Door.USER, scopes)


ROUTES = (
    _empty("/api/v1/filters", "read:filters"),
    _missing("/api/v1/filters/<id>", "read:filters"),
    _empty("/api/v2/filters", "read:filters"),
    _missing("/api/v2/filters/<id>", "read:filters"),
    _empty("/api/v1/lists", "read:lists"),
    _missing("/api/v1/lists/<id>", "read:lists"),
    _missing("/api/v1/lists/<id>/accounts", "read:lists"),
    _missing("/api/v1/timelines/list/<id>", "read:lists"),
    _empty("/api/v1/accounts/<id>/lists", "read:lists"),
    _empty("/api/v1/accounts/<id>/featured_tags", "read:accounts"),
    _empty("/api/v1/bookmarks", "read:bookmarks"),
    _empty("/api/v1/announcements"),
    _empty("/api/v1/followed_tags", "read:follows"),
    _empty("/api/v1/featured_tags", "read:accounts"),
    _empty("/api/v1/scheduled_statuses", "read:statuses"),
    _empty("/api/v1/domain_blocks", "read:blocks", "follow"),
    _empty("/api/v1/endorsements", "read:accounts"),
    _empty("/api/v2/suggestions", "read"),
    _empty("/api/v1/suggestions", "read"),
    Route("GET", "/api/v1/custom_emojis", nothing, Door.ANYONE),
    Route("GET", "/api/v1/trends", nothing, Door.POSTS),
    Route("GET", "/api/v1/trends/tags", nothing, Door.POSTS),
    Route("GET", "/api/v1/trends/statuses", nothing, Door.POSTS),
    Route("GET", "/api/v1/trends/links", nothing, Door.POSTS),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NO_ENDPOINT = tuple(
    Route(method, "/api/<path:rest>", not_found, Door.ANYONE) for method in METHODS
)
