"""Bearer tokens: issued once, kept as a hash, looked up with one query; some are refreshed.

A token of a program that asked for `offline_access` lives an hour and has a refresh token beside
it. Both belong to one family, begun when the person said yes; the access token's row is kept
through its refreshments, as a push subscription hangs on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError

from actors.models import Actor
from core.clock import now
from core.ids import new_id
from core.logging import get_logger
from db.session import AsyncSession, Database
from users import queries
from users.models import AccessToken, OAuthApp, RefreshToken, User
from users.refusals import OAuthRefusal
from users.scopes import OFFLINE_ACCESS, parse_scopes, within
from users.secret import digest, new_secret

log = get_logger(__name__)
MAX_TOKEN_LENGTH = 200
ACCESS_LENGTH = timedelta(hours=1)
REFRESH_LENGTH = timedelta(days=90)
# Writing down each use would make a write of every read.
USE_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token that exists; `user` and `actor` are None for an app's own token."""

    token: AccessToken
    user: User | None
    actor: Actor | None

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the token may do."""
        return tuple(self.token.scopes.split())

    @property
    def is_expired(self) -> bool:
        """Whether the token is past its time."""
        return self.token.expires_at is not None and self.token.expires_at <= now()

    @property
    def is_use_due(self) -> bool:
        """Whether it was last noted long ago that the token is used."""
        last = self.token.last_used_at
        return last is None or last <= now() - USE_NOTED_EVERY


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh token, readable this once; the last two are for programs that may refresh it."""

    bearer: str
    scopes: str
    created_at: datetime
    refresh: str | None = None
    lasts: timedelta | None = None


async def issue_token(
    session: AsyncSession,
    *,
    user: User | None,
    app: OAuthApp | None,
    scopes: str,
    code_hash: str | None = None,
    family_id: int | None = None,
) -> str:
    """Save a new token and return it; it cannot be read back. One with a family expires.

    Raises OAuthRefusal for scopes that do not exist.
    """
    bearer, moment = new_secret(), now()
    session.add(
        AccessToken(
            token_hash=digest(bearer),
            user_id=user.id if user else None,
            app_id=app.id if app else None,
            code_hash=code_hash,
            family_id=family_id,
            scopes=" ".join(parse_scopes(scopes)),
            created_at=moment,
            last_used_at=moment,
            expires_at=moment + ACCESS_LENGTH if family_id is not None else None,
        )
    )
    return bearer


async def issue_to_person(
    session: AsyncSession, user: User, app: OAuthApp, *, scopes: str, code_hash: str
) -> IssuedToken:
    """Give a program its token for somebody who said yes; with `offline_access`, both tokens."""
    if OFFLINE_ACCESS not in scopes.split():
        bearer = await issue_token(
            session, user=user, app=app, scopes=scopes, code_hash=code_hash
        )
        return IssuedToken(bearer, scopes, now())
    family_id = new_id()
    bearer = await issue_token(
        session, user=user, app=app, scopes=scopes, code_hash=code_hash, family_id=family_id
    )
    refresh = _add_refresh_token(session, family_id, app_id=app.id, user_id=user.id, scopes=scopes)
    return IssuedToken(bearer, scopes, now(), refresh, ACCESS_LENGTH)


async def refresh_token(
    session: AsyncSession, app: OAuthApp, secret: str, scope: str | None
) -> IssuedToken | OAuthRefusal:
    """Exchange a refresh token for a new pair; the refusal is returned, so that it is committed.

    A second use ends the whole family: one of the two who hold the token stole it, and nobody can
    tell which (RFC 9700 §4.14.2).
    """
    found = await queries.find_refresh_token(session, digest(secret), app.id)
    if found is None:
        return OAuthRefusal("invalid_grant")
    if found.used_at is not None:
        await queries.end_families(session, [found.family_id])
        return OAuthRefusal("invalid_grant")
    user = await queries.find_user(session, found.user_id)
    if found.expires_at <= now() or user is None or not user.may_sign_in:
        return OAuthRefusal("invalid_grant")
    scopes = " ".join(parse_scopes(scope)) if scope else found.scopes
    if not within(scopes.split(), found.scopes.split()):
        return OAuthRefusal("invalid_scope")
    found.used_at = now()
    bearer = new_secret()
    kept = await queries.renew_token(
        session, found.family_id, digest(bearer), scopes=scopes, expires_at=now() + ACCESS_LENGTH
    )
    if not kept:
        return OAuthRefusal("invalid_grant")
    refresh = _add_refresh_token(
        session, found.family_id, app_id=app.id, user_id=user.id, scopes=found.scopes
    )
    return IssuedToken(bearer, scopes, now(), refresh, ACCESS_LENGTH)


def _add_refresh_token(
    session: AsyncSession, family_id: int, *, app_id: int, user_id: int, scopes: str
) -> str:
    secret = new_secret()
    session.add(
        RefreshToken(
            token_hash=digest(secret),
            family_id=family_id,
            app_id=app_id,
            user_id=user_id,
            scopes=scopes,
            expires_at=now() + REFRESH_LENGTH,
        )
    )
    return secret


async def find_token(session: AsyncSession, bearer: str) -> FoundToken | None:
    """Return a token by its secret; revoked and expired ones too, so that the answer can say so."""
    if not bearer or len(bearer) > MAX_TOKEN_LENGTH:
        return None
    row = await queries.find_token_row(session, digest(bearer))
    return None if row is None else FoundToken(*row)


async def note_use(database: Database, found: FoundToken) -> None:
    """Note that a token is in use; at most once an hour."""
    try:
        async with database.transaction() as session:
            await queries.note_token_use(session, found.token.id, before=now() - USE_NOTED_EVERY)
    except OperationalError as error:
        # Reading goes on while nothing can be written, as on a full disk.
        log.warning("the use of a token was not noted", reason=str(error.orig))


async def revoke_token(session: AsyncSession, secret: str, app: OAuthApp) -> None:
    """End a token of this app, with its family; of another app's, or of none, nothing (RFC 7009).

    Either kind of token is found, whatever the program says that it is.
    """
    await queries.revoke_secret(session, digest(secret), app.id)
