"""Create: a remote actor says something."""

from __future__ import annotations

from dataclasses import replace

from actors.models import Actor
from db.session import AsyncSession, settings_of
from federation.documents.activity import Activity
from federation.documents.note import NoteDocument, read_note
from federation.origin import same_origin
from federation.uris import local_uris
from inbox.forwarding import pass_on
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from inbox.relevance import is_relevant
from inbox.vote import find_vote, handle_vote
from notifications.notify import notify_mention, notify_status
from posts.locks import is_closed_to
from posts.models import Post
from posts.owed import owe_quote, owe_thread
from posts.queries import find_post_by_uri, find_tombstone, list_mentioned
from posts.store import store_note
from posts.timelines import fan_out


async def handle_create(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Store a post of the sender's own and show it to whom it is for."""
    if activity.object is None:
        return rejected("there is nothing to create")
    vote = await find_vote(session, activity.object)
    if vote is not None:
        return await handle_vote(session, *vote, sender)
    note = addressed(read_note(activity.object), activity)
    if not is_own(note, sender):
        return rejected("the post is not the sender's own")
    known = await find_post_by_uri(session, note.id)
    if known is None:
        return await take_in(session, activity, note, sender)
    if known.author_id != sender.id or known.boost_of_id is not None:
        return rejected("the post is somebody else's")
    if known.deleted_at is not None:
        return ignored("it was deleted")
    # It may have been fetched before it was sent: then nobody has been told of it yet.
    await _tell(session, activity, note, sender=sender, post=known)
    return ignored("it is here already")


def addressed(note: NoteDocument, activity: Activity) -> NoteDocument:
    """Return a post with its activity's audience where it has none itself."""
    if note.to or note.cc:
        return note
    return replace(note, to=activity.to, cc=activity.cc)


def is_own(note: NoteDocument, sender: Actor) -> bool:
    """Tell whether a post says that it is the sender's, and lives where the sender does."""
    return note.attributed_to == sender.uri and same_origin(note.id, sender.uri)


async def take_in(
    session: AsyncSession,
    activity: Activity,
    note: NoteDocument,
    sender: Actor,
    *,
    is_wanted: bool = False,
) -> Outcome:
    """Store a post that is not here yet, unless it was deleted first, or concerns nobody here.

    `is_wanted` says that it does: a group that is followed here passes it on.
    """
    tombstone = await find_tombstone(session, note.id)
    if tombstone is not None and tombstone.actor_uri == sender.uri:
        return ignored("it was deleted before it came")
    if not is_wanted and not await is_relevant(session, note, sender):
        return ignored("nobody here has to do with it")
    if await _is_closed(session, note, sender):
        return ignored("what it answers takes no more answers")
    post = await store_note(session, note, sender)
    await _tell(session, activity, note, sender=sender, post=post)
    return HANDLED


async def _is_closed(session: AsyncSession, note: NoteDocument, sender: Actor) -> bool:
    if note.in_reply_to is None:
        return False
    parent = await find_post_by_uri(session, note.in_reply_to)
    return parent is not None and await is_closed_to(session, parent, sender.id)


async def _tell(
    session: AsyncSession, activity: Activity, note: NoteDocument, *, sender: Actor, post: Post
) -> None:
    """Write a post into timelines, notify, and pass it on; done twice it does nothing more."""
    owners = await fan_out(session, post, sender)
    is_for_somebody = await tell_named(session, note, sender, post)
    if owners:
        await notify_status(session, post, sender)
    await owe_quote(session, post)
    if note.in_reply_to is not None and (owners or is_for_somebody):
        await owe_thread(session, post, waits=True)
    await pass_on(session, activity, post, sender)


async def tell_named(session: AsyncSession, note: NoteDocument, sender: Actor, post: Post) -> bool:
    """Notify those here whom a post names and is addressed to; tell whether there are any."""
    uris = local_uris(settings_of(session))
    if not any(uris.is_local(mention.href) for mention in note.mentions):
        return False
    named = (await list_mentioned(session, [post.id])).get(post.id, [])
    here = [actor.id for actor in named if actor.is_local]
    await notify_mention(session, post, sender, here)
    return bool(here)
