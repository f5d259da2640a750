"""Block: a remote actor wants nothing to do with somebody here."""

from __future__ import annotations

from actors.blocks import save_block
from actors.models import Actor
from actors.queries import find_actor_by_uri
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored
from notifications.notify import forget_between
from posts.timelines import clear_home


async def handle_block(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Cut what is between the two, both ways; the blocked one is not told."""
    target = await find_actor_by_uri(session, activity.object_id or "")
    if target is None or not target.is_local:
        return ignored("the blocked actor does not live here")
    await save_block(session, sender, target, uri=uri_of(activity))
    await clear_home(session, target.id, sender.id)
    await forget_between(session, target.id, sender.id)
    return HANDLED
