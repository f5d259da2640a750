"""Update: a remote actor's post, or profile, reads otherwise now."""

from __future__ import annotations

from actors.models import Actor
from db.session import AsyncSession
from doctors.jobs import owe_check
from federation.documents.activity import Activity
from federation.documents.note import read_note
from inbox.create import addressed, is_own, take_in, tell_named
from inbox.forwarding import pass_on
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from notifications.notify import notify_update
from posts.queries import find_post_by_uri
from posts.store import update_note


async def handle_update(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Take over an edit of the sender's own post; one that never came is taken in as it is now.

    The sender's own document has been fetched anew before: its credentials are looked at again.
    """
    if activity.object_id == sender.uri:
        await owe_check(session, sender.id)
        return HANDLED
    if activity.object is None:
        return rejected("there is nothing to update")
    note = addressed(read_note(activity.object), activity)
    if not is_own(note, sender):
        return rejected("the post is not the sender's own")
    post = await find_post_by_uri(session, note.id)
    if post is None:
        return await take_in(session, activity, note, sender)
    if post.author_id != sender.id or post.kind != note.type:
        return rejected("the post is somebody else's, or something else")
    if post.deleted_at is not None:
        return ignored("it was deleted")
    if not await update_note(session, post, note, sender):
        return ignored("it says nothing newer")
    await tell_named(session, note, sender, post)
    await notify_update(session, post)
    await pass_on(session, activity, post, sender)
    return HANDLED
