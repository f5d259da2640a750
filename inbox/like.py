"""Like: a remote actor approves of a post."""

from __future__ import annotations

from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored
from notifications.notify import notify_like
from posts.likes import save_like
from posts.queries import find_post_by_uri
from posts.visibility import may_see, viewer_of


async def handle_like(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Count an approval of what the sender may see; of anything else, as if it were not there."""
    post = await find_post_by_uri(session, activity.object_id or "")
    if post is None or post.boost_of_id is not None:
        return ignored("there is no such post here")
    if not await may_see(session, await viewer_of(session, sender.id), post):
        return ignored("the post is not for the sender's eyes")
    if not await save_like(session, sender, post, uri_of(activity)):
        return ignored("it was counted before")
    await notify_like(session, post, sender.id)
    return HANDLED
