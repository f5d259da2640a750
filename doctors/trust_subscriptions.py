"""Other instances' trust lists that we follow: read, compared, and applied by an administrator.

A list is believed as far as its issuer is: the pinned instance actor of a clinical peer. What it
says changes nothing by itself; the difference waits until somebody here has looked at it (WIRE §5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import select
from sqlmodel import col

from core.clock import now, wire_time
from core.errors import InvalidDocument, InvalidInput, NotFound, ServerError, Untrusted
from core.logging import get_logger
from db.session import AsyncSession, Database, settings_of
from doctors.issuers import believed_issuer, refresh_issuer
from doctors.models import TrustSubscription
from doctors.pinning import CLINICAL, base_of, check_again, end_trust
from doctors.reasons import Reason
from doctors.registers import REGISTERS
from federation.client import Client
from federation.documents.lenient import Document, find_id
from federation.documents.trust_list import TrustedIssuer, read_trust_list
from federation.keys import is_ed25519
from federation.origin import host_of, normal_uri, same_origin
from federation.proofs import find_proof, verify_proof
from federation.uris import local_uris
from moderation.audit import record
from moderation.models import Peer, PeerClass
from moderation.policy import class_of
from moderation.queries import find_peer, save_peer

MAX_ACTOR_URI = 1024
Row = dict[str, Any]
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """What applying a list would do about one issuer.

    `kind` is `new`, `changed`, `gone` or `left` (as it is, with `why`: blocked here, or nothing to
    do); `after` is the list's row, `before` what holds here: what is pinned, else the row before.
    """

    kind: str
    id: str
    host: str
    before: Row | None = None
    after: Row | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done: hosts that are trusted anew or otherwise now, and those that are no more."""

    trusted: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


async def subscribe(
    database: Database, client: Client, host: str, *, decided_by: str
) -> TrustSubscription:
    """Follow a clinical peer's trust list: it is read at once, and nothing is applied yet.

    Raises InvalidInput for who is no clinical peer, and what reading it raises.
    """
    async with database.read() as session:
        await _require_clinical(session, host)
    uri = f"{base_of(host, database.settings)}/trust-list"
    issuer_uri, rows = await _read(database, client, uri)
    async with database.transaction() as session:
        await _require_clinical(session, host)
        subscription = await session.get(TrustSubscription, uri)
        if subscription is None:
            subscription = TrustSubscription(uri=uri, host=host, issuer_uri=issuer_uri)
            session.add(subscription)
            await record(
                session, actor=decided_by, action="trust-list.subscribe", subject=host
            )
        _propose(subscription, issuer_uri, rows)
        return subscription


async def _require_clinical(session: AsyncSession, host: str) -> None:
    peer = await find_peer(session, host)
    if peer is None or peer.peer_class is not CLINICAL or peer.key_changed_at is not None:
        raise InvalidInput(
            f"{host} is no clinical peer: its list is believed once `consilium peer allow {host} "
            "--class clinical` pinned its key"
        )


async def _read(database: Database, client: Client, uri: str) -> tuple[str, list[Row]]:
    """Fetch a list and return who signed it, and its rows; raises Untrusted and as the client."""
    document = await client.fetch_document(uri)
    issuer_uri = find_id(document.json.get("attributedTo")) or ""
    await refresh_issuer(database, client, document, issuer_uri)
    async with database.read() as session:
        await _verify(session, document, issuer_uri)
        own = local_uris(settings_of(session)).host
    rows = [
        _row(issuer)
        for issuer in read_trust_list(document)
        if _is_usable(issuer) and host_of(issuer.id) not in (own, host_of(uri))
    ]
    return normal_uri(issuer_uri), rows


async def _verify(session: AsyncSession, document: Document, issuer_uri: str) -> None:
    issuer = await believed_issuer(session, issuer_uri)
    if not same_origin(issuer.uri, document.id or ""):
        raise Untrusted("the list is not of its issuer's origin")
    proof = find_proof(document)
    multibase = issuer.published.get(proof.method) if proof is not None else None
    if multibase is None or multibase not in issuer.pinned:
        raise Untrusted("the list is not signed with its issuer's pinned key")
    verify_proof(document, multibase)


