"""Reject: a remote actor turns somebody here down, or sends a follower away."""

from __future__ import annotations

from actors.follows import delete_follow
from actors.models import Actor
from db.session import AsyncSession
from doctors.models import CredentialOffer, OfferState
from doctors.offers import find_own_offer, note_answer
from doctors.queries import find_verification
from federation.documents.activity import Activity
from inbox.accept import find_asked
from inbox.outcome import HANDLED, Outcome, ignored
from inbox.quote_answer import find_asking, lose_consent
from outbox.revoke import send_revocation
from posts.consent import REJECTED
from posts.timelines import clear_home


async def handle_reject(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """End a follow, a quote or a credential of ours, by who was asked and nobody else."""
    offer = await find_own_offer(session, activity.object_id or "", subject=sender)
    if offer is not None:
        return await _end_offered(session, offer, sender)
    quoting = await find_asking(session, activity, sender)
    if quoting is not None:
        await lose_consent(session, quoting, REJECTED)
        return HANDLED
    follow = await find_asked(session, activity, sender)
    if follow is None:
        return ignored("nobody here follows this actor, or asked to")
    await delete_follow(session, follow.follower_id, sender.id)
    await clear_home(session, follow.follower_id, sender.id)
    return HANDLED


async def _end_offered(session: AsyncSession, offer: CredentialOffer, subject: Actor) -> Outcome:
    """Take back what somebody elsewhere does not want: it would be renewed for nobody."""
    if not await note_answer(session, offer, OfferState.DECLINED):
        return ignored("it was declined before")
    if await find_verification(session, subject.id) is not None:
        reason = "they declined the credential"
        await send_revocation(session, subject, decided_by=subject.handle, reason=reason)
    return HANDLED
