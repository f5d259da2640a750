"""Every type of activity that we understand, and what handles it: the whole list at one glance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.accept import handle_accept
from inbox.announce import handle_announce
from inbox.block import handle_block
from inbox.create import handle_create
from inbox.delete import handle_delete
from inbox.follow import handle_follow
from inbox.like import handle_like
from inbox.outcome import Outcome, ignored
from inbox.reject import handle_reject
from inbox.undo import handle_undo
from inbox.update import handle_update

Handler = Callable[[AsyncSession, Activity, Actor], Awaitable[Outcome]]

HANDLERS: Mapping[str, Handler] = {
    "Accept": handle_accept,
    "Announce": handle_announce,
    "Block": handle_block,
    "Create": handle_create,
    "Delete": handle_delete,
    "Follow": handle_follow,
    "Like": handle_like,
    "Reject": handle_reject,
    "Undo": handle_undo,
    "Update": handle_update,
}


async def dispatch(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Do what a completed activity says, by `sender`, whoever delivered it."""
    handler = HANDLERS.get(activity.type)
    if handler is None:
        return ignored(f"{activity.type[:100]} is not understood here")
    return await handler(session, activity, sender)
