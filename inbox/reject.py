"""Reject: a remote actor turns somebody here down, or sends a follower away."""

from __future__ import annotations

from actors.follows import delete_follow
from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.accept import find_asked
from inbox.outcome import HANDLED, Outcome, ignored
from inbox.quote_answer import find_asking, lose_consent
from posts.consent import REJECTED
from posts.timelines import clear_home


async def handle_reject(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """End a follow, or a quote, of ours, pending or accepted, by who was asked and nobody else."""
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
