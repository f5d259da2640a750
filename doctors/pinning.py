"""Pinning a peer: its instance actor's id and Ed25519 keys, and what happens when those change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from actors.models import Actor
from actors.owed import owe_check
from actors.queries import list_public_keys
from core.clock import now
from core.errors import InvalidDocument, InvalidInput, PermanentError, ServerError, Untrusted
from core.logging import get_logger
from core.settings import Settings
from db.session import AsyncSession, Database, settings_of
from doctors import queries
from doctors.holders import list_local_holders
from doctors.reasons import Reason
from federation.client import Client
from federation.documents.actor import ActorDocument, read_actor
from federation.nodeinfo import find_application
from federation.origin import host_of, normal_uri, same_origin
from federation.uris import handle_parts, local_uris
from moderation.audit import record
from moderation.models import Peer, PeerClass
from moderation.patterns import BELOW, EVERYBODY
from moderation.queries import find_peer, list_peers
from webfinger.client import fetch_webfinger

CLINICAL = PeerClass.CLINICAL
_INSTANCE_TYPES = frozenset({"Application", "Service"})
BY_ITSELF = "this instance"
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PeerFacts:
    """What a peer says about itself: its instance actor, that actor's keys (multibase), its hosts.

    `also` are hosts that serve its handles or media: proposed, never taken over unasked.
    """

    host: str
    actor_uri: str
    name: str
    keys: tuple[str, ...]
    also: tuple[str, ...] = ()


def peer_host(text: str, settings: Settings) -> str:
    """Return a host as typed in its one form; raises InvalidInput for none, and for our own."""
    bare = text.strip().removeprefix("https://").removeprefix("http://").rstrip("/")
    try:
        host = host_of(f"{_scheme(settings)}://{bare}")
    except InvalidDocument as error:
        raise InvalidInput(f"no host: {text[:100]!r}") from error
    if "/" in bare or "?" in bare or "#" in bare:
        raise InvalidInput(f"no host but an address: {text[:100]!r}")
    if host == local_uris(settings).host:
        raise InvalidInput(f"{host} is this instance itself")
    return host


def peer_name(text: str, settings: Settings) -> str:
    """Return a host, or a pattern of hosts (`*.example`, `*`), as typed in its one form.

    Raises InvalidInput as `peer_host` does.
    """
    bare = text.strip()
    if bare == EVERYBODY:
        return bare
    if bare.startswith(BELOW):
        return BELOW + peer_host(bare.removeprefix(BELOW), settings)
    return peer_host(bare, settings)


def _scheme(settings: Settings) -> str:
    return urlsplit(settings.base_url).scheme


def base_of(host: str, settings: Settings) -> str:
    """Return the origin under which a peer is dialled."""
    return f"{_scheme(settings)}://{host}"


async def look_at_peer(database: Database, client: Client, host: str) -> PeerFacts:
    """Fetch a peer's instance actor, found by FEP-2677, by WebFinger, or at `/actor`.

    Raises FetchUnavailable when the peer is down, FetchFailed and its like for what is no instance.
    """
    base = base_of(host, database.settings)
    handle = await _ask_webfinger(client, host, base)
    uri = await _ask_nodeinfo(client, base) or handle[0] or f"{base}/actor"
    document = read_actor(await client.fetch_document(uri))
    if host_of(document.id) != host:
        raise Untrusted(f"{host}: its instance actor is on another host")
    if document.type not in _INSTANCE_TYPES:
        raise Untrusted(f"{host}: {document.id} is no instance actor but a {document.type}")
    return PeerFacts(
        host=host,
        actor_uri=document.id,
        name=document.name,
        keys=assertion_keys(document),
        also=_also(document, host, handle[1]),
    )


def assertion_keys(document: ActorDocument) -> tuple[str, ...]:
    """Return the Ed25519 keys that an actor asserts with and controls, as multibase."""
    own = {
        key.multibase
        for key in document.assertion_keys
        if key.controller == document.id and same_origin(key.id, document.id)
    }
    return tuple(sorted(own))


async def _ask_nodeinfo(client: Client, base: str) -> str | None:
    try:
        uri = find_application(await client.fetch_json(f"{base}/.well-known/nodeinfo"))
        return normal_uri(uri) if uri and same_origin(uri, base) else None
    except PermanentError:
        return None


async def _ask_webfinger(client: Client, host: str, base: str) -> tuple[str | None, str | None]:
    """Return the instance actor's id and the domain of its handles (FEP-d556), where it says so."""
    name = host.rsplit(":", 1)[0]
    try:
        found = await fetch_webfinger(client, name, host, scheme=urlsplit(base).scheme)
        return found.actor_uri, handle_parts(found.subject)[1]
    except PermanentError:
        return None, None


