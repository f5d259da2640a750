"""Who may vouch for whom: pinned instance actors of clinical peers, and authorities (WIRE §5)."""

from __future__ import annotations

from datetime import timedelta

from actors.models import Actor
from actors.queries import find_actor_by_uri
from actors.remote import refresh_actor, resolve_actor
from core.errors import Untrusted
from db.session import AsyncSession, Database, settings_of
from doctors import queries
from doctors.judging import Issuer
from doctors.own import own_issuer
from doctors.pinning import CLINICAL, observe_keys, pin_at_first_contact, published_keys
from doctors.reasons import Reason
from federation.client import Client
from federation.documents.lenient import Document
from federation.origin import host_of, normal_uri
from federation.proofs import find_proof
from federation.uris import local_uris
from moderation.models import Peer
from moderation.policy import class_of
from moderation.queries import find_peer

# Keys of an issuer are asked for again after this, or when a proof names one that is not known.
KEYS_KEPT_FOR = timedelta(hours=1)


async def may_issue(session: AsyncSession, host: str, *, subject: str) -> str | None:
    """Return why a host's credentials for an actor are not even fetched; None when they may be."""
    if await class_of(session, host) is not CLINICAL:
        return Reason.NOT_CLINICAL % {"host": host}
    if host in (host_of(subject), local_uris(settings_of(session)).host):
        return None
    peer = await find_peer(session, host)
    if peer is None or not peer.authority:
        return Reason.NO_AUTHORITY % {"host": host}
    return None


async def why_no_authority(session: AsyncSession, actor: Actor) -> str | None:
    """Return why an actor may not vouch for people of other hosts; None when it may."""
    peer = await queries.find_issuing_peer(session, actor.uri)
    if peer is None or await class_of(session, peer.host) is not CLINICAL:
        return "the sender is not the pinned instance actor of a clinical peer"
    if not peer.authority:
        return Reason.NO_AUTHORITY % {"host": peer.host}
    return None


async def refresh_issuer(
    database: Database, client: Client, document: Document, issuer_uri: str
) -> None:
    """Bring what we know of an issuer up to date: its pin if it never had one, and its keys.

    Does nothing for who is no pinned issuer: the judgement says so. Raises as `resolve_actor` does.
    """
    issuer_uri = normal_uri(issuer_uri)
    peer = await _pinned_peer(database, client, host_of(issuer_uri))
    if peer is None or peer.actor_uri != issuer_uri:
        return
    await resolve_actor(database, client, issuer_uri, max_age=KEYS_KEPT_FOR)
    if not await _is_current(database, peer, document):
        await refresh_actor(database, client, issuer_uri)
        await _observe(database, peer.host)


async def _pinned_peer(database: Database, client: Client, host: str) -> Peer | None:
    async with database.read() as session:
        peer = await find_peer(session, host)
    if peer is None or peer.peer_class is not CLINICAL:
        return None
    if peer.actor_uri is None:
        return await pin_at_first_contact(database, client, host)
    return peer


async def _is_current(database: Database, peer: Peer, document: Document) -> bool:
    """Tell whether the keys that are stored are those last seen, and a proof's is among them."""
    proof = find_proof(document)
    async with database.read() as session:
        actor = await find_actor_by_uri(session, peer.actor_uri or "")
        published = await published_keys(session, actor) if actor is not None else {}
    is_known = proof is None or proof.method in published
    return is_known and set(published.values()) == set(peer.seen_keys)


async def _observe(database: Database, host: str) -> None:
    async with database.transaction() as session:
        peer = await find_peer(session, host)
        actor = await find_actor_by_uri(session, peer.actor_uri or "") if peer else None
        if peer is not None and actor is not None:
            await observe_keys(session, peer, (await published_keys(session, actor)).values())


async def believed_issuer(session: AsyncSession, issuer_uri: str) -> Issuer:
    """Return an issuer as it is believed now; raises Untrusted when it is not at all."""
    issuer_uri = normal_uri(issuer_uri)
    if issuer_uri == local_uris(settings_of(session)).instance_actor:
        return await own_issuer(session)
    peer = await queries.find_issuing_peer(session, issuer_uri)
    if peer is None or await class_of(session, peer.host) is not CLINICAL:
        raise Untrusted(Reason.NOT_A_PINNED_PEER)
    actor = await find_actor_by_uri(session, issuer_uri)
    return Issuer(
        uri=issuer_uri,
        name=peer.name or peer.host,
        published=await published_keys(session, actor) if actor is not None else {},
        pinned=frozenset(peer.pinned_keys),
        authority_for=frozenset(peer.registers) if peer.authority else frozenset(),
    )
