"""Flag: somebody here complains about somebody elsewhere, and wants their server to know."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from actors.instance_actor import get_instance_actor
from actors.models import Actor
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from moderation.models import Report
from moderation.reports import Complaint, save_report
from outbox.ids import numbered_id
from outbox.publish import publish
from outbox.recipients import inboxes_of, stays_clinical
from posts.models import Post


def build_flag(
    *, id: str, actor_uri: str, target_uri: str, post_uris: Sequence[str], comment: str
) -> JsonObject:
    """Build a Flag as Mastodon reads it: the actor first, then posts of that actor."""
    return write_activity(
        id=id,
        type="Flag",
        actor=actor_uri,
        object=target_uri,
        to=[target_uri],
        content=comment,
    ) | {"object": [target_uri, *post_uris]}


async def send_report(
    session: AsyncSession,
    complaint: Complaint,
    *,
    target: Actor,
    posts: Sequence[Post],
    forwards: bool,
) -> Report:
    """Tell the moderators here of somebody; with `forwards` those of their own server too."""
    report = await save_report(session, complaint)
    if forwards:
        report.is_forwarded = await send_flag(
            session, target, posts, report_id=report.id, comment=complaint.comment
        )
    return report


async def send_flag(
    session: AsyncSession,
    target: Actor,
    posts: Sequence[Post],
    *,
    report_id: int,
    comment: str,
) -> bool:
    """Tell a complaint to its target's server, by the instance: who complains stays here.

    Tells whether it goes out: not for who lives here, nor to a host that we do not talk to.
    """
    if target.is_local:
        return False
    instance = await get_instance_actor(session)
    flag = build_flag(
        id=numbered_id(instance.uri, report_id),
        actor_uri=instance.uri,
        target_uri=target.uri,
        post_uris=[post.uri for post in posts],
        comment=comment,
    )
    # No proof: a complaint is for one server's moderators, and nobody passes it on.
    sent = await publish(
        session,
        instance,
        flag,
        inboxes=inboxes_of([target]),
        signs=False,
        is_clinical=any(stays_clinical(post) for post in posts),
        about=target.uri,
    )
    return sent is not None
