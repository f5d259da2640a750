"""https://docs.joinmastodon.org/methods/endorsements/: whom accounts show on their profile."""

from __future__ import annotations

from typing import Any

from actors.endorsements import delete_endorsement, list_endorsements, save_endorsement
from actors.models import Actor
from actors.queries import get_actor
from api.acting import acting
from api.entities.account import accounts
from api.entities.relationship import relationship
from api.fields import path_id
from api.paging import read_page
from api.routing import Answer, Call, Door, Route

Json = dict[str, Any]


async def get_endorsements(call: Call) -> Answer:
    """List whom the caller shows."""
    return await _list(call, call.me.actor.id)


async def get_of_account(call: Call, id: str) -> Answer:
    """List whom an account shows."""
    return await _list(call, path_id(id))


async def post_endorse(call: Call, id: str) -> Json:
    """Show an account that the caller follows."""
    async with call.services.database.transaction() as session:
        me, other = await acting(session, call), await get_actor(session, path_id(id))
        await save_endorsement(session, me.id, other.id)
        return await relationship(session, me.id, other.id)


async def post_unendorse(call: Call, id: str) -> Json:
    """Show an account no more."""
    async with call.services.database.transaction() as session:
        me, other = await acting(session, call), await get_actor(session, path_id(id))
        await delete_endorsement(session, me.id, other.id)
        return await relationship(session, me.id, other.id)


async def _list(call: Call, actor_id: int) -> Answer:
    page = read_page(call.fields, default=40, largest=80)
    async with call.services.database.read() as session:
        actor: Actor = await get_actor(session, actor_id)
        rows = await list_endorsements(session, actor.id, page)
        built = await accounts(session, [target for _, target in rows])
    return call.page(page, built, [row.id for row, _ in rows])


_READ, _WRITE = ("read:accounts",), ("write:accounts",)
_ONE = "/api/v1/accounts/<id>"
ROUTES = (
    Route("GET", "/api/v1/endorsements", get_endorsements, Door.USER, _READ),
    Route("GET", f"{_ONE}/endorsements", get_of_account, Door.PROFILES, _READ),
    Route("POST", f"{_ONE}/endorse", post_endorse, Door.USER, _WRITE),
    Route("POST", f"{_ONE}/unendorse", post_unendorse, Door.USER, _WRITE),
    # The names of before 4.4.
    Route("POST", f"{_ONE}/pin", post_endorse, Door.USER, _WRITE),
    Route("POST", f"{_ONE}/unpin", post_unendorse, Door.USER, _WRITE),
)