def _also(document: ActorDocument, host: str, domain: str | None) -> tuple[str, ...]:
    hosts = {domain} if domain else set()
    for url in (document.icon_url, document.image_url):
        try:
            hosts |= {host_of(url)} if url else set()
        except InvalidDocument:
            continue
    return tuple(sorted(hosts - {host}))


def pin(peer: Peer, facts: PeerFacts) -> None:
    """Take a peer's instance actor and keys as the ones that we believe from now on."""
    peer.actor_uri = facts.actor_uri
    peer.pinned_keys = list(facts.keys)
    peer.seen_keys = list(facts.keys)
    peer.key_changed_at = None
    peer.name = facts.name or peer.name


async def pin_at_first_contact(database: Database, client: Client, host: str) -> Peer | None:
    """Pin a clinical peer that was down when it was listed; None when it is not such a one.

    Raises as `look_at_peer` does.
    """
    facts = await look_at_peer(database, client, host)
    async with database.transaction() as session:
        peer = await find_peer(session, host)
        if peer is None or peer.peer_class is not CLINICAL or peer.actor_uri is not None:
            return peer
        pin(peer, facts)
        await record(
            session,
            actor=BY_ITSELF,
            action="peer.pin",
            subject=host,
            detail={"actor": facts.actor_uri, "keys": list(facts.keys)},
        )
        await check_again(session, host)
        return peer


async def observe_keys(session: AsyncSession, peer: Peer, published: Iterable[str]) -> None:
    """Note which keys a pinned peer shows now (WIRE §2).

    While a pinned key is still published, new ones beside it were announced and are pinned with it.
    When none is, the peer is social from now on: its badges go, until an administrator confirms.
    """
    keys = sorted(set(published))
    if keys == sorted(peer.seen_keys):
        return
    peer.seen_keys = keys
    if peer.key_changed_at is not None or peer.peer_class is not CLINICAL:
        return
    if set(keys) & set(peer.pinned_keys):
        peer.pinned_keys = keys
        return
    peer.key_changed_at = now()
    log.warning("a peer's key changed unannounced", host=peer.host)
    await record(
        session,
        actor=BY_ITSELF,
        action="peer.key-changed",
        subject=peer.host,
        detail={"pinned": list(peer.pinned_keys), "seen": keys},
    )
    await end_trust(session, peer, Reason.KEY_CHANGED)


async def end_trust(session: AsyncSession, peer: Peer, problem: str) -> int:
    """Take away the badges that a peer stands behind; return how many."""
    if peer.actor_uri is None:
        return 0
    for actor_id in await list_local_holders(session, peer.actor_uri):
        # Who lives here may be vouched for by this instance, too.
        await owe_check(session, actor_id)
    return await queries.drop_badges_by(session, peer.actor_uri, problem)


async def check_again(session: AsyncSession, host: str) -> int:
    """Owe a check of every credential that this peer's word is needed for; return how many."""
    base = base_of(host, settings_of(session))
    actor_ids = await queries.list_to_check(session, host, base)
    for actor_id in actor_ids:
        await owe_check(session, actor_id)
    return len(actor_ids)


async def published_keys(session: AsyncSession, actor: Actor) -> dict[str, str]:
    """Return the Ed25519 keys that an instance actor asserts with, as stored, id → multibase."""
    keys = await list_public_keys(session, actor.id)
    return {
        key.uri: key.public_key
        for key in keys
        if key.algorithm == "ed25519" and key.proves and key.retired_at is None
    }


async def watch_peers(database: Database, client: Client) -> None:
    """Look at every clinical peer: pin who was down before, notice who changed a key."""
    async with database.read() as session:
        peers = [peer for peer in await list_peers(session) if peer.peer_class is CLINICAL]
    for peer in peers:
        try:
            if peer.actor_uri is None:
                await pin_at_first_contact(database, client, peer.host)
                continue
            facts = await look_at_peer(database, client, peer.host)
        except ServerError as error:
            log.info("a peer could not be looked at", host=peer.host, reason=str(error))
            continue
        async with database.transaction() as session:
            current = await find_peer(session, peer.host)
            if current is not None and current.actor_uri is not None:
                await observe_keys(session, current, facts.keys)
