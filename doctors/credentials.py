"""Believing that somebody is a doctor: the credentials that remote actors show, and nothing else.

The network comes first, each document stored or held aside; then everything is judged in one
transaction, against what our administrators decide at that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actors.models import Actor
from actors.owed import owe_index
from actors.queries import delete_badge, find_actor, find_extension
from core.clock import now
from core.errors import (
    FetchUnavailable,
    Gone,
    InvalidDocument,
    PermanentError,
    TemporaryError,
    Untrusted,
)
from db.session import AsyncSession, Database, settings_of
from doctors import queries
from doctors.badges import rebuild_badge
from doctors.held_lists import recheck_status, refresh_list
from doctors.issuers import believed_issuer, may_issue, refresh_issuer
from doctors.judging import MAX_ADDRESS, judge_credential
from doctors.models import HeldCredential, OfferState
from doctors.offered import list_offers
from doctors.own import fetch_signed
from doctors.reasons import Reason
from federation.client import Client
from federation.documents.credential import read_credential
from federation.documents.lenient import Document
from federation.origin import host_of, normal_uri, same_origin
from federation.uris import local_uris
from moderation.queries import find_peer

__all__ = ["check_actor", "drop_badge", "end_own", "forget_credential", "recheck_status"]

MAX_CREDENTIALS = 10


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of fetching a credential: the document, or why there is none."""

    uri: str
    document: Document | None = None
    problem: str | None = None
    is_silent: bool = False


async def check_actor(database: Database, client: Client, actor_id: int) -> None:
    """Judge the credentials that an actor shows; write its badge, or why there is none.

    Of somebody here, those that authorities offered to them: accepted ones count for the badge.
    Raises FetchUnavailable when something that matters did not answer: what was known of it stays.
    """
    async with database.read() as session:
        actor = await find_actor(session, actor_id)
        if actor is None or actor.deleted_at is not None:
            return
        uris = _addresses(await _to_judge(session, actor))
        if actor.is_local and not uris:
            return
    found = [await _fetch(database, client, actor, uri) for uri in uris]
    async with database.transaction() as session:
        for one in found:
            await _write(session, actor, one)
        listed = [*uris, *(queries.shown_by(uri, actor.id) for uri in uris)]
        for held in await queries.list_unlisted(session, actor.id, listed):
            await session.delete(held)
        await session.flush()
        await rebuild_badge(session, actor.id)
    silent = [one.uri for one in found if one.is_silent]
    if silent:
        raise FetchUnavailable(f"{silent[0]}: could not be checked now")


async def _to_judge(session: AsyncSession, actor: Actor) -> Sequence[object]:
    """Return what a remote actor shows, and of somebody here what they were offered by others."""
    if actor.is_local:
        # Those that count first: there is a limit.
        offers = sorted(
            await list_offers(session, actor.id),
            key=lambda offer: offer.state is not OfferState.ACCEPTED,
        )
        return [offer.credential_uri for offer in offers]
    shown: list[object] = (await find_extension(session, actor.id)).get("credentials", [])
    return shown


def _addresses(shown: Sequence[object]) -> list[str]:
    """Return the first few that can be a credential's address at all, in normal form."""
    found: dict[str, None] = {}
    for uri in shown:
        try:
            found[normal_uri(str(uri))] = None
        except InvalidDocument:
            continue
    return [uri for uri in found if len(uri) <= MAX_ADDRESS][:MAX_CREDENTIALS]


