"""What clients ask for on start and does not exist here yet: true, empty answers."""

from __future__ import annotations

from typing import Any

from api.errors import ApiError
from api.routing import Answer, Call, Door, Route


async def nothing(call: Call, **_: str) -> list[Any]:
    """List what there is: nothing."""
    return []


async def not_found(call: Call, **_: str) -> Answer:
    """Answer an address that is no endpoint; raises ApiError 404."""
    raise ApiError(404, "Not Found")


def _empty(path: str, *scopes: str) -> Route:
    return Route("GET", path, nothing, Door.USER, scopes)


ROUTES = (
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NO_ENDPOINT = tuple(
    Route(method, "/api/<path:rest>", not_found, Door.ANYONE) for method in METHODS
)
