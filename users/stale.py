"""What nobody can use any more: sessions, codes, tickets, tokens and devices that are over.

Forgotten in slices, so that nobody who writes waits long.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select
from sqlmodel import col

from core.clock import now
from db.session import AsyncSession
from users.living import may_be_used
from users.models import (
    AccessToken,
    DeviceGrant,
    OAuthCode,
    RefreshToken,
    SignOn,
    Ticket,
    WebSession,
)

# Rows of each table that are forgotten in one transaction.
FORGOTTEN_AT_ONCE = 500
# A device that asks late is told that its code has expired, not that there never was one.
KEEP_DEVICES = timedelta(hours=1)
# A program that comes back late is told that its token ended, not that there never was one.
KEEP_TOKENS = timedelta(days=30)


async def delete_stale(session: AsyncSession) -> int:
    """Forget some of what is over; return how many rows, 0 when nothing is left to forget.

    Sessions, codes, tickets and refresh tokens go as soon as they ran out, codes when they were
    used, access tokens a month after they ended. A subscription must not hang on a token that is
    over: the notifications room forgets those first.
    """
    moment = now()
    over: tuple[tuple[Any, ColumnElement[bool]], ...] = (
        (WebSession.session_hash, col(WebSession.expires_at) < moment),
        (
            OAuthCode.code_hash,
            or_(col(OAuthCode.expires_at) < moment, col(OAuthCode.used_at).is_not(None)),
        ),
        (Ticket.ticket_hash, col(Ticket.expires_at) < moment),
        (SignOn.state_hash, col(SignOn.expires_at) < moment),
        (RefreshToken.token_hash, col(RefreshToken.expires_at) < moment),
        (DeviceGrant.device_hash, col(DeviceGrant.expires_at) < moment - KEEP_DEVICES),
        (AccessToken.id, _ended_long_ago()),
    )
    return sum([await _forget_some(session, key, which) for key, which in over])


def _ended_long_ago() -> ColumnElement[bool]:
    """Return the condition that a token ended a month ago, and no browser's session hangs on it."""
    then = now() - KEEP_TOKENS
    ended = or_(col(AccessToken.revoked_at) < then, col(AccessToken.expires_at) < then)
    is_held = exists().where(col(WebSession.token_id) == col(AccessToken.id))
    return ended & ~may_be_used() & ~is_held


async def _forget_some(session: AsyncSession, key: Any, which: ColumnElement[bool]) -> int:
    some = select(key).where(which).order_by(key).limit(FORGOTTEN_AT_ONCE)
    gone = await session.execute(
        delete(key.class_)
        .where(key.in_(some))
        .returning(key)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
