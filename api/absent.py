"""Every address under `/api` that is no endpoint."""

from __future__ import annotations

from api.errors import ApiError
from api.routing import Answer, Call, Door, Route


async def not_found(call: Call, **_: str) -> Answer:
    """Answer an address that is no endpoint; raises ApiError 404."""
    raise ApiError(404, "Not Found")


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NO_ENDPOINT = tuple(
    Route(method, "/api/<path:rest>", not_found, Door.ANYONE) for method in METHODS
)
