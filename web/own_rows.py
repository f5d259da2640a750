"""The rows of who is signed in, read again where they may be written."""

from __future__ import annotations

from actors.models import Actor
from actors.queries import get_actor
from db.session import AsyncSession
from users.models import User
from users.queries import find_user
from web.visit import SignInNeeded, Visit


async def own_rows(session: AsyncSession, visit: Visit) -> tuple[User, Actor]:
    """Return one's own rows as they are in this transaction; raises SignInNeeded."""
    member = visit.require_member()
    user = await find_user(session, member.user.id)
    if user is None:
        raise SignInNeeded(visit.here)
    return user, await get_actor(session, member.actor.id)
