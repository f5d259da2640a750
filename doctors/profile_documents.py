"""Further profile documents of those who live here, and which hosts may have them (WIRE §3, §4)."""

from __future__ import annotations

from actors.documents import own_lines
from actors.follows import has_follower_on
from actors.keyring import private_keys
from actors.models import Actor
from actors.reading import Reader
from core.clock import now
from db.session import AsyncSession, settings_of
from doctors.models import FieldAudience
from doctors.practice import practitioner_for
from federation.documents.lenient import JsonObject
from federation.documents.practitioner import Practitioner
from federation.documents.profile import FurtherProfile, write_further_profile
from federation.proofs import sign_document
from federation.uris import local_uris
from federation.vocabulary import VERIFIED_DOCTORS
from moderation.models import PeerClass

# For whom there are documents beside the actor's own.
AUDIENCES = (FieldAudience.DOCTORS, FieldAudience.CONTACTS)


async def find_further_profile(
    session: AsyncSession, actor: Actor, audience: FieldAudience
) -> JsonObject | None:
    """Return what somebody here says to one audience, without its proof; None if that is nothing.

    What a private profile says of its owner in words is in the one for contacts.
    """
    practitioner = await practitioner_for(session, actor.id, audience)
    is_whole = audience is FieldAudience.CONTACTS and actor.is_private
    if practitioner == Practitioner() and not is_whole:
        return None
    profile = FurtherProfile(
        id=local_uris(settings_of(session)).profile(actor.username, audience.value),
        attributed_to=actor.uri,
        to=(_addressee(actor, audience),),
        practitioner=practitioner,
        summary=actor.summary if is_whole else "",
        lines=own_lines(actor) if is_whole else (),
    )
    return write_further_profile(profile)


def _addressee(actor: Actor, audience: FieldAudience) -> str:
    if audience is FieldAudience.DOCTORS:
        return VERIFIED_DOCTORS
    return actor.followers_uri or f"{actor.uri}/followers"


async def signed_profile(session: AsyncSession, actor: Actor, document: JsonObject) -> JsonObject:
    """Return a further profile document with its owner's integrity proof."""
    keys = await private_keys(session, actor)
    return sign_document(
        document, method=keys.ed25519_key_id, private_key=keys.ed25519_private, created=now()
    )


async def may_have(
    session: AsyncSession, reader: Reader, actor: Actor, audience: FieldAudience
) -> bool:
    """Tell whether a host may have a document for an audience: if that has a reader there."""
    if audience is FieldAudience.DOCTORS:
        # Nobody of a host that is not clinical is known to be a doctor.
        return reader.peer_class is PeerClass.CLINICAL
    if audience is FieldAudience.CONTACTS:
        return await has_follower_on(session, actor.id, reader.host)
    return False