def _is_usable(issuer: TrustedIssuer) -> bool:
    try:
        host_of(issuer.id)
    except InvalidDocument:
        return False
    is_current = issuer.valid_until > now()
    has_keys = bool(issuer.keys) and all(is_ed25519(key) for key in issuer.keys)
    return is_current and has_keys and len(issuer.id) <= MAX_ACTOR_URI


def _row(issuer: TrustedIssuer) -> Row:
    return {
        "id": normal_uri(issuer.id),
        "registers": sorted(code for code in issuer.registers if code in REGISTERS),
        "keys": sorted(issuer.keys),
        "valid_until": wire_time(issuer.valid_until),
    }


def _propose(subscription: TrustSubscription, issuer_uri: str, rows: Sequence[Row]) -> None:
    """Write down what a list says now; it waits if it says something else than was applied."""
    subscription.issuer_uri, subscription.checked_at = issuer_uri, now()
    subscription.problem = None
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    if _said(ordered) == _said(subscription.applied):
        subscription.proposed = subscription.proposed_at = None
        return
    if subscription.proposed is None or _said(ordered) != _said(subscription.proposed):
        subscription.proposed_at = now()
    subscription.proposed = ordered


def _said(rows: Sequence[Row]) -> list[tuple[str, list[str], list[str]]]:
    """Return what counts of some rows: the day until which they were written changes always."""
    return [(row["id"], row["registers"], row["keys"]) for row in rows]


async def refresh_subscriptions(database: Database, client: Client) -> None:
    """Read every list that we follow again; what cannot be read says why, and keeps what it had."""
    async with database.read() as session:
        subscriptions = list(await session.scalars(select(TrustSubscription)))
    for known in subscriptions:
        problem, found = None, None
        try:
            found = await _read(database, client, known.uri)
        except ServerError as error:
            problem = str(error)[:500]
            log.info("a trust list could not be read", uri=known.uri, reason=problem)
        async with database.transaction() as session:
            subscription = await session.get(TrustSubscription, known.uri)
            if subscription is None:
                continue
            if found is not None:
                _propose(subscription, *found)
            else:
                subscription.problem, subscription.checked_at = problem, now()


async def list_subscriptions(session: AsyncSession) -> list[TrustSubscription]:
    """Return the lists that we follow, by host."""
    statement = select(TrustSubscription).order_by(col(TrustSubscription.host))
    return list(await session.scalars(statement))


async def get_subscription(session: AsyncSession, host: str) -> TrustSubscription:
    """Return the list of a host that we follow; raises NotFound."""
    statement = select(TrustSubscription).where(col(TrustSubscription.host) == host)
    found = await session.scalar(statement)
    if found is None:
        raise NotFound(f"the trust list of {host} is not followed here")
    return found


async def list_changes(session: AsyncSession, subscription: TrustSubscription) -> list[Change]:
    """Return what applying the list as it is now would change, and what not, by id."""
    if subscription.proposed is None:
        return []
    before = {row["id"]: row for row in subscription.applied}
    after = {row["id"]: row for row in subscription.proposed}
    changes = [
        await _change(session, before.get(uri), after.get(uri)) for uri in sorted(before | after)
    ]
    return [change for change in changes if change is not None]


async def _change(session: AsyncSession, before: Row | None, after: Row | None) -> Change | None:
    row = after or before or {}
    uri, host = row["id"], host_of(row["id"])
    peer = await find_peer(session, host)
    if after is None:
        return Change("gone", uri, host, before=before)
    # By its own name, by one above it, or by a pattern.
    if await class_of(session, host) is PeerClass.BLOCKED:
        return Change("left", uri, host, before, after, why="blocked here")
    if before is not None and _said([before]) == _said([after]):
        return None
    here = _pinned(peer) if peer is not None else None
    if here is not None and peer is not None and not peer.key_changed_at:
        if _said([here]) == _said([after]):
            return Change("left", uri, host, here, after, why="trusted here already")
    before = here or before
    return Change("new" if before is None else "changed", uri, host, before, after)


