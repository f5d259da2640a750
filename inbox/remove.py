"""Remove: a remote actor unpins a post of its own."""

from __future__ import annotations

from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.add import find_pinned_post
from inbox.outcome import HANDLED, Outcome, ignored
from posts.pins import delete_pin


async def handle_remove(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Unpin a post in the sender's own `featured` collection."""
    found = await find_pinned_post(session, activity, sender)
    if isinstance(found, Outcome):
        return found
    if not await delete_pin(session, sender.id, found.id):
        return ignored("it is not pinned")
    return HANDLED
