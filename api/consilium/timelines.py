"""GET /api/consilium/v1/timelines/doctors: all that is addressed to verified doctors (WIRE §6)."""

from __future__ import annotations

from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from api.timelines import shown
from posts.open_timelines import list_doctors


async def get_doctors(call: Call) -> Answer:
    """List what verified doctors say to each other, followed or not; empty for who is none."""
    page = read_page(call.fields)
    viewer = call.me.viewer
    async with call.services.database.read() as session:
        return await shown(call, session, page, await list_doctors(session, viewer, page))


ROUTES = (
    Route(
        "GET",
        "/api/consilium/v1/timelines/doctors",
        get_doctors,
        Door.USER,
        ("read:statuses",),
    ),
)
