"""Update: a remote actor's post, or profile, reads otherwise now."""

from __future__ import annotations

from actors.follows import has_follower_on
from actors.models import LOCAL_HOST, Actor
from actors.owed import owe_check, owe_refresh
from core.errors import InvalidDocument, Untrusted
from db.session import AsyncSession
from doctors.others_profiles import take_profile
from federation.documents.activity import Activity
from federation.documents.collection import is_collection
from federation.documents.lenient import Document
from federation.documents.note import read_note
from federation.documents.profile import is_further_profile
from inbox.create import addressed, is_own, take_in, tell_named
from inbox.forwarding import pass_on
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from inbox.vote import find_vote
from notifications.notify import notify_quoted_update, notify_update
from posts.owed import owe_backfill, owe_quote
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
    if is_collection(activity.object):
        return await _look_at_collection(session, activity, sender)
    if is_further_profile(activity.object):
        return await _take_profile(session, activity.object, sender)
    if await find_vote(session, activity.object) is not None:
        return ignored("a vote is never changed")
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
        # Of a poll, the numbers may be new.
        return HANDLED if note.poll is not None else ignored("it says nothing newer")
    await tell_named(session, note, sender, post)
    await notify_update(session, post)
    await notify_quoted_update(session, post)
    await owe_quote(session, post)
    await pass_on(session, activity, post, sender)
    return HANDLED


async def _take_profile(session: AsyncSession, document: Document, sender: Actor) -> Outcome:
    """Take over what a doctor says to a part of us, if it is their own and they list it."""
    try:
        if await take_profile(session, sender, document):
            return HANDLED
    except (InvalidDocument, Untrusted) as error:
        return rejected(str(error))
    # Their own document, which says so, may come behind: it is fetched, and this one with it.
    await owe_refresh(session, sender)
    return ignored("its actor does not list it")


async def _look_at_collection(
    session: AsyncSession, activity: Activity, sender: Actor
) -> Outcome:
    """Look again at what somebody pins who is followed here; other collections are not kept."""
    if activity.object_id is None or activity.object_id != sender.featured_uri:
        # A.gup.pe sends its list of followers.
        return ignored("nothing is kept of such a collection")
    if not await has_follower_on(session, sender.id, LOCAL_HOST):
        return ignored("nobody here has to do with it")
    await owe_backfill(session, sender, only_pins=True)
    return HANDLED
