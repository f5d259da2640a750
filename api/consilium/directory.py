"""GET /api/consilium/v1/directory: the right colleague for a patient; `ring` asks other instances.

What other instances ask of this one is another door, `doctors/ring_routes.py`.
"""

from __future__ import annotations

from typing import Any

from actors.queries import find_actors
from api.entities.account import accounts_by_id
from api.entities.directory import found_json
from api.routing import Call, Door, Route
from db.session import AsyncSession
from doctors.asked import Asked, asked_from
from doctors.directory import Found, search
from doctors.practice import PracticeReader, read_practice
from doctors.ring import ask_ring

Json = dict[str, Any]
_PARAMETERS = (
    "q", "speciality", "profession", "skill", "language", "near", "km", "latitude", "longitude",
    "accepts_referrals", "department", "page",
)  # fmt: skip


async def get_directory(call: Call) -> Json:
    """Find doctors by what they do, where, in which language; a page of 20, the nearest first."""
    asked = _asked(call)
    reader = PracticeReader(call.viewer.actor_id, is_doctor=call.viewer.is_doctor)
    database = call.services.database
    found = await database.look(lambda session: search(session, asked, reader))
    async with database.read() as session:
        body = await _written(session, found, reader)
    if call.fields.flag("ring") and call.caller is not None:
        ring = await ask_ring(database, call.services.client, asked, reader)
        async with database.read() as session:
            shown = await _written(session, ring.found, reader)
        body["ring"] = {
            "accounts": shown["accounts"],
            "asked": ring.asked,
            "answered": ring.answered,
            "coming": ring.coming,
        }
    return body


def _asked(call: Call) -> Asked:
    given = {name: call.fields.text(name) for name in _PARAMETERS}
    return asked_from({name: text for name, text in given.items() if text is not None})


async def _written(session: AsyncSession, found: Found, reader: PracticeReader) -> Json:
    ids = [one.actor_id for one in found.people]
    accounts = await accounts_by_id(session, await find_actors(session, ids))
    return found_json(found, accounts, await read_practice(session, ids, reader))


ROUTES = (
    Route(
        "GET", "/api/consilium/v1/directory", get_directory, Door.DIRECTORY, ("read:search",)
    ),
)
