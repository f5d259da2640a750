"""Accept: a remote actor lets somebody here follow, or quote, or takes our credential on."""

from __future__ import annotations

from actors.follows import accept_follow, find_follow, find_follow_by_uri
from actors.models import Actor, Follow
from actors.owed import owe_profiles
from actors.queries import find_actor_by_uri, find_extension
from core.errors import InvalidDocument
from db.session import AsyncSession
from doctors.models import OfferState
from doctors.offers import find_own_offer, note_answer
from federation.documents.activity import Activity, read_activity
from inbox.outcome import HANDLED, Outcome, ignored
from inbox.quote_answer import find_asking, take_stamp
from posts.owed import owe_backfill
from posts.timelines import fill_home


async def handle_accept(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Mark a follow, a quote or a credential of ours as accepted, by who was asked, no other."""
    offer = await find_own_offer(session, activity.object_id or "", subject=sender)
    if offer is not None:
        is_new = await note_answer(session, offer, OfferState.ACCEPTED)
        return HANDLED if is_new else ignored("it was accepted before")
    quoting = await find_asking(session, activity, sender)
    if quoting is not None:
        return await take_stamp(session, activity, sender, quoting)
    follow = await find_asked(session, activity, sender)
    if follow is None:
        return ignored("nobody here asked to follow this actor")
    if not await accept_follow(session, follow):
        return ignored("it was accepted before")
    await fill_home(session, follow.follower_id, sender.id)
    await owe_backfill(session, sender)
    if (await find_extension(session, sender.id)).get("profiles"):
        # What they say to contacts alone can be read from now on.
        await owe_profiles(session, sender.id)
    return HANDLED


async def find_asked(session: AsyncSession, activity: Activity, sender: Actor) -> Follow | None:
    """Return the Follow of ours that an Accept or a Reject answers; None when we sent none to them.

    By its id, else by whom the embedded Follow names: Pixelfed and others answer with ids of their
    own.
    """
    follow = await find_follow_by_uri(session, activity.object_id or "")
    if follow is None:
        follow = await _find_embedded(session, activity, sender)
    if follow is None or follow.followee_id != sender.id or _is_altered(activity, sender):
        return None
    return follow


async def _find_embedded(session: AsyncSession, activity: Activity, sender: Actor) -> Follow | None:
    asked = _embedded(activity)
    if asked is None or asked.type != "Follow":
        return None
    follower = await find_actor_by_uri(session, asked.actor_id)
    if follower is None or not follower.is_local:
        return None
    return await find_follow(session, follower.id, sender.id)


def _embedded(activity: Activity) -> Activity | None:
    if activity.object is None:
        return None
    try:
        return read_activity(activity.object)
    except InvalidDocument:
        return None


def _is_altered(activity: Activity, sender: Actor) -> bool:
    asked = _embedded(activity)
    return asked is not None and asked.object_id not in (None, sender.uri)
