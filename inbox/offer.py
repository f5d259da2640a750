"""Offer: an authority vouches for somebody here, and offers the credential to them (WIRE §5)."""

from __future__ import annotations

from actors.models import Actor
from actors.queries import find_actors_by_uri
from core.errors import InvalidInput, NotFound
from db.session import AsyncSession, Database
from doctors.credentials import check_actor
from doctors.issuers import why_no_authority
from doctors.judging import MAX_ADDRESS
from doctors.models import CredentialOffer, OfferState
from doctors.offered import find_offer, find_offer_of
from doctors.offers import BY_RENEWAL, find_owner, get_offered, renews, save_offer
from federation.client import Client
from federation.documents.activity import Activity
from federation.origin import same_origin
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from outbox.accept import send_accept_offer
from outbox.reject import send_reject_offer


async def handle_offer(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Keep a credential that an authority offers to somebody here, for a job to judge.

    Nobody but the pinned instance actor of a clinical peer that is an authority is listened to. An
    offer that is repeated is answered again: our answer was lost.
    """
    uri = activity.object_id
    subject = await _find_subject(session, activity)
    if uri is None or subject is None:
        return ignored("nothing is offered to one person here")
    reason = await why_no_authority(session, sender)
    if reason is not None:
        return rejected(reason)
    if not same_origin(uri, sender.uri) or len(uri) > MAX_ADDRESS:
        return rejected("the credential is not of its issuer's origin")
    known = await find_offer_of(session, subject.id, uri)
    if known is not None:
        return await _answer_again(session, known, subject)
    try:
        await save_offer(
            session, subject, uri=uri_of(activity), issuer_uri=sender.uri, credential_uri=uri
        )
    except InvalidInput as error:
        return rejected(str(error))
    return HANDLED


async def _find_subject(session: AsyncSession, activity: Activity) -> Actor | None:
    """Return the one person here whom an offer is for, None for nobody and for several."""
    named = {*activity.to, *activity.cc, activity.target_id or ""} - {""}
    people = [
        actor
        for actor in (await find_actors_by_uri(session, named)).values()
        if actor.is_local and actor.type == "Person"
    ]
    if len(people) != 1 or people[0].deleted_at is not None or people[0].suspended_at is not None:
        return None
    return people[0]


async def _answer_again(
    session: AsyncSession, offer: CredentialOffer, subject: Actor
) -> Outcome:
    if offer.state is OfferState.DECLINED:
        await send_reject_offer(session, subject, offer)
        return HANDLED
    if offer.state is OfferState.OPEN:
        return ignored("it was offered before")
    try:
        found = await get_offered(session, subject.id, offer.id)
    except NotFound:
        return ignored("what was accepted does not hold any more")
    await send_accept_offer(session, subject, found, by=BY_RENEWAL)
    return HANDLED


async def judge_offer(database: Database, client: Client, offer_id: int) -> None:
    """Fetch and judge what was offered; a renewal of what they accepted is accepted by itself.

    What does not hold is never shown to them; why is kept for administrators. Raises
    FetchUnavailable when it cannot be judged now.
    """
    async with database.read() as session:
        offer = await find_offer(session, offer_id)
    if offer is None or offer.state is not OfferState.OPEN:
        return
    await check_actor(database, client, offer.actor_id)
    async with database.transaction() as session:
        subject = await find_owner(session, offer)
        if subject is None:
            return
        try:
            found = await get_offered(session, subject.id, offer_id)
        except NotFound:
            return
        if await renews(session, found):
            await send_accept_offer(session, subject, found, by=BY_RENEWAL)
