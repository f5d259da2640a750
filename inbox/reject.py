"""Reject: a remote actor turns somebody here down, or sends a follower away."""

from __future__ import annotations

from actors.follows import delete_follow
from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.accept import find_asked
from inbox.outcome import HANDLED, Outcome, ignored
from posts.timelines import clear_home


async def handle_reject(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """End a follow of ours, pending or accepted, by the one who is followed and nobody else."""
    follow = await find_asked(session, activity, sender)
    if follow is None:
        return ignored("nobody here follows this actor, or asked to")
    await delete_follow(session, follow.follower_id, sender.id)
    await clear_home(session, follow.follower_id, sender.id)
    return HANDLED
