"""Dislike: a remote actor disapproves of a post (Lemmy, PieFed, Friendica). Kept, never shown."""

from __future__ import annotations

from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.emoji_react import find_reacted
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored
from notifications.models import Kind
from notifications.notify import withdraw
from posts.likes import delete_like
from posts.models import ReactionKind
from posts.reactions import save_reaction


async def handle_dislike(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Keep a dislike, so that it can be taken back; it takes the place of the sender's like."""
    post = await find_reacted(session, activity, sender)
    if post is None:
        return ignored("there is no such post here for the sender's eyes")
    if await delete_like(session, sender.id, post) is not None:
        await withdraw(session, post.author_id, Kind.LIKE, sender.id, cause=str(post.id))
    is_new = await save_reaction(
        session, sender, post, kind=ReactionKind.DISLIKE, uri=uri_of(activity)
    )
    return HANDLED if is_new else ignored("it was said before")
