"""Browsers that are signed in: a server-side session, its CSRF token, and what hangs on it.

Each session has an access token whose secret nobody was told: the browser's live stream and its
push messages are bound to that, and end with the session as a program's end with its token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlmodel import col

from actors.models import Actor
from core.clock import now
from core.logging import get_logger
from db.session import AsyncSession, Database
from users import queries
from users.models import AccessToken, User, WebSession
from users.secret import digest, new_secret, same

log = get_logger(__name__)
SESSION_LENGTH = timedelta(days=14)
# Writing down each page that is read would make a write of every read.
SEEN_EVERY = timedelta(minutes=5)
SCOPES = "read push"
# At the end of the secret of a browser that keeps it after it was closed. The session may get a new
# secret (`renew`), and nothing else tells how long the browser is to keep that.
_LASTING = "."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser's session with its person and the actor that acts for them."""

    web_session: WebSession
    user: User
    actor: Actor

    @property
    def is_seen_due(self) -> bool:
        """Whether it was last noted long ago that this browser is in use."""
        return self.web_session.last_seen_at <= now() - SEEN_EVERY


async def sign_in(
    session: AsyncSession,
    user: User,
    *,
    device: str = "",
    address: str = "",
    is_lasting: bool = False,
) -> tuple[str, WebSession]:
    """Begin a session; returns the cookie's secret, new at every sign-in (I10), and the row.

    `device` and `address` are shown to its person; `is_lasting` is whether the browser is to keep
    the secret when it is closed.
    """
    secret, ends_at = _new_secret(is_lasting=is_lasting), now() + SESSION_LENGTH
    token = AccessToken(
        # Of a secret that nobody has.
        token_hash=digest(new_secret()),
        user_id=user.id,
        scopes=SCOPES,
        expires_at=ends_at,
    )
    session.add(token)
    await session.flush()
    row = WebSession(
        session_hash=digest(secret),
        user_id=user.id,
        token_id=token.id,
        csrf_token=new_secret(),
        device=device,
        address=address,
        expires_at=ends_at,
    )
    session.add(row)
    return secret, row


def lasts(secret: str) -> bool:
    """Tell whether a browser keeps this secret when it is closed."""
    return secret.endswith(_LASTING)


async def renew(session: AsyncSession, browser: SignedIn, secret: str) -> str:
    """Give a session another secret in place of `secret`, and its forms another token (I10).

    The streams and pushes of the browser go on.
    """
    fresh = _new_secret(is_lasting=lasts(secret))
    statement = (
        update(WebSession)
        .where(col(WebSession.session_hash) == browser.web_session.session_hash)
        .values(session_hash=digest(fresh), csrf_token=new_secret())
    )
    await session.execute(statement.execution_options(synchronize_session=False))
    return fresh


def _new_secret(*, is_lasting: bool) -> str:
    return new_secret() + (_LASTING if is_lasting else "")


async def find_session(session: AsyncSession, secret: str | None) -> SignedIn | None:
    """Return whose browser this is; None for nobody, an old session, or a suspended user."""
    if not secret:
        return None
    row = await queries.find_session_row(session, digest(secret))
    if row is None or not row[1].may_sign_in:
        return None
    return SignedIn(*row)


async def note_seen(database: Database, browser: SignedIn) -> None:
    """Note that a browser is in use; at most every five minutes."""
    row = browser.web_session
    statement = update(WebSession).where(
        col(WebSession.session_hash) == row.session_hash,
        col(WebSession.last_seen_at) <= now() - SEEN_EVERY,
    )
    try:
        async with database.transaction() as session:
            await session.execute(
                statement.values(last_seen_at=now()).execution_options(synchronize_session=False)
            )
    except OperationalError as error:
        # Reading goes on while nothing can be written, as on a full disk.
        log.warning("a visit was not noted", reason=str(error.orig))


async def list_sessions(session: AsyncSession, user_id: int) -> list[WebSession]:
    """Return the browsers in which somebody is signed in, the last seen first."""
    statement = select(WebSession).where(
        col(WebSession.user_id) == user_id, col(WebSession.expires_at) > now()
    )
    newest_first = statement.order_by(
        col(WebSession.last_seen_at).desc(), col(WebSession.session_hash)
    )
    return list((await session.scalars(newest_first)).all())


async def sign_out(session: AsyncSession, secret: str) -> None:
    """End a browser's session on the server."""
    await queries.delete_session_row(session, digest(secret))


async def end_session(session: AsyncSession, user_id: int, session_hash: str) -> bool:
    """Sign somebody out of one of their browsers; tell whether there was such a one."""
    row = await session.get(WebSession, session_hash)
    if row is None or row.user_id != user_id:
        return False
    await queries.delete_session_row(session, session_hash)
    return True


async def end_other_sessions(session: AsyncSession, browser: SignedIn) -> None:
    """Sign somebody out of every browser but this one."""
    row = browser.web_session
    await queries.end_sessions(session, row.user_id, but=row.session_hash)


def is_from_our_page(signed_in: SignedIn, csrf_token: str | None) -> bool:
    """Tell whether a form carries the token of its session (H20)."""
    return bool(csrf_token) and same(signed_in.web_session.csrf_token, csrf_token or "")
