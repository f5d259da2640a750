"""Offer: this instance, an authority, vouches for somebody of another host."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.instance_actor import get_instance_actor
from actors.models import Actor
from db.session import settings_of
from doctors.models import IssuedCredential, Verification
from doctors.offers import note_own_offer
from doctors.queries import list_issued
from doctors.vouching import vouch
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from federation.uris import local_uris
from outbox.delete import send_delete_credential
from outbox.ids import derived_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import own_inboxes_of
from outbox.update import send_update_actor


def build_offer(*, issuer_uri: str, subject_uri: str, credential_uri: str) -> JsonObject:
    """Build the Offer of a credential; a credential has one."""
    return write_activity(
        id=derived_id(issuer_uri, "Offer", credential_uri),
        type="Offer",
        actor=issuer_uri,
        object=credential_uri,
        to=[subject_uri],
    )


async def send_offer(session: AsyncSession, subject: Actor, issued: IssuedCredential) -> None:
    """Offer a credential of ours to its subject, at their own inbox (WIRE §5)."""
    issuer = await get_instance_actor(session)
    credential_uri = local_uris(settings_of(session)).credential(issued.id)
    offer = build_offer(
        issuer_uri=issuer.uri, subject_uri=subject.uri, credential_uri=credential_uri
    )
    await note_own_offer(session, subject, issued, uri=offer["id"])
    await publish(
        session,
        issuer,
        offer,
        inboxes=own_inboxes_of([subject]),
        priority=Priority.ANSWER,
        about=credential_uri,
    )


async def send_vouching(
    session: AsyncSession, subject: Actor, *, register: str, number: str, decided_by: str
) -> Verification:
    """Vouch for somebody of another host, and offer them the credential; raises as `vouch` does."""
    vouched = await vouch(
        session, subject, register=register, number=number, decided_by=decided_by
    )
    for uri in vouched.ended:
        await send_delete_credential(session, uri, subject)
    await send_offer(session, subject, vouched.issued)
    return vouched.verification


async def send_renewed(session: AsyncSession, subject: Actor) -> None:
    """Tell of a credential that was issued again: whoever lives elsewhere is offered it again."""
    if subject.is_local:
        await send_update_actor(session, subject)
        return
    issued = await list_issued(session, subject.id)
    await send_offer(session, subject, issued[0])
