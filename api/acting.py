"""Who acts in a transaction: the caller's rows, read again where they may be written."""

from __future__ import annotations

from actors.models import Actor
from actors.queries import get_actor
from api.routing import Call
from core.errors import Unauthenticated
from db.session import AsyncSession
from users.models import User
from users.queries import find_user


async def acting(session: AsyncSession, call: Call) -> Actor:
    """Return the caller's actor in this transaction."""
    return await get_actor(session, call.me.actor.id)


async def acting_user(session: AsyncSession, call: Call) -> User:
    """Return the caller in this transaction."""
    user = await find_user(session, call.me.user.id)
    if user is None:
        raise Unauthenticated("the account has just been deleted")
    return user
