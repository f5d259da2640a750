"""Follow: a remote actor wants to follow somebody here."""

from __future__ import annotations

from actors.blocks import find_block
from actors.domain_blocks import is_domain_blocked
from actors.follows import save_follow
from actors.models import Actor, Follow
from actors.queries import find_actor_by_uri
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored
from notifications.notify import notify_follow, notify_follow_request
from outbox.accept import send_accept
from outbox.reject import send_reject


async def handle_follow(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Record the request; accept it at once unless the target approves by hand."""
    target = await find_actor_by_uri(session, activity.object_id or "")
    if target is None or not target.is_local or target.type == "Application":
        return ignored("the followed actor does not live here")
    if target.deleted_at is not None or target.suspended_at is not None:
        return ignored("the followed actor is gone")
    uri = uri_of(activity)
    is_blocked = await find_block(session, target.id, sender.id) is not None
    if is_blocked or await is_domain_blocked(session, target.id, sender):
        refused = Follow(follower_id=sender.id, followee_id=target.id, uri=uri)
        await send_reject(session, refused, follower=sender, followee=target)
        return ignored("the followed actor does not want it")
    follow = await save_follow(session, sender, target, uri=uri)
    is_new = follow.accepted_at is None
    if is_new and target.approves_followers:
        await notify_follow_request(session, target.id, sender.id)
        return HANDLED
    # A repeated Follow means that our Accept was lost: send it again.
    await send_accept(session, follow, follower=sender, followee=target)
    if is_new:
        await notify_follow(session, target.id, sender.id)
    return HANDLED
