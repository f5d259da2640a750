"""Announce: a remote actor passes a post on."""

from __future__ import annotations

from actors.blocks import is_blocked_between
from actors.follows import has_follower_on
from actors.models import LOCAL_HOST, Actor
from actors.queries import find_actor, is_doctor
from db.session import AsyncSession
from federation.documents.activity import Activity
from federation.documents.lenient import is_public
from inbox.naming import uri_of
from inbox.outcome import HANDLED, Outcome, ignored, rejected
from moderation.models import PeerClass
from moderation.policy import class_of
from notifications.notify import notify_boost
from posts.boosts import find_boost, save_boost
from posts.eyes import OPEN
from posts.models import Post, Visibility
from posts.queries import find_post_by_uri
from posts.timelines import fan_out

# From the widest to the narrowest: a boost is never wider than what it passes on.
_WIDTHS = (Visibility.PUBLIC, Visibility.UNLISTED, Visibility.FOLLOWERS)


async def handle_announce(session: AsyncSession, activity: Activity, sender: Actor) -> Outcome:
    """Record a boost of what may be passed on (WIRE §6), and tell who follows the sender."""
    post = await find_post_by_uri(session, activity.object_id or "")
    if post is None or post.deleted_at is not None:
        return ignored("there is no such post here")
    if not await _may_pass_on(session, sender, post):
        return rejected("such a post is not passed on")
    author = await find_actor(session, post.author_id)
    if author is None or await is_blocked_between(session, author.id, sender.id):
        return ignored("the post's author wants nothing to do with the sender")
    if not author.is_local and not await has_follower_on(session, sender.id, LOCAL_HOST):
        return ignored("nobody here has to do with it")
    uri = uri_of(activity)
    if await find_post_by_uri(session, uri) is not None:
        return ignored("it is here already, or was taken back")
    if await find_boost(session, sender.id, post.id) is not None:
        return ignored("the sender passed it on before")
    boost = await save_boost(
        session,
        sender,
        post,
        uri=uri,
        visibility=_width(activity, post),
        to=activity.to,
        cc=activity.cc,
    )
    await fan_out(session, boost, sender)
    await notify_boost(session, post, sender.id)
    return HANDLED


async def _may_pass_on(session: AsyncSession, sender: Actor, post: Post) -> bool:
    if post.boost_of_id is not None:
        return False
    if post.visibility is not Visibility.DOCTORS:
        return post.visibility in OPEN
    is_clinical = await class_of(session, sender.host) is PeerClass.CLINICAL
    return is_clinical and await is_doctor(session, sender.id)


def _width(activity: Activity, post: Post) -> Visibility:
    if post.visibility is Visibility.DOCTORS:
        return Visibility.DOCTORS
    asked = Visibility.FOLLOWERS
    if any(is_public(uri) for uri in activity.cc):
        asked = Visibility.UNLISTED
    if any(is_public(uri) for uri in activity.to):
        asked = Visibility.PUBLIC
    return max(asked, post.visibility, key=_WIDTHS.index)
