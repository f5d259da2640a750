"""What a remote author says to a quote: yes, with a stamp, or no, also later (FEP-044f)."""

from __future__ import annotations

from actors.models import Actor
from actors.queries import get_actor
from core.errors import InvalidDocument
from db.session import AsyncSession, Database
from federation.documents.activity import Activity, read_activity
from federation.documents.quote_authorization import (
    REQUEST_TYPE,
    read_quote_request,
    read_result,
)
from federation.origin import same_origin
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from notifications.notify import notify_quote
from outbox.activities import find_activity
from outbox.update import send_anew
from posts.consent import ACCEPTED, change_state
from posts.models import Post
from posts.queries import find_post, find_post_by_uri


async def find_asking(session: AsyncSession, activity: Activity, sender: Actor) -> Post | None:
    """Return our post about which an Accept or a Reject answers: it quotes one of the sender's.

    By the id of our QuoteRequest, else by what the embedded one names. None for other answers.
    """
    uri = await _asking_uri(session, activity)
    post = await find_post_by_uri(session, uri) if uri is not None else None
    if post is None or post.quote_of_id is None or post.deleted_at is not None:
        return None
    quoted, author = (
        await find_post(session, post.quote_of_id),
        await get_actor(session, post.author_id),
    )
    is_theirs = quoted is not None and quoted.author_id == sender.id
    return post if is_theirs and author.is_local else None


async def _asking_uri(session: AsyncSession, activity: Activity) -> str | None:
    asked = await find_activity(session, activity.object_id or "")
    if asked is not None:
        return asked.object_uri if asked.type == REQUEST_TYPE else None
    if activity.object is None or activity.object.type != REQUEST_TYPE:
        return None
    try:
        return read_quote_request(read_activity(activity.object)).quoting
    except InvalidDocument:
        return None


async def take_stamp(
    session: AsyncSession, activity: Activity, sender: Actor, post: Post
) -> Outcome:
    """Show a quote of ours from now on, and say everywhere that its author may quote."""
    stamp = read_result(activity)
    if stamp is None or not same_origin(stamp, sender.uri):
        return rejected("the stamp is not the sender's own")
    if post.quote_state == ACCEPTED and post.quote_authorization_uri == stamp:
        return ignored("it was accepted before")
    post.quote_authorization_uri = stamp
    await change_state(session, post, ACCEPTED)
    await send_anew(session, await get_actor(session, post.author_id), post)
    return HANDLED


async def lose_consent(session: AsyncSession, post: Post, state: str) -> None:
    """Show a quote no longer: its author said no; of ours, everybody is told so."""
    post.quote_authorization_uri = None
    await change_state(session, post, state)
    author = await get_actor(session, post.author_id)
    if author.is_local:
        await send_anew(session, author, post)


async def tell_quote(database: Database, post_id: int) -> None:
    """Tell an author here that they are quoted, if that is still so."""
    async with database.transaction() as session:
        post = await find_post(session, post_id)
        if post is None or post.quote_of_id is None or post.quote_state != ACCEPTED:
            return
        quoted = await find_post(session, post.quote_of_id)
        if quoted is not None:
            await notify_quote(session, post, post.author_id, [quoted.author_id])
