"""Delete: a remote actor takes back a post, a consent to a quote, a credential, or itself."""

from __future__ import annotations

from actors.models import Actor
from db.session import AsyncSession
from doctors.credentials import drop_badge, forget_credential
from doctors.reasons import Reason
from federation.documents.activity import Activity
from federation.origin import same_origin
from inbox.forwarding import pass_on
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from inbox.quote_answer import lose_consent
from notifications.notify import forget_post
from posts.consent import REVOKED, find_stamped
from posts.erasure import owe_erasure
from posts.queries import find_post_by_uri, save_tombstone
from posts.save import delete_post


async def handle_delete(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Delete what is the sender's own; what never came is remembered, so that it stays out."""
    uri = activity.object_id
    if uri is None or not same_origin(uri, sender.uri):
        return rejected("it is not the sender's to delete")
    if uri == sender.uri:
        return await _erase_sender(session, sender)
    post = await find_post_by_uri(session, uri)
    if post is None:
        return await _delete_unknown(session, uri, sender)
    if post.author_id != sender.id:
        return rejected("the post is somebody else's")
    if post.deleted_at is not None:
        return ignored("it was deleted before")
    await delete_post(session, post)
    await forget_post(session, post.id)
    await pass_on(session, activity, post, sender)
    return HANDLED


async def _delete_unknown(session: AsyncSession, uri: str, sender: Actor) -> Outcome:
    quoting = await find_stamped(session, uri, sender)
    for post in quoting:
        await lose_consent(session, post, REVOKED)
    if quoting:
        return HANDLED
    # An instance's own actor speaks for the credentials that it issued (WIRE §5).
    if await forget_credential(session, uri, by=sender.uri):
        return HANDLED
    await save_tombstone(session, uri, sender.uri)
    return ignored("it never came here")


async def _erase_sender(session: AsyncSession, sender: Actor) -> Outcome:
    if sender.deleted_at is not None:
        return ignored("it was deleted before")
    await erase(session, sender)
    return HANDLED


async def erase(session: AsyncSession, actor: Actor) -> None:
    """Hide at once all that a remote actor said and did who is gone; a job removes it."""
    await drop_badge(session, actor.id, Reason.ACTOR_DELETED)
    await owe_erasure(session, actor)
