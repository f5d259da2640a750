"""Accept: somebody here lets somebody follow, or quote, or takes an authority's credential on."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.follows import accept_follow
from actors.models import Actor, Follow
from doctors.models import CredentialOffer
from doctors.offers import Offered, accept_offer, get_issuer
from federation.contexts import QUOTE_REQUEST_CONTEXT
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from federation.documents.quote_authorization import RequestDocument, write_quote_request
from notifications.models import Kind
from notifications.notify import withdraw
from outbox.ids import derived_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import own_inboxes_of
from posts.timelines import fill_home


def answered_follow(*, follow_uri: str, follower_uri: str, followee_uri: str) -> JsonObject:
    """Return the Follow that an Accept or Reject answers, as far as it matters.

    Without a context of its own: it is not ours to sign.
    """
    return {"id": follow_uri, "type": "Follow", "actor": follower_uri, "object": followee_uri}


def build_accept(*, followee_uri: str, follower_uri: str, follow_uri: str) -> JsonObject:
    """Build the Accept of a Follow; its id follows from the Follow's."""
    return write_activity(
        id=derived_id(followee_uri, "Accept", follow_uri),
        type="Accept",
        actor=followee_uri,
        object=answered_follow(
            follow_uri=follow_uri, follower_uri=follower_uri, followee_uri=followee_uri
        ),
        to=[follower_uri],
    )


async def send_accept(
    session: AsyncSession, follow: Follow, *, follower: Actor, followee: Actor
) -> None:
    """Let somebody follow; said again, it is the same Accept, delivered again."""
    is_new = await accept_follow(session, follow)
    await withdraw(session, followee.id, Kind.FOLLOW_REQUEST, follower.id)
    if follower.is_local:
        if is_new:
            await fill_home(session, follower.id, followee.id)
        return
    await publish(
        session,
        followee,
        build_accept(
            followee_uri=followee.uri, follower_uri=follower.uri, follow_uri=follow.uri
        ),
        inboxes=own_inboxes_of([follower]),
        priority=Priority.ANSWER,
        about=follow.uri,
    )


def build_accept_quote(request: RequestDocument, *, author_uri: str, stamp_uri: str) -> JsonObject:
    """Build the Accept of a QuoteRequest, with the stamp that others look for (FEP-044f)."""
    return write_activity(
        id=derived_id(author_uri, "Accept", str(request.id)),
        type="Accept",
        actor=author_uri,
        object=write_quote_request(request),
        to=[request.actor],
        context=QUOTE_REQUEST_CONTEXT,
        result=stamp_uri,
    )


async def send_accept_quote(
    session: AsyncSession, request: RequestDocument, *, asking: Actor, author: Actor, stamp_uri: str
) -> None:
    """Let somebody elsewhere quote; said again, it is the same Accept, delivered again."""
    await publish(
        session,
        author,
        build_accept_quote(request, author_uri=author.uri, stamp_uri=stamp_uri),
        inboxes=own_inboxes_of([asking]),
        priority=Priority.ANSWER,
        about=request.quoting,
    )


def answered_offer(offer: CredentialOffer, *, doctor_uri: str) -> JsonObject:
    """Return the Offer that an Accept or Reject answers, as far as it matters."""
    return {
        "id": offer.uri,
        "type": "Offer",
        "actor": offer.issuer_uri,
        "object": offer.credential_uri,
        "to": [doctor_uri],
    }


def build_accept_offer(offer: CredentialOffer, *, doctor_uri: str) -> JsonObject:
    """Build the Accept of a credential that was offered; its id follows from the Offer's."""
    return write_activity(
        id=derived_id(doctor_uri, "Accept", offer.uri),
        type="Accept",
        actor=doctor_uri,
        object=answered_offer(offer, doctor_uri=doctor_uri),
        to=[offer.issuer_uri],
    )


async def send_accept_offer(
    session: AsyncSession, doctor: Actor, found: Offered, *, by: str
) -> None:
    """Take on a credential that an authority offers; said again, it is the same Accept.

    The doctor's document names it from now on: a job tells followers and peers.
    """
    await accept_offer(session, doctor, found, by=by)
    await publish(
        session,
        doctor,
        build_accept_offer(found.offer, doctor_uri=doctor.uri),
        inboxes=own_inboxes_of([await get_issuer(session, found.offer)]),
        priority=Priority.ANSWER,
        about=found.offer.credential_uri,
    )
