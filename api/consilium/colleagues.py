"""`/api/consilium/v1/colleagues`: who was where the caller was, in the same years; both wish it."""

from __future__ import annotations

from typing import Any

from actors.queries import get_actor
from actors.suggestions import dismiss_suggestion
from api.acting import acting
from api.entities.account import accounts
from api.fields import path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route
from doctors.colleagues import FormerColleague, list_former_colleagues

Json = dict[str, Any]


async def get_colleagues(call: Call) -> Answer:
    """List former colleagues of the caller; nobody while the caller does not look for them."""
    page = read_page(call.fields)
    async with call.services.database.read() as session:
        found = await list_former_colleagues(session, call.me.viewer, page)
        built = await accounts(session, [one.actor for one in found])
    body = [
        {"account": account, "together": _together(one)}
        for one, account in zip(found, built, strict=True)
    ]
    return call.page(page, body, [one.actor.id for one in found])


def _together(colleague: FormerColleague) -> list[Json]:
    return [
        {"place": span.place, "from": span.since, "to": span.until} for span in colleague.together
    ]


async def post_dismiss(call: Call, id: str) -> Json:
    """Propose somebody to the caller no more."""
    async with call.services.database.transaction() as session:
        me = await acting(session, call)
        other = await get_actor(session, path_id(id))
        await dismiss_suggestion(session, me.id, other.id)
    return {}


_BASE = "/api/consilium/v1/colleagues"
ROUTES = (
    # Who is followed and muted shows in who is left out: a token for one of them is not enough.
    Route("GET", _BASE, get_colleagues, Door.USER, ("read",)),
    Route("POST", f"{_BASE}/<id>/dismiss", post_dismiss, Door.USER, ("write:accounts",)),
)