def _pinned(peer: Peer) -> Row | None:
    """Return what is pinned of a peer, as a list would say it; None for who is not trusted."""
    if peer.peer_class is not CLINICAL or peer.actor_uri is None:
        return None
    return {
        "id": peer.actor_uri,
        "registers": sorted(peer.registers) if peer.authority else [],
        "keys": sorted(peer.pinned_keys),
    }


def mark_of(subscription: TrustSubscription) -> str:
    """Return a short mark of what waits: another one once the list says something else."""
    said = orjson.dumps(_said(subscription.proposed or []))
    return hashlib.sha256(said).hexdigest()[:12]


async def apply_changes(
    session: AsyncSession, subscription: TrustSubscription, *, seen: str, decided_by: str
) -> Applied:
    """Trust, and end trust, as the list says now; hosts that are blocked here stay blocked.

    `seen` is the mark of what was looked at. Who is gone from the list is social from then on, if
    it was trusted because of this list. Raises InvalidInput when nothing waits, or something else.
    """
    if subscription.proposed is None:
        raise InvalidInput("nothing waits to be applied")
    if seen != mark_of(subscription):
        raise InvalidInput("the list says something else than what was looked at: look again")
    applied = Applied()
    for change in await list_changes(session, subscription):
        if change.kind == "gone":
            if await _end(session, subscription, change):
                applied.ended.append(change.host)
        elif change.kind != "left":
            await _trust(session, subscription, change)
            applied.trusted.append(change.host)
    subscription.applied, subscription.proposed = subscription.proposed, None
    subscription.applied_at, subscription.applied_by = now(), decided_by
    subscription.proposed_at = None
    await session.flush()
    await record(
        session,
        actor=decided_by,
        action="trust-list.apply",
        subject=subscription.host,
        detail={"trusted": applied.trusted, "ended": applied.ended},
    )
    return applied


async def _trust(
    session: AsyncSession, subscription: TrustSubscription, change: Change
) -> None:
    row = change.after or {}
    known = await find_peer(session, change.host)
    peer = known or Peer(host=change.host, peer_class=CLINICAL)
    if known is not None and known.peer_class is CLINICAL:
        await end_trust(session, known, Reason.TRUSTED_OTHERWISE)
    peer.peer_class, peer.actor_uri = CLINICAL, change.id
    peer.pinned_keys = peer.seen_keys = list(row["keys"])
    peer.authority, peer.registers = bool(row["registers"]), list(row["registers"])
    peer.key_changed_at = None
    peer.reason = _reason(subscription)
    await save_peer(session, peer)
    await session.flush()
    await check_again(session, change.host)


async def _end(session: AsyncSession, subscription: TrustSubscription, change: Change) -> bool:
    peer = await find_peer(session, change.host)
    if peer is None or peer.peer_class is not CLINICAL or peer.reason != _reason(subscription):
        return False
    if peer.actor_uri != change.id:
        # The host is on the list still, with another instance actor.
        return False
    await end_trust(session, peer, Reason.ISSUER_UNLISTED)
    peer.peer_class, peer.authority, peer.registers = PeerClass.SOCIAL, False, []
    await save_peer(session, peer)
    return True


def _reason(subscription: TrustSubscription) -> str:
    return f"trust list of {subscription.host}"


async def unsubscribe(session: AsyncSession, host: str, *, decided_by: str) -> None:
    """Follow a list no more; who is trusted because of it stays so. Raises NotFound."""
    await session.delete(await get_subscription(session, host))
    await record(session, actor=decided_by, action="trust-list.unsubscribe", subject=host)
