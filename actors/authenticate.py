"""From a signed request to the actor who sent it (WIRE §3, draft-cavage-12)."""

from __future__ import annotations

from functools import partial

from actors.models import Actor
from actors.queries import find_key
from actors.signers import Signer, fetch_signer, find_signer
from core.clock import now
from core.errors import Forbidden, InvalidDocument, Unauthenticated, Untrusted
from core.settings import Settings
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.lenient import Document
from federation.origin import host_of
from federation.proofs import find_proof, verify_proof
from federation.signatures.cavage import check_signature, read_signature, verifies
from federation.signatures.request import SignedRequest
from federation.uris import local_uris
from moderation.models import PeerClass
from moderation.policy import class_of

_REFUSED = frozenset({PeerClass.BLOCKED, PeerClass.UNKNOWN})


async def authenticate(database: Database, client: Client, request: SignedRequest) -> Actor:
    """Return the actor whose key signed a request.

    In the order of WIRE §3: Unauthenticated for no signature, or one that cannot be parsed;
    Forbidden for a key on a host that we do not talk to, before anything is fetched;
    Unauthenticated for what does not verify; Forbidden for the verified actor's host or itself.
    Raises FetchUnavailable when the key's host does not answer, InvalidDocument for headers that
    no honest server sends.
    """
    parameters = read_signature(request)
    key_uri, settings = parameters.key_id, database.settings
    host = _host_of_key(key_uri, settings)

    async def look_up(session: AsyncSession) -> Signer | None:
        await _check_host(session, host)
        return await find_signer(session, key_uri)

    known = await database.look(look_up)
    check_signature(parameters, request, hosts=_own_hosts(settings), moment=now())
    is_theirs = partial(verifies, parameters, request)
    if known is not None and known.actor.host == host and is_theirs(known.key.public_key):
        actor = known.actor
    else:
        actor = await fetch_signer(database, client, key_uri, verifies=is_theirs)
        async with database.read() as session:
            await _check_host(session, actor.host)
    if actor.deleted_at is not None:
        raise Unauthenticated("the signer is gone")
    if actor.suspended_at is not None:
        raise Forbidden("the signer is suspended here")
    return actor


def _host_of_key(key_uri: str, settings: Settings) -> str:
    try:
        host = host_of(key_uri)
    except InvalidDocument as error:
        raise Unauthenticated("the key's id is no address") from error
    if host == local_uris(settings).host:
        raise Unauthenticated("the key's id is one of ours")
    return host


def _own_hosts(settings: Settings) -> tuple[str, ...]:
    host = local_uris(settings).host
    port = "443" if settings.base_url.startswith("https:") else "80"
    return host, f"{host}:{port}"


async def _check_host(session: AsyncSession, host: str) -> None:
    judged = await class_of(session, host)
    if judged in _REFUSED:
        raise Forbidden(f"{host} is not a peer of this instance")


async def verify_proof_of(session: AsyncSession, document: Document, actor: Actor) -> None:
    """Check that a document's integrity proof is by one of an actor's own keys (WIRE §10).

    Raises Untrusted for no proof, another's key, and a proof that does not fit.
    """
    proof = find_proof(document)
    if proof is None:
        raise Untrusted(f"{document.id}: there is no integrity proof")
    key = await find_key(session, proof.method)
    if key is None or key.actor_id != actor.id or key.algorithm != "ed25519":
        raise Untrusted(f"{document.id}: the proof is not by a key of {actor.uri}")
    verify_proof(document, key.public_key)
