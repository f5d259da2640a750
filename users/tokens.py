"""Bearer tokens: issued once, kept as a hash, looked up with one query."""

from __future__ import annotations

from dataclasses import dataclass

from actors.models import Actor
from db.session import AsyncSession
from users import queries
from users.models import AccessToken, OAuthApp, User
from users.scopes import parse_scopes
from users.secret import digest, new_secret

MAX_TOKEN_LENGTH = 200


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


async def issue_token(
    session: AsyncSession,
    *,
    user: User | None,
    app: OAuthApp | None,
    scopes: str,
    code_hash: str | None = None,
) -> str:
    """Save a new token and return it; it cannot be read back.

    Raises OAuthRefusal for scopes that do not exist.
    """
    bearer = new_secret()
    session.add(
        AccessToken(
            token_hash=digest(bearer),
            user_id=user.id if user else None,
            app_id=app.id if app else None,
            code_hash=code_hash,
            scopes=" ".join(parse_scopes(scopes)),
        )
    )
    return bearer


async def find_token(session: AsyncSession, bearer: str) -> FoundToken | None:
    """Return a token by its secret; revoked ones too, so that the answer can say so."""
    if not bearer or len(bearer) > MAX_TOKEN_LENGTH:
        return None
    row = await queries.find_token_row(session, digest(bearer))
    return None if row is None else FoundToken(*row)


async def revoke_token(session: AsyncSession, bearer: str, app: OAuthApp) -> None:
    """End a token of this app; a token of another app, or none, changes nothing (RFC 7009)."""
    await queries.revoke_token_row(session, digest(bearer), app.id)
