"""Block: somebody here wants to hear of somebody no more, and not to be heard by them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from actors.blocks import find_block, save_block
from actors.models import Actor, Block
from core.clock import now
from core.errors import Forbidden
from federation.documents.activity import write_activity
from federation.documents.lenient import JsonObject
from notifications.notify import forget_between
from outbox.ids import fresh_id
from outbox.models import Priority
from outbox.publish import publish
from outbox.recipients import own_inboxes_of
from posts.timelines import clear_home


def build_block(
    *, id: str, blocker_uri: str, blocked_uri: str, published: datetime | None = None
) -> JsonObject:
    """Build a Block."""
    return write_activity(
        id=id,
        type="Block",
        actor=blocker_uri,
        object=blocked_uri,
        to=[blocked_uri],
        published=published,
    )


async def send_block(session: AsyncSession, blocker: Actor, blocked: Actor) -> Block:
    """Block somebody: follows and requests end in both directions, timelines are cleared."""
    if blocker.id == blocked.id:
        raise Forbidden("This action is not allowed")
    known = await find_block(session, blocker.id, blocked.id)
    uri = known.uri if known is not None else fresh_id(blocker.uri)
    block = await save_block(session, blocker, blocked, uri=uri)
    await _part(session, blocker, blocked)
    if blocked.is_local:
        await _part(session, blocked, blocker)
        return block
    await publish(
        session,
        blocker,
        build_block(
            id=uri, blocker_uri=blocker.uri, blocked_uri=blocked.uri, published=now()
        ),
        inboxes=own_inboxes_of([blocked]),
        priority=Priority.ANSWER,
    )
    return block


async def _part(session: AsyncSession, owner: Actor, other: Actor) -> None:
    """Take out of what somebody here sees all that came from another."""
    await clear_home(session, owner.id, other.id)
    await forget_between(session, owner.id, other.id)
