"""Announce: somebody here passes a post on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.models import Actor
from actors.queries import find_actor, get_actor, is_doctor
from core.clock import now
from core.errors import Forbidden
from core.ids import new_id
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from notifications.notify import notify_boost
from outbox.ids import numbered_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import audience_inboxes, own_inboxes_of, stays_clinical
from posts.boosts import find_boost, may_be_boosted, save_boost
from posts.documents import Addressing, address
from posts.models import Post, Visibility
from posts.queries import find_post
from posts.timelines import fan_out

# From the widest to the narrowest: a boost is never wider than what it passes on.
_WIDTHS = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS)


def build_announce(
    *, id: str, actor_uri: str, post_uri: str, addressing: Addressing, published: datetime
) -> JsonObject:
    """Build an Announce of a post, by its id."""
    return write_activity(
        id=id,
        type="Announce",
        actor=actor_uri,
        object=post_uri,
        to=addressing.to,
        cc=addressing.cc,
        published=published,
    )


def announce_of(boost: Post, actor: Actor, post: Post) -> JsonObject:
    """Return the Announce by which a stored boost was sent."""
    return build_announce(
        id=boost.uri,
        actor_uri=actor.uri,
        post_uri=post.uri,
        addressing=Addressing(tuple(boost.to_uris), tuple(boost.cc_uris)),
        published=boost.created_at,
    )


async def send_announce(
    session: AsyncSession, actor: Actor, post: Post, *, visibility: Visibility | None = None
) -> Post:
    """Pass a post on that the actor may see; a repeated call returns the boost that there is.

    `visibility` may narrow the boost. Raises Forbidden for what may not be passed on: only public
    and unlisted posts are, and a `doctors` post by a verified doctor (WIRE §6).
    """
    if post.boost_of_id is not None:
        original = await find_post(session, post.boost_of_id)
        post = original if original is not None else post
    known = await find_boost(session, actor.id, post.id)
    if known is not None:
        return known
    chosen = await _choose(session, actor, post, visibility)
    author = await get_actor(session, post.author_id)
    addressing = address(chosen, actor, [author] if author.id != actor.id else [])
    number = new_id()
    boost = await save_boost(
        session,
        actor,
        post,
        boost_id=number,
        uri=numbered_id(actor.uri, number),
        created_at=now(),
        visibility=chosen,
        to=addressing.to,
        cc=addressing.cc,
    )
    await fan_out(session, boost, actor)
    if author.is_local:
        await notify_boost(session, post, actor.id)
    await _publish(session, boost, actor, post)
    return boost


async def _choose(
    session: AsyncSession, actor: Actor, post: Post, asked: Visibility | None
) -> Visibility:
    is_for_doctors = post.visibility is Visibility.DOCTORS
    by_doctor = is_for_doctors and await is_doctor(session, actor.id)
    if post.deleted_at is not None or not may_be_boosted(post, by_doctor=by_doctor):
        raise Forbidden("This action is not allowed")
    if is_for_doctors:
        return Visibility.DOCTORS
    if asked not in _WIDTHS:
        return post.visibility
    return max(asked, post.visibility, key=_WIDTHS.index)


async def _publish(session: AsyncSession, boost: Post, actor: Actor, post: Post) -> None:
    author = await find_actor(session, post.author_id)
    inboxes = await audience_inboxes(session, actor, boost.visibility, [])
    inboxes |= own_inboxes_of([author] if author is not None else [])
    await publish(
        session,
        actor,
        announce_of(boost, actor, post),
        inboxes=inboxes,
        priority=Priority.POST,
        is_public=boost.visibility in _WIDTHS[:2],
        is_clinical=stays_clinical(post),
    )
