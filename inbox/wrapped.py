"""What a group passes on of what others did, when the network step has found out whose word it is.

https://w3id.org/fep/1b12: a post that begins a thread shows as passed on by the group.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from actors.follows import has_follower_on
from actors.models import LOCAL_HOST, Actor
from db.session import AsyncSession
from federation.documents.activity import Activity, read_activity
from federation.documents.note import read_note
from federation.vocabulary import ACTIVITY_TYPES
from inbox.announce import handle_announce
from inbox.completed import Completed
from inbox.create import addressed, is_own, take_in
from inbox.lock import close_thread, open_thread
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from inbox.undo import undo_boost_of
from inbox.vote import find_vote
from posts.documents import visibility_of
from posts.eyes import OPEN
from posts.models import Post
from posts.queries import find_post_by_uri

Dispatch = Callable[[AsyncSession, Activity, Actor], Awaitable[Outcome]]
# What is only ever said about what somebody did: who did it is found out before.
_OTHERS_WORD = frozenset({"Like", "Dislike", "EmojiReact", "Undo", "Update", "Delete"})


async def handle_wrapped(
    session: AsyncSession,
    announce: Activity,
    group: Actor,
    *,
    wrapped: tuple[Completed, ...],
    dispatch: Dispatch,
) -> Outcome:
    """Do what each says that is passed on, by whose word it is; handled if any of them was."""
    outcomes = []
    for number, one in enumerate(wrapped):
        # Several in one Announce: each boost has an id of its own.
        named = replace(announce, id=f"{uri_of(announce)}#{number}") if number else announce
        outcomes.append(await _handle(session, named, group, one, dispatch=dispatch))
    handled = [outcome for outcome in outcomes if outcome == HANDLED]
    return (handled or outcomes)[0]


async def _handle(
    session: AsyncSession,
    announce: Activity,
    group: Actor,
    one: Completed,
    *,
    dispatch: Dispatch,
) -> Outcome:
    deed, speaker = one.activity, await session.get_one(Actor, one.sender.id)
    if speaker.suspended_at is not None or speaker.deleted_at is not None:
        return rejected("who did it is suspended here, or gone")
    if deed.type == "Create":
        return await _handle_create(session, announce, group, one)
    if deed.type == "Delete":
        return await _handle_delete(session, deed, group, speaker, dispatch=dispatch)
    if deed.type == "Lock":
        return await close_thread(session, deed.object_id or "", by=group)
    if deed.type == "Undo" and (undone := _lock_undone(deed)) is not None:
        return await open_thread(session, undone, by=group)
    if deed.type in _OTHERS_WORD and deed.actor_id == speaker.uri:
        return await dispatch(session, deed, speaker)
    return ignored(f"nothing is done here about a {deed.type[:100]} that a group passes on")


async def _handle_create(
    session: AsyncSession, announce: Activity, group: Actor, one: Completed
) -> Outcome:
    """Store a post that came with its author's word; show it as passed on by the group."""
    outcome = HANDLED
    post = await find_post_by_uri(session, one.activity.object_id or "")
    if post is None and one.activity.object is not None:
        outcome = await _store(session, one, group)
        post = await find_post_by_uri(session, one.activity.object_id or "")
    if post is None:
        return ignored("there is no such post here") if outcome == HANDLED else outcome
    if _is_deed(announce) and post.in_reply_to_uri is not None:
        # An answer has its place below what it answers, not in everybody's timeline.
        return outcome
    shown = replace(announce, object_id=post.uri, object=None)
    return await handle_announce(session, shown, group)


def _is_deed(announce: Activity) -> bool:
    return announce.object is not None and announce.object.type in ACTIVITY_TYPES


async def _store(session: AsyncSession, one: Completed, group: Actor) -> Outcome:
    assert one.activity.object is not None
    if await find_vote(session, one.activity.object) is not None:
        return ignored("a vote is told to who asks, and passed on by nobody")
    note = addressed(read_note(one.activity.object), one.activity)
    author = await session.get_one(Actor, one.sender.id)
    if not is_own(note, author):
        return rejected("the post is not its sender's own")
    is_wanted = visibility_of(note, author) in OPEN and await has_follower_on(
        session, group.id, LOCAL_HOST
    )
    return await take_in(session, one.activity, note, author, is_wanted=is_wanted)


async def _handle_delete(
    session: AsyncSession, deed: Activity, group: Actor, speaker: Actor, *, dispatch: Dispatch
) -> Outcome:
    """Take the group's boost back; delete the post only by the word of whose it is."""
    post: Post | None = await find_post_by_uri(session, deed.object_id or "")
    was_shown = post is not None and await undo_boost_of(session, group, post)
    outcome = ignored("the group does not pass it on")
    if deed.actor_id == speaker.uri:
        outcome = await dispatch(session, deed, speaker)
    return HANDLED if was_shown else outcome


def _lock_undone(deed: Activity) -> str | None:
    if deed.object is None or deed.object.type != "Lock":
        return None
    return read_activity(deed.object).object_id
