"""`/api/consilium/v1/ring/directory`: clinical peers look for a doctor here (WIRE §5).

Only who lives here and lets themselves be found is named, by what doctors may read: the peer's
people are doctors, and who of them asks is not told.
"""

from __future__ import annotations

from datetime import timedelta

import orjson
from quart import Blueprint, Response, request

from actors.domain_blocks import list_unwilling
from actors.models import Actor
from actors.queries import find_actors
from actors.reading import Reader, read_reader
from actors.shared import list_findable
from core.clock import now
from core.errors import Forbidden, NotFound, RateLimited
from core.settings import Switch
from db.session import AsyncSession, Database
from doctors import queries
from doctors.asked import Asked, asked_from, read_question
from doctors.directory import find_candidates
from doctors.directory_terms import HERE, HOME
from federation.client import Client
from federation.responses import add_refusals, bytes_response
from moderation.audit import record
from moderation.models import PeerClass
from users.limits import Limit

PATH = "/api/consilium/v1/ring/directory"
MOST_IDS = 20
A_MINUTE = 60
JSON = "application/json"
# What WIRE §5 knows; anything else in the query is another instance's own.
PARAMETERS = ("q", "speciality", "skill", "language", "near", "km")


def ring_routes(database: Database, client: Client) -> Blueprint:
    """Make the route by which clinical peers look for a doctor."""
    blueprint = add_refusals(Blueprint("ring", __name__))
    limit = Limit(A_MINUTE, timedelta(minutes=1), name="ring directory")

    @blueprint.get(PATH)
    async def get_ring_directory() -> Response:
        reader = await read_reader(database, client, request, public=False)
        async with database.read() as session:
            await _require_ring(session, reader)
        _require_rate(limit, reader.host)
        if database.settings.ring_directory is Switch.OFF:
            raise NotFound("the directory is not open to the ring")
        given = {name: request.args[name] for name in PARAMETERS if name in request.args}
        async with database.transaction() as session:
            found = await find_here(session, asked_from(given), host=reader.host)
            await _audit(session, reader.host, asked_from(given), count=len(found))
        return bytes_response(orjson.dumps({"actors": found}), kind=JSON)

    return blueprint


async def _require_ring(session: AsyncSession, reader: Reader) -> None:
    """Let nobody ask but the pinned instance actor of a clinical peer."""
    if reader.peer_class is not PeerClass.CLINICAL or reader.actor is None:
        raise Forbidden(f"{reader.host} is not a clinical peer")
    peer = await queries.find_issuing_peer(session, reader.actor.uri)
    if peer is None or peer.host != reader.host:
        raise Forbidden("an instance asks, not a person: the signer is not its instance actor")


def _require_rate(limit: Limit, host: str) -> None:
    allowance = limit.take(host)
    if not allowance.granted:
        raise RateLimited("too many questions", allowance.resets_at - now())


async def find_here(session: AsyncSession, asked: Asked, *, host: str) -> list[str]:
    """Return the ids of the first few who live here and fit; nobody who wants nothing of a host."""
    question = read_question(asked)
    if question.finds_nobody:
        return []
    local = question.narrowed((HOME, HERE))
    candidates, _ = await find_candidates(session, local, is_doctor=True)
    ids = [one.actor_id for one in candidates]
    findable = await list_findable(session, ids)
    unwilling = await list_unwilling(session, ids, host)
    wanted = [one for one in ids if one in findable and one not in unwilling][:MOST_IDS]
    actors: dict[int, Actor] = await find_actors(session, wanted)
    return [actors[one].uri for one in wanted]


async def _audit(session: AsyncSession, host: str, asked: Asked, *, count: int) -> None:
    # Never the words: somebody may have typed a patient's name, in the place of a town as well.
    town = read_question(asked).town
    detail = {
        "speciality": asked.speciality,
        "language": asked.language,
        "near": town.name if town is not None else "",
        "words": bool(asked.q or asked.skill),
        "answered": count,
    }
    await record(
        session, actor=host, action="directory.ring", subject="doctors here", detail=detail
    )
