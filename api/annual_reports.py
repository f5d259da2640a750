"""https://docs.joinmastodon.org/methods/annual_reports/: nobody's year is counted here."""

from __future__ import annotations

from api.errors import NOT_FOUND, ApiError
from api.routing import Answer, Call, Door, Route


async def get_annual_report(call: Call, year: str) -> Answer:
    """Say, as where none was made, that there is no report; raises ApiError 404."""
    raise ApiError(404, NOT_FOUND)


async def get_state(call: Call, year: str) -> dict[str, str]:
    """Say that there will be none."""
    return {"state": "ineligible"}


ROUTES = (
    Route(
        "GET",
        "/api/v1/annual_reports/<year>/state",
        get_state,
        Door.USER,
        ("read:accounts",),
    ),
    Route(
        "GET",
        "/api/v1/annual_reports/<year>",
        get_annual_report,
        Door.USER,
        ("read:accounts",),
    ),
)
