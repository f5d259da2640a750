"""SQL of stamps: by which an author here lets a post quote one of theirs (FEP-044f)."""

from __future__ import annotations

from sqlalchemy import delete, or_, select
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.ids import new_id
from db.session import AsyncSession, settings_of
from federation.documents.quote_authorization import StampDocument
from federation.uris import local_uris
from posts.models import Post, QuoteApproval


async def give_stamp(
    session: AsyncSession, quoted: Post, author: Actor, *, quoting_uri: str, quoting_actor_uri: str
) -> QuoteApproval:
    """Let a post quote one of `author`'s; asked again, the stamp is the same.

    The caller has seen that the post is `quoting_actor_uri`'s: whoever got the stamp before has it
    no longer. One that was revoked stays revoked: that is its author's word about this post.
    """
    known = await find_stamp(session, quoted.id, quoting_uri)
    if known is not None:
        known.quoting_actor_uri = quoting_actor_uri
        await session.flush()
        return known
    number = new_id()
    stamp = QuoteApproval(
        id=number,
        uri=local_uris(settings_of(session)).authorization(author.username, number),
        post_id=quoted.id,
        quoting_uri=quoting_uri,
        quoting_actor_uri=quoting_actor_uri,
    )
    session.add(stamp)
    await session.flush()
    return stamp


async def find_stamp(
    session: AsyncSession, quoted_id: int, quoting_uri: str
) -> QuoteApproval | None:
    """Return the stamp of one post for another, revoked or not."""
    statement = select(QuoteApproval).where(
        col(QuoteApproval.quoting_uri) == quoting_uri, col(QuoteApproval.post_id) == quoted_id
    )
    return await session.scalar(statement.limit(1))


async def find_valid_stamp(session: AsyncSession, stamp_id: int) -> QuoteApproval | None:
    """Return a stamp that counts by our number."""
    stamp = await session.get(QuoteApproval, stamp_id)
    return stamp if stamp is not None and stamp.revoked_at is None else None


async def revoke_stamp(session: AsyncSession, stamp: QuoteApproval) -> None:
    """Take a stamp back."""
    stamp.revoked_at = stamp.revoked_at or now()
    await session.flush()


async def delete_false_stamp(session: AsyncSession, stamp: QuoteApproval) -> None:
    """Forget a stamp that was given to another than who wrote the post; what is revoked stays so.

    Somebody else of the same host said that the post was theirs, before it was known here.
    """
    if stamp.revoked_at is None:
        await session.delete(stamp)
        await session.flush()


async def delete_stamps_about(session: AsyncSession, post: Post) -> None:
    """Forget the stamps of a post that is deleted, and those that were given to it."""
    await session.execute(
        delete(QuoteApproval)
        .where(
            or_(col(QuoteApproval.post_id) == post.id, col(QuoteApproval.quoting_uri) == post.uri)
        )
        .execution_options(synchronize_session=False)
    )


def stamp_document(stamp: QuoteApproval, quoted: Post, author: Actor) -> StampDocument:
    """Return a stamp as it is shown to other servers."""
    return StampDocument(
        id=stamp.uri, author=author.uri, quoting=stamp.quoting_uri, quoted=quoted.uri
    )
