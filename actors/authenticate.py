"""From a signed request to the actor who sent it (WIRE §3)."""

from __future__ import annotations

from dataclasses import dataclass
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
from federation.signatures.reading import SignatureClaim, read_signature
from federation.signatures.request import SignedRequest
from federation.uris import local_uris
from moderation.models import PeerClass
from moderation.policy import PeerPolicy, class_of, policy_of

_REFUSED = frozenset({PeerClass.BLOCKED, PeerClass.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who a request says has signed it, on a host whom we talk to; nothing of it is verified yet.

    `known` is the key, if it is stored here.
    """

    claim: SignatureClaim
    host: str
    policy: PeerPolicy
    known: Signer | None


async def authenticate(database: Database, client: Client, request: SignedRequest) -> Actor:
    """Return the actor whose key signed a request.

    In the order of WIRE §3: Unauthenticated for no signature, or one that cannot be parsed;
    Forbidden for a key on a host that we do not talk to, before anything is fetched;
    Unauthenticated for what does not verify; Forbidden for the verified actor's host or itself.
    Raises FetchUnavailable when the key's host does not answer, InvalidDocument for headers that
    no honest server sends.
    """
    return await verify(database, client, await introduce(database, request))


async def introduce(database: Database, request: SignedRequest) -> Introduction:
    """Read who is said to have signed a request, and judge their host; it costs no arithmetic.

    Raises as the first two steps of `authenticate`.
    """
    claim = read_signature(request)
    host = _host_of_key(claim.key_id, database.settings)

    async def look_up(session: AsyncSession) -> Introduction:
        policy = await policy_of(session, host)
        _require_peer(host, policy.peer_class)
        return Introduction(claim, host, policy, await find_signer(session, claim.key_id))

    return await database.look(look_up)


async def verify(database: Database, client: Client, introduction: Introduction) -> Actor:
    """Return the actor who signed, if the signature is by the key; raises as `authenticate`."""
    claim, host, known = introduction.claim, introduction.host, introduction.known
    base_url = database.settings.base_url
    claim.check(base_url=base_url, moment=now())
    is_theirs = partial(claim.verifies, base_url=base_url)
    if known is not None and known.actor.host == host and is_theirs(known.key.public_key):
        actor = known.actor
    else:
        actor = await fetch_signer(database, client, claim.key_id, verifies=is_theirs)
        async with database.read() as session:
            _require_peer(actor.host, await class_of(session, actor.host))
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


def _require_peer(host: str, judged: PeerClass) -> None:
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
    if key is None or key.actor_id != actor.id or not key.proves:
        raise Untrusted(f"{document.id}: the proof is not by a key of {actor.uri}")
    verify_proof(document, key.public_key)
