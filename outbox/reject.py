"""Reject: somebody here turns a follower down, or sends one away; no quote, no credential."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.follows import delete_follow
from actors.models import Actor, Follow
from doctors.models import CredentialOffer
from doctors.offers import decline_offer, get_issuer
from federation.contexts import QUOTE_REQUEST_CONTEXT
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from federation.documents.quote_authorization import RequestDocument, write_quote_request
from notifications.models import Kind
from notifications.notify import withdraw
from outbox.accept import answered_follow, answered_offer
from outbox.ids import derived_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import own_inboxes_of
from posts.timelines import clear_home


def build_reject(*, followee_uri: str, follower_uri: str, follow_uri: str) -> JsonObject:
    """Build the Reject of a Follow; its id follows from the Follow's."""
    return write_activity(
        id=derived_id(followee_uri, "Reject", follow_uri),
        type="Reject",
        actor=followee_uri,
        object=answered_follow(
            follow_uri=follow_uri, follower_uri=follower_uri, followee_uri=followee_uri
        ),
        to=[follower_uri],
    )


async def send_reject(
    session: AsyncSession, follow: Follow, *, follower: Actor, followee: Actor
) -> None:
    """Turn a request down, or end a follow that was accepted."""
    follow_uri = follow.uri
    await delete_follow(session, follower.id, followee.id)
    await withdraw(session, followee.id, Kind.FOLLOW_REQUEST, follower.id)
    if follower.is_local:
        await clear_home(session, follower.id, followee.id)
        return
    await publish(
        session,
        followee,
        build_reject(
            followee_uri=followee.uri, follower_uri=follower.uri, follow_uri=follow_uri
        ),
        inboxes=own_inboxes_of([follower]),
        priority=Priority.ANSWER,
        about=follow_uri,
    )


def build_reject_quote(request: RequestDocument, *, author_uri: str) -> JsonObject:
    """Build the Reject of a QuoteRequest (FEP-044f)."""
    return write_activity(
        id=derived_id(author_uri, "Reject", str(request.id)),
        type="Reject",
        actor=author_uri,
        object=write_quote_request(request),
        to=[request.actor],
        context=QUOTE_REQUEST_CONTEXT,
    )


async def send_reject_quote(
    session: AsyncSession, request: RequestDocument, *, asking: Actor, author: Actor
) -> None:
    """Tell somebody elsewhere that they do not quote this."""
    await publish(
        session,
        author,
        build_reject_quote(request, author_uri=author.uri),
        inboxes=own_inboxes_of([asking]),
        priority=Priority.ANSWER,
        about=request.quoting,
    )


def build_reject_offer(offer: CredentialOffer, *, doctor_uri: str) -> JsonObject:
    """Build the Reject of a credential that was offered."""
    return write_activity(
        id=derived_id(doctor_uri, "Reject", offer.uri),
        type="Reject",
        actor=doctor_uri,
        object=answered_offer(offer, doctor_uri=doctor_uri),
        to=[offer.issuer_uri],
    )


async def send_reject_offer(
    session: AsyncSession, doctor: Actor, offer: CredentialOffer
) -> None:
    """Decline an authority's credential, or give up one that was accepted."""
    await decline_offer(session, doctor, offer)
    await publish(
        session,
        doctor,
        build_reject_offer(offer, doctor_uri=doctor.uri),
        inboxes=own_inboxes_of([await get_issuer(session, offer)]),
        priority=Priority.ANSWER,
        about=offer.credential_uri,
    )