async def _fetch(database: Database, client: Client, actor: Actor, uri: str) -> _Found:
    """Fetch a credential, and what it takes to judge it: its issuer's keys, its status list."""
    try:
        async with database.read() as session:
            held = await queries.find_held(session, uri)
            reason = await may_issue(session, host_of(uri), subject=actor.uri)
        if held is not None and held.revoked_at is not None:
            return _Found(uri, problem=held.problem or Reason.REVOKED)
        if reason is not None:
            return _Found(uri, problem=reason)
        try:
            document = await fetch_signed(database, client, uri)
        except Gone:
            return _Found(uri, problem=Reason.REVOKED)
        credential = read_credential(document)
        await refresh_issuer(database, client, document, credential.issuer)
        await refresh_list(database, client, credential.status_list, credential.issuer)
        return _Found(uri, document)
    except TemporaryError:
        return _Found(uri, is_silent=True)
    except PermanentError as error:
        return _Found(uri, problem=str(error)[:500])


async def _write(session: AsyncSession, actor: Actor, found: _Found) -> None:
    held = await queries.find_held(session, found.uri)
    # Revoked meanwhile, or silent now: what is known stays.
    if found.is_silent or (held is not None and held.revoked_at is not None):
        return
    judged = await _judge(session, actor, found)
    if held is not None and held.actor_id != actor.id:
        if judged.problem is not None:
            # Somebody shows another's credential: that says nothing about the other.
            await _note_borrowed(session, found.uri, actor.id, judged.problem)
            return
        await _note_borrowed(session, found.uri, held.actor_id, held.problem)
        before = held.actor_id
        await session.delete(held)
        await session.flush()
        await rebuild_badge(session, before)
    await session.merge(judged)
    await session.flush()


async def _note_borrowed(
    session: AsyncSession, uri: str, actor_id: int, problem: str | None
) -> None:
    """Keep for administrators why somebody gets no badge by a credential that is another's."""
    await session.merge(
        HeldCredential(uri=queries.shown_by(uri, actor_id), actor_id=actor_id, problem=problem)
    )
    await session.flush()


async def _judge(session: AsyncSession, actor: Actor, found: _Found) -> HeldCredential:
    held = HeldCredential(uri=found.uri, actor_id=actor.id, problem=found.problem)
    if found.document is None:
        return held
    held.document = found.document.source
    try:
        issuer = await believed_issuer(session, read_credential(found.document).issuer)
        credential = judge_credential(
            found.document, subject=actor.uri, issuer=issuer, moment=now()
        )
    except (Untrusted, InvalidDocument) as error:
        held.problem = str(error)[:500]
        return held
    held.issuer_uri = issuer.uri
    held.status_list_uri = normal_uri(credential.status_list)
    held.status_index = credential.status_index
    held.valid_until = credential.valid_until
    return held


async def forget_credential(session: AsyncSession, uri: str, *, by: str) -> bool:
    """Take a credential as revoked because its issuer, an actor's id, sent its Delete.

    It stays revoked, whatever is fetched later. Another actor's word counts for nothing, whatever
    its host. Tells whether there was something to revoke.
    """
    try:
        uri = normal_uri(uri)
    except InvalidDocument:
        return False
    held = await queries.find_held(session, uri)
    if held is None or held.revoked_at is not None or not same_origin(uri, by):
        return False
    peer = await find_peer(session, host_of(uri))
    if by not in {held.issuer_uri, peer.actor_uri if peer is not None else None}:
        return False
    held.revoked_at, held.problem = now(), Reason.REVOKED
    await session.flush()
    await rebuild_badge(session, held.actor_id)
    return True


async def end_own(session: AsyncSession, actor: Actor, uris: Iterable[str]) -> None:
    """Let nothing here rest any longer on credentials of ours that were just revoked.

    What an authority vouches for stays; the caller tells others.
    """
    own = local_uris(settings_of(session)).instance_actor
    for uri in uris:
        await forget_credential(session, uri, by=own)
    await rebuild_badge(session, actor.id, tells=False)


async def drop_badge(session: AsyncSession, actor_id: int, reason: str) -> None:
    """Take an actor's badge away until their credentials are checked again."""
    for held in await queries.list_held(session, actor_id):
        held.problem = held.problem or reason
    await session.flush()
    await delete_badge(session, actor_id)
    await owe_index(session, actor_id)
