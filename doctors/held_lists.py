"""Other issuers' status lists: fetched when they are due, kept only when verified."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from actors.owed import owe_check
from actors.queries import find_badges
from core.clock import now
from core.errors import InvalidDocument, ServerError, Untrusted
from core.logging import get_logger
from db.session import AsyncSession, Database
from doctors import queries
from doctors.badges import rebuild_badge
from doctors.holders import list_lapsed
from doctors.issuers import believed_issuer, refresh_issuer
from doctors.judging import judge_status_list
from doctors.models import HeldCredential, HeldStatusList
from doctors.own import fetch_signed
from doctors.reasons import Reason
from federation.client import Client
from federation.documents.credential import STATUS_LIST_TTL, read_status_list
from federation.documents.lenient import Document, read_document
from federation.origin import normal_uri, same_origin
from federation.uris import local_uris

OWN_BADGES_TOUCHED = timedelta(hours=1)
# A list is asked for again before it is out of date: this, a turn of the job that looks and the
# answer of a slow host together are less than the quarter of an hour of WIRE §5.
RENEWED_AFTER = STATUS_LIST_TTL - timedelta(minutes=2)
LISTS_AT_ONCE = 8
PROBLEMS_LOOKED_AT_AGAIN = timedelta(days=1)
PROBLEMS_A_TIME = 100
LAPSED_A_TIME = 100
log = get_logger(__name__)


async def refresh_list(
    database: Database, client: Client, uri: str, issuer_uri: str
) -> HeldStatusList:
    """Return a status list that is fresh enough, fetched now if the held one is not.

    When the list does not answer, or not with what can be believed, the held one is returned for as
    long as it is valid. With none held, raises TemporaryError or the reason not to believe it.
    """
    uri, issuer_uri = normal_uri(uri), normal_uri(issuer_uri)
    if not same_origin(uri, issuer_uri):
        raise Untrusted(Reason.LIST_OF_ANOTHER_ORIGIN)
    async with database.read() as session:
        held = await queries.find_held_list(session, uri)
    held = _usable(held, issuer_uri)
    if held is not None and now() - held.fetched_at < RENEWED_AFTER:
        return held
    try:
        document = await fetch_signed(database, client, uri)
        await refresh_issuer(database, client, document, issuer_uri)
        async with database.transaction() as session:
            return await _store(session, uri, issuer_uri, document)
    except ServerError as error:
        if held is None:
            raise
        log.warning("a status list could not be renewed", uri=uri, reason=str(error))
        return held


def _usable(held: HeldStatusList | None, issuer_uri: str) -> HeldStatusList | None:
    if held is None or held.issuer_uri != issuer_uri or held.valid_until <= now():
        return None
    return held


async def _store(
    session: AsyncSession, uri: str, issuer_uri: str, document: Document
) -> HeldStatusList:
    issuer = await believed_issuer(session, issuer_uri)
    judged = judge_status_list(document, uri=uri, issuer=issuer, moment=now())
    known = await queries.find_held_list(session, uri)
    if known is not None and _is_older(judged.valid_from, known):
        raise Untrusted(Reason.LIST_IS_OLDER)
    fresh = HeldStatusList(
        uri=uri,
        issuer_uri=issuer.uri,
        document=document.source,
        valid_until=judged.valid_until,
        fetched_at=now(),
    )
    return await session.merge(fresh)


def _is_older(valid_from: datetime | None, known: HeldStatusList) -> bool:
    # An old list, sent again, would undo a revocation.
    try:
        before = read_status_list(read_document(known.document)).valid_from
    except InvalidDocument:
        return False
    return valid_from is not None and before is not None and valid_from < before


async def recheck_status(database: Database, client: Client) -> None:
    """Fetch every status list that is due; confirm the badges that rest on it, or take them away.

    A list that cannot be reached leaves its badges as they are, until it ends.
    """
    async with database.transaction() as session:
        own = local_uris(database.settings).instance_actor
        await queries.touch_own_badges(session, own, now() - OWN_BADGES_TOUCHED)
    async with database.read() as session:
        due = await queries.list_lists_due(session, now() - RENEWED_AFTER)
        wanting = await queries.list_problems_due(
            session, now() - PROBLEMS_LOOKED_AT_AGAIN, PROBLEMS_A_TIME
        )
    limit = asyncio.Semaphore(LISTS_AT_ONCE)

    async def recheck(uri: str, issuer_uri: str) -> None:
        async with limit:
            await _recheck(database, client, uri, issuer_uri)

    async with asyncio.TaskGroup() as group:
        for uri, issuer_uri in due:
            group.create_task(recheck(uri, issuer_uri))
    async with database.transaction() as session:
        for actor_id in await list_lapsed(session, LAPSED_A_TIME):
            await rebuild_badge(session, actor_id)
        for actor_id in wanting:
            await owe_check(session, actor_id)


async def _recheck(database: Database, client: Client, uri: str, issuer_uri: str) -> None:
    try:
        status_list = await refresh_list(database, client, uri, issuer_uri)
    except ServerError as error:
        log.info("a status list could not be fetched", uri=uri, reason=str(error))
        return
    async with database.transaction() as session:
        await _apply(session, status_list)


async def _apply(session: AsyncSession, status_list: HeldStatusList) -> None:
    """Let a verified list count for every credential that rests on it."""
    bits = read_status_list(read_document(status_list.document))
    ended: set[int] = set()
    resting = await queries.list_held_on(session, status_list.uri)
    for uri, actor_id, index in resting:
        if index >= len(bits.bits) * 8:
            # It was within the longer list before; `rebuild_badge` finds that it is not any more.
            ended.add(actor_id)
        elif bits.is_set(index):
            held = await session.get_one(HeldCredential, uri)
            held.revoked_at, held.problem = now(), Reason.LIST_SAYS_REVOKED
            ended.add(actor_id)
    await session.flush()
    await queries.confirm_badges(session, status_list)
    holders = {actor_id for _, actor_id, _ in resting}
    # A badge that ended with the list before is there again.
    without = holders - (await find_badges(session, holders)).keys()
    for actor_id in sorted(ended | without):
        await rebuild_badge(session, actor_id)
