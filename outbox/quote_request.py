"""QuoteRequest: somebody here quotes a post, and asks its author (FEP-044f)."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import find_actor
from federation.contexts import QUOTE_REQUEST_CONTEXT
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from outbox.ids import derived_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import has_proof, is_for_everybody, own_inboxes_of, stays_clinical
from posts.consent import PENDING, settle
from posts.models import Post, Visibility
from posts.queries import find_post
from posts.stamps import give_stamp


def build_quote_request(
    *, actor_uri: str, quoted_uri: str, author_uri: str, quoting: str | JsonObject
) -> JsonObject:
    """Build the request to quote a post; `quoting` is the post that does, whole or by its id."""
    quoting_uri = quoting if isinstance(quoting, str) else quoting["id"]
    return write_activity(
        id=derived_id(actor_uri, "QuoteRequest", quoting_uri, quoted_uri),
        type="QuoteRequest",
        actor=actor_uri,
        object=quoted_uri,
        to=[author_uri],
        context=QUOTE_REQUEST_CONTEXT,
        instrument=quoting,
    )


async def begin_quote(session: AsyncSession, author: Actor, post: Post) -> None:
    """Let a new post quote, as far as that can be known here; the caller checked that it may.

    Another author here gives their stamp at once, as their policy says; elsewhere it is asked for.
    """
    quoted, owner = await _find_quoted(session, post)
    if quoted is None or owner is None:
        return
    if owner.is_local and owner.id != author.id:
        await give_stamp(
            session, quoted, owner, quoting_uri=post.uri, quoting_actor_uri=author.uri
        )
    await settle(session, post)


async def send_quote_request(
    session: AsyncSession, author: Actor, post: Post, note: JsonObject
) -> None:
    """Ask the author of what a post quotes, where that is still to be asked; `note` is the post."""
    # Nobody elsewhere learns that what is for this instance only is there.
    if post.quote_state != PENDING or post.visibility is Visibility.LOCAL:
        return
    quoted, owner = await _find_quoted(session, post)
    if quoted is None or owner is None:
        return
    # Who is asked reads it then: what is for followers or named people is not shown for that.
    is_shown = is_for_everybody(post) or post.visibility is Visibility.DOCTORS
    await publish(
        session,
        author,
        build_quote_request(
            actor_uri=author.uri,
            quoted_uri=quoted.uri,
            author_uri=owner.uri,
            quoting=note if is_shown else post.uri,
        ),
        inboxes=own_inboxes_of([owner]),
        priority=Priority.ANSWER,
        signs=has_proof(post),
        is_clinical=stays_clinical(post),
        about=post.uri,
    )


async def _find_quoted(session: AsyncSession, post: Post) -> tuple[Post | None, Actor | None]:
    quoted = await find_post(session, post.quote_of_id) if post.quote_of_id else None
    owner = await find_actor(session, quoted.author_id) if quoted is not None else None
    return quoted, owner
