"""Passing on: what answers in a ring that began here goes to whom its first post reached."""

from __future__ import annotations

from actors.models import Actor
from db.session import AsyncSession
from federation.documents.activity import Activity
from federation.proofs import find_proof
from outbox.forward import forward
from posts.models import Post
from posts.queries import save_source
from posts.rings import RESTRICTED, ring_root
from posts.visibility import may_see, viewer_of


async def pass_on(session: AsyncSession, activity: Activity, post: Post, by: Actor) -> None:
    """Forward a remote actor's activity about a reply of its own, byte for byte (WIRE §6).

    Who has no part in the ring does not speak to it through us; what they take back, they may.
    """
    if post.in_reply_to_id is None or post.visibility not in RESTRICTED or activity.id is None:
        return
    if find_proof(activity.document) is None:
        return
    root = await ring_root(session, post)
    if root.id == post.id:
        return
    viewer = await viewer_of(session, by.id)
    if post.deleted_at is None and not await may_see(session, viewer, root):
        return
    was_passed_on = await forward(
        session,
        root,
        activity.document.source,
        activity_uri=activity.id,
        type=activity.type,
        by=by,
        clinical=post.clinical,
        object_uri=post.uri,
    )
    if was_passed_on and post.deleted_at is None:
        await save_source(session, post.id, activity.document.source)
