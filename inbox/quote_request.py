"""QuoteRequest: a remote actor wants to quote somebody here (FEP-044f)."""

from __future__ import annotations

from actors.models import Actor
from actors.queries import get_actor
from core.errors import PermanentError
from db.jobs import enqueue
from db.session import AsyncSession
from federation.documents.activity import Activity
from federation.documents.note import read_note
from federation.documents.quote_authorization import RequestDocument, read_quote_request
from federation.origin import same_origin
from inbox.create import is_own
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from outbox.accept import send_accept_quote
from outbox.reject import send_reject_quote
from posts.consent import settle
from posts.models import Post
from posts.queries import find_post_by_uri
from posts.quoting import may_quote
from posts.stamps import find_stamp, give_stamp
from posts.visibility import may_see, viewer_of

_NOT_OWN = "nothing shows that the post that is to quote is the sender's own"


async def handle_quote_request(
    session: AsyncSession, activity: Activity, sender: Actor
) -> Outcome:
    """Give a stamp, or refuse one, as the quoted post's author has arranged it; asked again, again.

    What the sender may not see is not here. A stamp is only for a post of the sender's own.
    """
    request = read_quote_request(activity)
    quoted = await _find_quoted(session, request, sender)
    if isinstance(quoted, Outcome):
        return quoted
    author = await get_actor(session, quoted.author_id)
    if not await _is_allowed(session, request, quoted, sender):
        await send_reject_quote(session, request, asking=sender, author=author)
        return HANDLED
    quoting = await find_post_by_uri(session, request.quoting)
    if not (_is_by(quoting, sender) if quoting else _is_shown(activity, request, sender)):
        return rejected(_NOT_OWN)
    stamp = await give_stamp(
        session, quoted, author, quoting_uri=request.quoting, quoting_actor_uri=sender.uri
    )
    await _settle(session, request, quoting)
    await send_accept_quote(
        session, request, asking=sender, author=author, stamp_uri=stamp.uri
    )
    return HANDLED


async def must_be_fetched(
    session: AsyncSession, activity: Activity, request: RequestDocument, sender: Actor
) -> bool:
    """Tell whether a stamp depends on what the home of the post that is to quote says of it.

    So it is where that is not known here and was not sent along as the sender's own, or another of
    its host has said before that it is theirs.
    """
    if await find_post_by_uri(session, request.quoting) is not None:
        return False
    quoted = await _find_quoted(session, request, sender)
    if isinstance(quoted, Outcome) or not await _is_allowed(session, request, quoted, sender):
        return False
    stamp = await find_stamp(session, quoted.id, request.quoting)
    is_claimed = stamp is not None and stamp.quoting_actor_uri != sender.uri
    return is_claimed or not _is_shown(activity, request, sender)


async def _find_quoted(
    session: AsyncSession, request: RequestDocument, sender: Actor
) -> Post | Outcome:
    """Return what is to be quoted, or what becomes of a request that gets no answer."""
    if request.id is None or not same_origin(request.quoting, sender.uri):
        return rejected(_NOT_OWN)
    quoted = await find_post_by_uri(session, request.quoted)
    author = await get_actor(session, quoted.author_id) if quoted is not None else None
    if quoted is None or author is None or not author.is_local:
        return ignored("what is to be quoted is not here")
    if not await may_see(session, await viewer_of(session, sender.id), quoted):
        return ignored("what is to be quoted is not for the sender")
    return quoted


def _is_by(post: Post, sender: Actor) -> bool:
    return post.author_id == sender.id and post.boost_of_id is None


def _is_shown(activity: Activity, request: RequestDocument, sender: Actor) -> bool:
    """Tell whether the post came along, or was fetched, and says that it is the sender's."""
    if activity.instrument is None:
        return False
    try:
        note = read_note(activity.instrument)
    except PermanentError:
        return False
    return note.id == request.quoting and is_own(note, sender)


async def _is_allowed(
    session: AsyncSession, request: RequestDocument, quoted: Post, sender: Actor
) -> bool:
    known = await find_stamp(session, quoted.id, request.quoting)
    if known is not None and known.revoked_at is not None:
        return False
    # A stamp that was given counts, also when fewer may quote by now.
    was_given = known is not None and known.quoting_actor_uri == sender.uri
    return was_given or await may_quote(session, sender.id, quoted)


async def _settle(session: AsyncSession, request: RequestDocument, quoting: Post | None) -> None:
    """Show the post that quotes, once it is here: the author is told of it then."""
    if quoting is not None:
        return await settle(session, quoting)
    uri = request.quoting
    return await enqueue(session, "resolve post", {"uri": uri}, key=f"resolve post {uri}")
