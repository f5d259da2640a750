"""Passing on: what answers in a thread that began here goes to whom its first post reached."""

from __future__ import annotations

from actors.blocks import is_blocked_between
from actors.models import Actor
from actors.queries import find_actor
from db.session import AsyncSession, settings_of
from federation.documents.activity import Activity
from federation.uris import local_uris
from outbox.forward import forward, may_be_believed
from posts.eyes import OPEN
from posts.models import Post
from posts.queries import find_post, save_source
from posts.rings import RESTRICTED, ring_root
from posts.visibility import may_see, viewer_of


async def pass_on(session: AsyncSession, activity: Activity, post: Post, by: Actor) -> None:
    """Forward a remote actor's activity about a reply of its own, byte for byte."""
    if post.in_reply_to_id is None or activity.id is None:
        return
    is_in_ring = post.visibility in RESTRICTED
    if not is_in_ring and post.visibility not in OPEN:
        return
    if not may_be_believed(activity.document, in_ring=is_in_ring):
        return
    if is_in_ring:
        await _pass_on_in_ring(session, activity, post, by)
    else:
        await _pass_on_openly(session, activity, post, by)


async def _pass_on_in_ring(
    session: AsyncSession, activity: Activity, post: Post, by: Actor
) -> None:
    """Forward to a ring (WIRE §6).

    Who has no part in the ring does not speak to it through us; what they take back, they may.
    """
    root = await ring_root(session, post)
    if root.id == post.id:
        return
    viewer = await viewer_of(session, by.id)
    if post.deleted_at is None and not await may_see(session, viewer, root):
        return
    was_passed_on = await _forward(session, activity, post, by=by, root=root)
    if was_passed_on and post.deleted_at is None:
        await save_source(session, post.id, activity.document.source)


async def _pass_on_openly(
    session: AsyncSession, activity: Activity, post: Post, by: Actor
) -> None:
    """Forward to the followers whom a public reply addresses, if it answers one of ours.

    Only to those of whom it answers, or of who began the thread: nobody speaks to all followers
    here by naming them. Spec: https://www.w3.org/TR/activitypub/#inbox-forwarding
    """
    uris = local_uris(settings_of(session))
    addressed = {uri for uri in (*post.to_uris, *post.cc_uris) if uris.is_local(uri)}
    if not addressed:
        return
    for answered_id in dict.fromkeys((post.in_reply_to_id, post.thread_id)):
        answered = await find_post(session, answered_id) if answered_id is not None else None
        if answered is None or answered.visibility not in OPEN or answered.id == post.id:
            continue
        owner = await find_actor(session, answered.author_id)
        if owner is None or not owner.is_local or owner.followers_uri not in addressed:
            continue
        if not await is_blocked_between(session, owner.id, by.id):
            await _forward(session, activity, post, by=by, root=answered)
            return


async def _forward(
    session: AsyncSession, activity: Activity, post: Post, *, by: Actor, root: Post
) -> bool:
    assert activity.id is not None
    return await forward(
        session,
        root,
        activity.document.source,
        activity_uri=activity.id,
        type=activity.type,
        by=by,
        clinical=post.clinical,
        object_uri=post.uri,
    )
