"""Our trust list: the issuers that this instance believes, signed by it (WIRE §5)."""

from __future__ import annotations

from datetime import timedelta

from actors.instance_actor import get_instance_actor
from actors.keyring import private_keys
from core.clock import now
from db.session import AsyncSession, settings_of
from federation.documents.lenient import JsonObject
from federation.documents.trust_list import TrustedIssuer, write_trust_list
from federation.proofs import sign_document
from federation.uris import local_uris
from moderation.queries import clinical_peers

VALID_FOR = timedelta(days=7)


async def trust_list(session: AsyncSession) -> JsonObject:
    """Return the pinned clinical peers with their keys; authorities name their registers."""
    uris = local_uris(settings_of(session))
    moment = now()
    issuers = [
        TrustedIssuer(
            id=peer.actor_uri,
            registers=tuple(peer.registers) if peer.authority else (),
            keys=tuple(peer.pinned_keys),
            valid_until=moment + VALID_FOR,
        )
        for peer in await clinical_peers(session)
        if peer.actor_uri is not None and peer.pinned_keys
    ]
    keys = await private_keys(session, await get_instance_actor(session))
    return sign_document(
        write_trust_list(uris.trust_list, by=uris.instance_actor, issuers=issuers),
        method=keys.ed25519_key_id,
        private_key=keys.ed25519_private,
        created=moment,
    )
