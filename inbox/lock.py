"""Lock: nobody may answer below a post any more (Lemmy, PieFed, Mbin)."""

from __future__ import annotations

from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from posts.locks import lock_post, unlock_post
from posts.models import Post
from posts.queries import find_post_by_uri


async def handle_lock(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Close a thread from a post of the sender's own downwards."""
    return await close_thread(session, activity.object_id or "", by=sender)


async def close_thread(session: AsyncSession, post_uri: str, *, by: Actor) -> Outcome:
    """Close a thread, by who wrote the post, or by the group in which it was written."""
    post = await _find(session, post_uri)
    if post is None:
        return ignored("there is no such post here")
    if not _may_close(post, by):
        return rejected("only its author, or its group, closes a thread")
    return HANDLED if await lock_post(session, post) else ignored("it was closed before")


async def open_thread(session: AsyncSession, post_uri: str, *, by: Actor) -> Outcome:
    """Open a thread again, by whoever may close it."""
    post = await _find(session, post_uri)
    if post is None:
        return ignored("there is no such post here")
    if not _may_close(post, by):
        return rejected("only its author, or its group, opens a thread")
    return HANDLED if await unlock_post(session, post) else ignored("it is open")


async def _find(session: AsyncSession, uri: str) -> Post | None:
    post = await find_post_by_uri(session, uri)
    gone = post is None or post.deleted_at is not None or post.boost_of_id is not None
    return None if gone else post


def _may_close(post: Post, actor: Actor) -> bool:
    if post.author_id == actor.id:
        return True
    return actor.type == "Group" and post.group_uri == actor.uri
