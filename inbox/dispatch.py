"""Every type of activity that we understand, and what handles it: the whole list at one glance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from federation.vocabulary import POST_TYPES
from inbox.accept import handle_accept
from inbox.add import handle_add
from inbox.announce import handle_announce
from inbox.block import handle_block
from inbox.completed import Completed
from inbox.create import handle_create
from inbox.delete import handle_delete
from inbox.dislike import handle_dislike
from inbox.emoji_react import handle_emoji_react
from inbox.flag import handle_flag
from inbox.follow import handle_follow
from inbox.like import handle_like
from inbox.lock import handle_lock
from inbox.offer import handle_offer
from inbox.outcome import Outcome, ignored
from inbox.quote_request import handle_quote_request
from inbox.reject import handle_reject
from inbox.remove import handle_remove
from inbox.undo import UNDONE, handle_undo
from inbox.update import handle_update
from inbox.wrapped import handle_wrapped

Handler = Callable[[AsyncSession, Activity, Actor], Awaitable[Outcome]]

HANDLERS: Mapping[str, Handler] = {
    "Accept": handle_accept,
    "Add": handle_add,
    "Announce": handle_announce,
    "Block": handle_block,
    "Create": handle_create,
    "Delete": handle_delete,
    "Dislike": handle_dislike,
    "EmojiReact": handle_emoji_react,
    "Flag": handle_flag,
    "Follow": handle_follow,
    "Like": handle_like,
    "Lock": handle_lock,
    "Offer": handle_offer,
    "QuoteRequest": handle_quote_request,
    "Reject": handle_reject,
    "Remove": handle_remove,
    "Undo": handle_undo,
    "Update": handle_update,
}

# What each is understood about, as FEDERATION.md tells it (a test compares them). `Object` is
# a post of any kind.
UNDERSTOOD: Mapping[str, tuple[str, ...]] = {
    "Accept": ("Follow", "Offer", "QuoteRequest"),
    "Add": ("Object",),
    "Announce": ("Object", "Activity"),
    "Block": ("Actor",),
    "Create": tuple(sorted(POST_TYPES)),
    "Delete": ("Object", "Actor", "Credential", "QuoteAuthorization"),
    "Dislike": ("Object",),
    "EmojiReact": ("Object",),
    "Flag": ("Actor", "Object"),
    "Follow": ("Actor",),
    "Like": ("Object",),
    "Lock": ("Object",),
    "Offer": ("Credential",),
    "QuoteRequest": ("Object",),
    "Reject": ("Follow", "Offer", "QuoteRequest"),
    "Remove": ("Object",),
    "Undo": UNDONE,
    "Update": ("Object", "Actor", "Collection", "Profile"),
}

_LATER = "comes later"
_NOT_HERE = "is nothing that happens here"
# Known, and left alone: it is no mistake of the sender's.
IGNORED: Mapping[str, str] = {
    "AnnounceRequest": _LATER,
    "Arrive": _NOT_HERE,
    "FeatureRequest": _LATER,
    "Ignore": _NOT_HERE,
    "Invite": _LATER,
    "Join": _LATER,
    "Leave": _LATER,
    "LikeRequest": _LATER,
    "Listen": _NOT_HERE,
    "Move": _LATER,
    "Read": _NOT_HERE,
    "ReplyRequest": _LATER,
    "TentativeAccept": _LATER,
    "TentativeReject": _LATER,
    "Travel": _NOT_HERE,
    "View": _NOT_HERE,
}


async def dispatch(
    session: AsyncSession,
    activity: Activity,
    sender: Actor,
    *,
    wrapped: tuple[Completed, ...] = (),
) -> Outcome:
    """Do what a completed activity says, by `sender`, whoever delivered it.

    `wrapped` is what it passes on.
    """
    if wrapped:
        return await handle_wrapped(
            session, activity, sender, wrapped=wrapped, dispatch=dispatch
        )
    handler = HANDLERS.get(activity.type)
    if handler is not None:
        return await handler(session, activity, sender)
    if activity.type in IGNORED:
        return ignored(f"{activity.type} {IGNORED[activity.type]}")
    return ignored(f"{activity.type[:100]} is not understood here")
