"""QuoteRequest: a remote actor wants to quote somebody here (FEP-044f)."""

from __future__ import annotations

from actors.models import Actor
from actors.queries import get_actor
from db.jobs import enqueue
from db.session import AsyncSession
from federation.documents.activity import Activity
from federation.documents.quote_authorization import RequestDocument, read_quote_request
from federation.origin import same_origin
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from outbox.accept import send_accept_quote
from outbox.reject import send_reject_quote
from posts.consent import settle
from posts.models import Post
from posts.queries import find_post_by_uri
from posts.quoting import may_quote
from posts.stamps import find_stamp, give_stamp
from posts.visibility import may_see, viewer_of


async def handle_quote_request(
    session: AsyncSession, activity: Activity, sender: Actor
) -> Outcome:
    """Give a stamp, or refuse one, as the quoted post's author has arranged it; asked again, again.

    What the sender may not see is not here.
    """
    request = read_quote_request(activity)
    if request.id is None or not same_origin(request.quoting, sender.uri):
        return rejected("the post that is to quote is not the sender's own")
    quoted = await find_post_by_uri(session, request.quoted)
    author = await get_actor(session, quoted.author_id) if quoted is not None else None
    if quoted is None or author is None or not author.is_local:
        return ignored("what is to be quoted is not here")
    if not await may_see(session, await viewer_of(session, sender.id), quoted):
        return ignored("what is to be quoted is not for the sender")
    known = await find_stamp(session, quoted.id, request.quoting)
    is_revoked = known is not None and known.revoked_at is not None
    # A stamp that was given counts, also when fewer may quote by now.
    was_given = known is not None and known.quoting_actor_uri == sender.uri
    if is_revoked or not (was_given or await may_quote(session, sender.id, quoted)):
        await send_reject_quote(session, request, asking=sender, author=author)
        return HANDLED
    stamp = await give_stamp(
        session, quoted, author, quoting_uri=request.quoting, quoting_actor_uri=sender.uri
    )
    await _settle(session, request, sender)
    await send_accept_quote(
        session, request, asking=sender, author=author, stamp_uri=stamp.uri
    )
    return HANDLED


async def _settle(session: AsyncSession, request: RequestDocument, sender: Actor) -> None:
    """Show the post that quotes, once it is here: the author is told of it then."""
    quoting: Post | None = await find_post_by_uri(session, request.quoting)
    if quoting is None:
        uri = request.quoting
        await enqueue(session, "resolve post", {"uri": uri}, key=f"resolve post {uri}")
    elif quoting.author_id == sender.id:
        await settle(session, quoting)
