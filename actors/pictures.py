"""Portraits and banners of the people here."""

from __future__ import annotations

from actors.models import Actor
from core.clock import now
from db.session import AsyncSession, settings_of
from media.links import media_url
from media.models import Media
from media.receive import replace_picture

PURPOSES = ("avatar", "header")


async def set_picture(
    session: AsyncSession, actor: Actor, purpose: str, picture: Media | None
) -> bool:
    """Make a picture somebody's portrait (`avatar`) or banner (`header`); None takes it back.

    The one before is removed. Tells whether anything is different now; telling others is
    `outbox.send_update_actor`, in the same transaction.
    """
    if picture is None and getattr(actor, f"{purpose}_url") is None:
        return False
    await replace_picture(session, actor.id, purpose, picture)
    url = None
    if picture is not None:
        url = media_url(
            settings_of(session), picture.key, open_to_all=True, post_id=None, moment=now()
        )
    setattr(actor, f"{purpose}_url", url)
    setattr(actor, f"{purpose}_media_id", picture.id if picture is not None else None)
    await session.flush()
    return True
