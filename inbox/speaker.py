"""In whose name an activity speaks that somebody else brought, and whether that one said it."""

from __future__ import annotations

from datetime import timedelta

from actors.authenticate import verify_proof_of
from actors.models import Actor
from actors.queries import find_key
from actors.remote import resolve_actor
from core.errors import Untrusted
from db.session import Database
from federation.client import Client
from federation.documents.lenient import Document
from federation.origin import host_of
from federation.proofs import find_proof
from moderation.policy import policy_of

# An actor whose key or badge we miss is looked at again once in this time.
MAY_BE_OLD = timedelta(minutes=5)


async def find_speaker(database: Database, client: Client, actor_uri: str) -> Actor:
    """Return the actor in whose name somebody else speaks; the peer policy holds for both.

    Raises Untrusted for somebody of a host that we do not talk to, who goes by another name, or who
    is suspended here.
    """
    host = host_of(actor_uri)
    async with database.read() as session:
        policy = await policy_of(session, host)
    if not policy.is_spoken_to:
        raise Untrusted(f"{host} is not a peer of this instance")
    speaker = await resolve_actor(database, client, actor_uri)
    if speaker.uri != actor_uri:
        # An address that leads to somebody elsewhere, whose policy nobody asked about.
        raise Untrusted(f"{actor_uri}: its actor goes by another name")
    if speaker.suspended_at is not None:
        raise Untrusted(f"{speaker.uri} is suspended here")
    return speaker


async def is_proven(
    database: Database, client: Client, document: Document, speaker: Actor
) -> bool:
    """Tell whether a document carries an integrity proof by a key of that actor's own."""
    proof = find_proof(document)
    if proof is None:
        return False
    async with database.read() as session:
        key = await find_key(session, proof.method)
    if key is None:
        # The actor may have a new key.
        await resolve_actor(database, client, speaker.uri, max_age=MAY_BE_OLD)
    async with database.read() as session:
        try:
            await verify_proof_of(session, document, speaker)
        except Untrusted:
            return False
    return True
