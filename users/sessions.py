"""Browsers that are signed in: a server-side session, and its CSRF token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from actors.models import Actor
from core.clock import now
from db.session import AsyncSession
from users import queries
from users.models import User, WebSession
from users.secret import digest, new_secret, same

SESSION_LENGTH = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser's session with its person and the actor that acts for them."""

    web_session: WebSession
    user: User
    actor: Actor


async def sign_in(session: AsyncSession, user: User) -> tuple[str, WebSession]:
    """Begin a session; returns the cookie's secret, new at every sign-in (I10), and the row."""
    secret = new_secret()
    row = WebSession(
        session_hash=digest(secret),
        user_id=user.id,
        csrf_token=new_secret(),
        expires_at=now() + SESSION_LENGTH,
    )
    session.add(row)
    return secret, row


async def find_session(session: AsyncSession, secret: str | None) -> SignedIn | None:
    """Return whose browser this is; None for nobody, an old session, or a suspended user."""
    if not secret:
        return None
    row = await queries.find_session_row(session, digest(secret))
    if row is None or not row[1].may_sign_in:
        return None
    return SignedIn(*row)


async def sign_out(session: AsyncSession, secret: str) -> None:
    """End a browser's session on the server."""
    await queries.delete_session_row(session, digest(secret))


def is_from_our_page(signed_in: SignedIn, csrf_token: str | None) -> bool:
    """Tell whether a form carries the token of its session (H20)."""
    return bool(csrf_token) and same(signed_in.web_session.csrf_token, csrf_token or "")
