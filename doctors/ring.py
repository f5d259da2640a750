"""Looking for a doctor across the ring: all clinical peers asked at once, within two seconds.

Peers answer with ids of their own people. Whom we do not know yet is met: fetched, their badge
judged here. Nobody is shown on a peer's word alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from actors.queries import find_actors_by_uri
from actors.remote import resolve_actor
from core.errors import FetchUnavailable, InvalidDocument, ServerError
from core.logging import get_logger
from db.jobs import enqueue, list_owed
from db.session import AsyncSession, Database
from doctors.asked import Asked, read_question
from doctors.credentials import check_actor
from doctors.directory import Found, of_people
from doctors.directory_index import index_people
from doctors.others_profiles import fetch_profiles
from doctors.pinning import base_of
from doctors.practice import PracticeReader
from doctors.ring_routes import MOST_IDS, PATH
from federation.client import Client
from federation.origin import normal_uri, same_origin
from moderation.models import Peer
from moderation.queries import clinical_peers
from users.limits import Limit

DEADLINE_S = 2.0
# Of that, so much is for the answers; the rest is for meeting whom nobody here knows.
ANSWERS_S = 1.4
AT_ONCE, MOST_PEERS = 12, 100
# So many are met for one question, while it waits and afterwards.
MOST_MET = 20
MAX_ADDRESS = 1024
# Questions of one person: what they ask counts for all of this house.
QUESTIONS = Limit(20, timedelta(minutes=1), name="ring asked")
T = TypeVar("T")
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RingFound:
    """Whom the ring named and we may show; how many of the peers asked answered in time.

    `coming` are those who were named and are still to be met: asked again, they are there.
    """

    found: Found
    asked: int = 0
    answered: int = 0
    coming: int = 0


async def ask_ring(
    database: Database, client: Client, asked: Asked, reader: PracticeReader
) -> RingFound:
    """Ask all clinical peers for doctors; raises TooManyAttempts for who asks too often.

    What a peer does wrong costs its own answer, and nothing else.
    """
    nothing = RingFound(Found(read_question(asked)))
    if reader.actor_id is None or nothing.found.question.finds_nobody:
        return nothing
    QUESTIONS.require(str(reader.actor_id))
    began = time.monotonic()
    async with database.read() as session:
        peers = (await clinical_peers(session))[:MOST_PEERS]
    if not peers:
        return nothing
    answers = await _ask_all(database, client, peers, _query(asked))
    uris = _in_turn(list(answers.values()))
    left_s = began + DEADLINE_S - time.monotonic()
    await _meet(database, client, uris, left_s=left_s)
    shown, coming = await _show(database, asked, reader, uris)
    return RingFound(shown, asked=len(peers), answered=len(answers), coming=coming)


def _query(asked: Asked) -> str:
    given = {
        "q": asked.q,
        "speciality": asked.speciality,
        "skill": asked.skill,
        "language": asked.language,
        "near": asked.near,
        "km": str(asked.km) if asked.near or asked.q else "",
    }
    return urlencode({name: value for name, value in given.items() if value})


async def _ask_all(
    database: Database, client: Client, peers: Sequence[Peer], query: str
) -> dict[str, list[str]]:
    """Return what came in time, by host, in the order of the peers."""
    free = asyncio.Semaphore(AT_ONCE)

    async def ask(peer: Peer) -> list[str] | None:
        base = base_of(peer.host, database.settings)
        async with free:
            try:
                answer = await client.ask_peer(f"{base}{PATH}?{query}")
            except ServerError as error:
                log.info("ring directory not answered", host=peer.host, reason=str(error)[:200])
                return None
        return read_answer(answer, base)

    found = await _all_in_time([(peer.host, ask(peer)) for peer in peers], ANSWERS_S)
    return {host: ids for host, ids in found.items() if ids is not None}


def read_answer(answer: Mapping[str, Any], base: str) -> list[str] | None:
    """Return the ids in a peer's answer that are its own to name, each once; None for no answer."""
    named = answer.get("actors")
    if not isinstance(named, list):
        return None
    found: dict[str, None] = {}
    for uri in named[:MOST_IDS]:
        try:
            normal = normal_uri(uri)
        except InvalidDocument:
            continue
        if same_origin(normal, base) and len(normal) <= MAX_ADDRESS:
            found[normal] = None
    return list(found)


async def _all_in_time(
    work: Sequence[tuple[str, Awaitable[T]]], limit_s: float
) -> dict[str, T]:
    """Do all at once; return what was done in time, the rest is ended."""
    tasks = {name: asyncio.ensure_future(one) for name, one in work}
    if not tasks:
        return {}
    await asyncio.wait(tasks.values(), timeout=max(limit_s, 0))
    late = [task for task in tasks.values() if not task.done()]
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    return {
        name: task.result()
        for name, task in tasks.items()
        if not task.cancelled() and task.exception() is None
    }


def _in_turn(answers: Sequence[Sequence[str]]) -> list[str]:
    """Return the first of each peer, then the second: no house stands before all others."""
    longest = max(map(len, answers), default=0)
    turns = (ids[place] for place in range(longest) for ids in answers if place < len(ids))
    return list(dict.fromkeys(turns))


async def _meet(
    database: Database, client: Client, uris: Sequence[str], *, left_s: float
) -> None:
    """Fetch whom nobody here knows and judge their badge; who is not met in time, is later."""
    async with database.read() as session:
        known = await find_actors_by_uri(session, uris)
    strangers = [uri for uri in uris if uri not in known][:MOST_MET]
    if not strangers:
        return
    free = asyncio.Semaphore(AT_ONCE)

    async def meet(uri: str) -> None:
        async with free:
            await meet_doctor(database, client, {"uri": uri})

    met = await _all_in_time([(uri, meet(uri)) for uri in strangers], left_s)
    late = [uri for uri in strangers if uri not in met]
    if not late:
        return
    async with database.transaction() as session:
        for uri in late:
            await enqueue(session, "meet doctor", {"uri": uri}, key=_meeting(uri))


def _meeting(uri: str) -> str:
    return f"meet doctor {uri}"


async def meet_doctor(
    database: Database, client: Client, payload: Mapping[str, Any]
) -> None:
    """Fetch somebody whom a peer named and what they say, and judge their badge (job)."""
    actor = await resolve_actor(database, client, str(payload["uri"]))
    # Whether they fit, and how far away they are, is in it. What is silent now is owed anyway.
    with suppress(FetchUnavailable):
        await fetch_profiles(database, client, actor.id)
    await check_actor(database, client, actor.id)
    async with database.transaction() as session:
        await index_people(session, [actor.id])


async def _show(
    database: Database,
    asked: Asked,
    reader: PracticeReader,
    uris: Sequence[str],
) -> tuple[Found, int]:
    """Return whom we may show, and how many of those named are still to be met."""

    async def work(session: AsyncSession) -> tuple[Found, int]:
        known = await find_actors_by_uri(session, uris)
        ids = {uri: known[uri].id for uri in uris if uri in known}
        found = await of_people(session, list(ids.values()), asked, reader)
        shown = set(found.actor_ids)
        hidden = {_meeting(uri): uri for uri in uris if ids.get(uri) not in shown}
        # Somebody may be fetched, and their badge not judged yet.
        owed = await list_owed(session, hidden)
        return found, sum(key in owed or uri not in known for key, uri in hidden.items())

    return await database.look(work)
