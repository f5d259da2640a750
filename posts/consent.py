"""Consent to quotes: what is known of it, decided when a quote and what it quotes have both come.

The word of the quoted author is a stamp (FEP-044f). For posts of ours their policy is as good as
one, also for software that asks nobody; of others a policy alone says nothing, but who states none
uses software that knows of no consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlmodel import col

from actors.models import Actor
from actors.queries import find_actor
from core.errors import InvalidDocument, PermanentError, Untrusted
from core.logging import get_logger
from db.jobs import enqueue
from db.paging import Page
from db.session import AsyncSession, Database
from federation.client import Client
from federation.documents.quote_authorization import StampDocument, read_authorization
from federation.origin import same_origin
from posts.eyes import OPEN
from posts.models import Post, Visibility
from posts.queries import find_post
from posts.quoting import may_quote
from posts.stamps import delete_false_stamp, find_stamp
from posts.visibility import Viewer, may_see, viewer_of, visible_to

ACCEPTED, PENDING, REJECTED, REVOKED = "accepted", "pending", "rejected", "revoked"
# Audiences that are the same people, whoever wrote.
_WHOLE = frozenset({Visibility.DOCTORS, Visibility.LOCAL})
# So many quotes that came before what they quote are decided at once; the others stay pending.
MAX_WAITING = 500
log = get_logger(__name__)


async def settle(session: AsyncSession, post: Post) -> None:
    """Decide whether a post quotes with consent, once what it quotes is here.

    What needs asking elsewhere is owed; an author here who is quoted is told by a job.
    """
    await _settle(session, post)
    if post.quote_of_id is not None:
        await count_quotes(session, post.quote_of_id)


async def _settle(session: AsyncSession, post: Post) -> None:
    if post.quote_of_id is None or post.quote_state not in (None, PENDING):
        return
    quoted = await find_post(session, post.quote_of_id)
    author = await find_actor(session, quoted.author_id) if quoted is not None else None
    if quoted is None or author is None or quoted.deleted_at is not None:
        return
    post.quote_state = await _state(session, post, quoted, author)
    await session.flush()
    is_told = post.quote_state == ACCEPTED and author.is_local and author.id != post.author_id
    if is_told:
        payload = {"post_id": post.id}
        await enqueue(session, "tell quote", payload, key=f"tell quote {post.id}")


async def settle_waiting(session: AsyncSession, quoted: Post) -> None:
    """Decide about the quotes that came before what they quote."""
    waiting = (
        select(Post)
        .where(
            col(Post.quote_of_id) == quoted.id,
            col(Post.quote_state).is_(None),
            col(Post.deleted_at).is_(None),
        )
        .order_by(col(Post.id))
        .limit(MAX_WAITING)
    )
    posts = (await session.scalars(waiting)).all()
    for post in posts:
        await _settle(session, post)
    if posts:
        await count_quotes(session, quoted.id)


async def _state(session: AsyncSession, post: Post, quoted: Post, author: Actor) -> str:
    if quoted.author_id == post.author_id:
        return ACCEPTED
    if author.is_local:
        return await _state_of_ours(session, post, quoted)
    if post.quote_authorization_uri is not None:
        payload = {"post_id": post.id}
        await enqueue(session, "check stamp", payload, key=f"check stamp {post.id}")
        return PENDING
    is_unaware = quoted.quote_policy is None and quoted.visibility in OPEN
    quoting = await find_actor(session, post.author_id)
    # Who quotes from here asks; others' software may know nothing of it.
    return ACCEPTED if is_unaware and quoting is not None and not quoting.is_local else PENDING


async def _state_of_ours(session: AsyncSession, post: Post, quoted: Post) -> str:
    stamp = await find_stamp(session, quoted.id, post.uri)
    quoting = await find_actor(session, post.author_id)
    if stamp is not None and quoting is not None and stamp.quoting_actor_uri == quoting.uri:
        if stamp.revoked_at is not None:
            return REVOKED
        post.quote_authorization_uri = stamp.uri
        return ACCEPTED
    if stamp is not None:
        await delete_false_stamp(session, stamp)
    viewer = await viewer_of(session, post.author_id)
    is_allowed = await may_see(session, viewer, quoted) and await may_quote(
        session, post.author_id, quoted
    )
    return ACCEPTED if is_allowed else PENDING


async def change_state(session: AsyncSession, post: Post, state: str | None) -> None:
    """Write what is known of the consent to a quote; the count of what is quoted stays right."""
    post.quote_state = state
    await session.flush()
    if post.quote_of_id is not None:
        await count_quotes(session, post.quote_of_id)


async def count_quotes(session: AsyncSession, quoted_id: int) -> None:
    """Count anew how often a post is quoted with its author's consent, as far as all may know.

    The number is shown to whoever sees what is quoted: a quote for fewer people does not betray
    itself by it.
    """
    audience = select(col(Post.visibility)).where(col(Post.id) == quoted_id).scalar_subquery()
    for_as_many = and_(col(Post.visibility).in_(_WHOLE), col(Post.visibility) == audience)
    counted = (
        select(func.count())
        .select_from(Post)
        .where(
            col(Post.quote_of_id) == quoted_id,
            col(Post.quote_state) == ACCEPTED,
            or_(col(Post.visibility).in_(OPEN), for_as_many),
            col(Post.deleted_at).is_(None),
        )
    )
    number = await session.scalar(counted)
    await session.execute(
        update(Post).where(col(Post.id) == quoted_id).values(quotes_count=number or 0)
    )


async def list_quoting(
    session: AsyncSession, viewer: Viewer, quoted_id: int, page: Page
) -> list[Post]:
    """Return a page of the posts that quote one with consent, as far as the viewer may see them."""
    statement = select(Post).where(
        col(Post.quote_of_id) == quoted_id,
        col(Post.quote_state) == ACCEPTED,
        visible_to(viewer),
    )
    found = await session.scalars(page.apply(statement, col(Post.id)))
    return page.newest_first(list(found))


async def find_stamped(session: AsyncSession, stamp_uri: str, author: Actor) -> list[Post]:
    """Return the posts that quote one of an author's by a stamp."""
    quoted = select(col(Post.id)).where(col(Post.author_id) == author.id)
    statement = select(Post).where(
        col(Post.quote_authorization_uri) == stamp_uri,
        col(Post.quote_of_id).in_(quoted),
        col(Post.deleted_at).is_(None),
    )
    return list(await session.scalars(statement))


