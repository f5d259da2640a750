"""Follow: somebody here wants to follow somebody."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.blocks import is_blocked_between
from actors.domain_blocks import is_domain_blocked
from actors.follows import accept_follow, find_follow, save_follow
from actors.models import Actor, Follow
from core.clock import now
from core.errors import Forbidden, NotFound
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from notifications.notify import notify_follow, notify_follow_request
from outbox.ids import fresh_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import own_inboxes_of
from posts.owed import owe_backfill
from posts.timelines import fill_home


def build_follow(
    *, id: str, follower_uri: str, followee_uri: str, published: datetime | None = None
) -> JsonObject:
    """Build a Follow."""
    return write_activity(
        id=id,
        type="Follow",
        actor=follower_uri,
        object=followee_uri,
        to=[followee_uri],
        published=published,
    )


async def send_follow(
    session: AsyncSession,
    follower: Actor,
    followee: Actor,
    *,
    shows_boosts: bool = True,
    notifies: bool = False,
    languages: list[str] | None = None,
) -> Follow:
    """Follow somebody, or ask to; a repeated call takes the new wishes and asks again if need be.

    `languages` are those of which the follower wants posts, all for None. Somebody here who
    approves nobody by hand is followed at once. Raises Forbidden where either blocks the other, or
    the follower their domain, and NotFound for those who are gone.
    """
    if followee.deleted_at is not None or followee.suspended_at is not None:
        raise NotFound(f"{followee.uri} is gone")
    if follower.id == followee.id or await is_blocked_between(session, follower.id, followee.id):
        raise Forbidden("This action is not allowed")
    if await is_domain_blocked(session, follower.id, followee):
        raise Forbidden("This action is not allowed")
    known = await find_follow(session, follower.id, followee.id)
    follow = await save_follow(
        session,
        follower,
        followee,
        # While a request waits, asking again says the same thing.
        uri=known.uri if known is not None else fresh_id(follower.uri),
        shows_boosts=shows_boosts,
        notifies=notifies,
        languages=languages,
    )
    if follow.accepted_at is not None:
        return follow
    if followee.is_local:
        await _ask_here(session, follow, followee)
        return follow
    await publish(
        session,
        follower,
        build_follow(
            id=follow.uri,
            follower_uri=follower.uri,
            followee_uri=followee.uri,
            published=now(),
        ),
        inboxes=own_inboxes_of([followee]),
        priority=Priority.ANSWER,
    )
    await owe_backfill(session, followee)
    return follow


async def _ask_here(session: AsyncSession, follow: Follow, followee: Actor) -> None:
    if followee.approves_followers:
        await notify_follow_request(session, followee.id, follow.follower_id)
        return
    await accept_follow(session, follow)
    await notify_follow(session, followee.id, follow.follower_id)
    await fill_home(session, follow.follower_id, followee.id)
