"""Add: a remote actor pins a post of its own."""

from __future__ import annotations

from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from posts.models import Post
from posts.pins import save_pin
from posts.queries import find_post_by_uri


async def handle_add(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Pin a post that the sender wrote, in the sender's own `featured` collection (B38)."""
    found = await find_pinned_post(session, activity, sender)
    if isinstance(found, Outcome):
        return found
    if not await save_pin(session, sender, found):
        return ignored("it is pinned, or too many are")
    return HANDLED


async def find_pinned_post(
    session: AsyncSession, activity: Activity, sender: Actor
) -> Post | Outcome:
    """Return the post that an Add or a Remove is about; an outcome where it has no say.

    A group's moderators and its pinned posts come with groups.
    """
    if activity.target_id is None or activity.target_id != sender.featured_uri:
        return ignored("only one's own pinned posts change here; groups' lists come later")
    post = await find_post_by_uri(session, activity.object_id or "")
    if post is None or post.deleted_at is not None:
        return ignored("there is no such post here")
    if post.author_id != sender.id or post.boost_of_id is not None:
        return rejected("the post is somebody else's")
    return post