async def check_stamp(
    database: Database, client: Client, payload: Mapping[str, Any]
) -> None:
    """Fetch the stamp that a post shows, and write down whether it is the quoted author's word.

    Raises TemporaryError where that cannot be found out now.
    """
    async with database.read() as session:
        found = await _find_claim(session, int(payload["post_id"]))
    if found is None:
        return
    post, claim = found
    try:
        if not same_origin(claim.id, claim.author):
            raise Untrusted(f"{claim.id}: a stamp lives where its author does")
        document = await client.fetch_document(claim.id)
        if read_authorization(document) != claim:
            raise InvalidDocument(f"{claim.id}: the stamp is about something else")
        state = ACCEPTED
    except PermanentError as error:
        log.info("a quote has no consent", uri=post.uri, reason=str(error))
        state = REJECTED
    async with database.transaction() as session:
        still = await _find_claim(session, post.id)
        if still is not None and still[1] == claim:
            await change_state(session, still[0], state)


async def _find_claim(session: AsyncSession, post_id: int) -> tuple[Post, StampDocument] | None:
    """Return a quote that waits for its stamp to be looked at, and what that must say."""
    post = await find_post(session, post_id)
    if post is None or post.quote_state != PENDING or post.quote_authorization_uri is None:
        return None
    quoted = await find_post(session, post.quote_of_id) if post.quote_of_id else None
    author = await find_actor(session, quoted.author_id) if quoted is not None else None
    if quoted is None or author is None or author.is_local:
        return None
    return post, StampDocument(
        id=post.quote_authorization_uri, author=author.uri, quoting=post.uri, quoted=quoted.uri
    )
