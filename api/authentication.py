"""Who calls: a bearer token becomes a Caller, in the words of Mastodon when it does not."""

from __future__ import annotations

from dataclasses import dataclass

from actors.models import Actor
from api import errors
from api.errors import ApiError
from db.session import AsyncSession
from posts.visibility import Viewer, viewer_of
from users.models import AccessToken, User
from users.scopes import covers
from users.tokens import FoundToken, find_token


@dataclass(frozen=True, slots=True)
class Caller:
    """A person who calls through a client program."""

    user: User
    actor: Actor
    viewer: Viewer
    token: AccessToken

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the person let the program do."""
        return tuple(self.token.scopes.split())


def read_bearer(header: str | None) -> str | None:
    """Return the token of `Authorization: Bearer …`; one in the query string is none (I07)."""
    scheme, _, bearer = (header or "").partition(" ")
    return bearer.strip() or None if scheme.lower() == "bearer" else None


async def find_valid_token(session: AsyncSession, bearer: str) -> FoundToken:
    """Return a token that may be used at all; raises ApiError 401 or 403."""
    found = await find_token(session, bearer)
    if found is None:
        raise ApiError(401, errors.INVALID_TOKEN)
    if found.token.revoked_at is not None:
        raise ApiError(401, errors.REVOKED_TOKEN)
    if found.is_expired:
        raise ApiError(401, errors.EXPIRED_TOKEN)
    if found.user is not None:
        _require_able(found.user, found.actor)
    return found


def _require_able(user: User, actor: Actor | None) -> None:
    is_ended = actor is None or actor.deleted_at or actor.suspended_at
    if user.suspended_at is not None or is_ended:
        raise ApiError(403, errors.DISABLED)
    if user.confirmed_at is None:
        raise ApiError(403, errors.UNCONFIRMED)
    if user.approved_at is None:
        raise ApiError(403, errors.PENDING)


def require_scope(found: FoundToken, scopes: tuple[str, ...]) -> None:
    """Demand one of some scopes; none named means that any token will do."""
    if scopes and not any(covers(found.scopes, scope) for scope in scopes):
        raise ApiError(403, errors.OUT_OF_SCOPE)


async def caller_of(session: AsyncSession, found: FoundToken) -> Caller:
    """Return the person of a token; raises ApiError 422 for an app's own token."""
    if found.user is None or found.actor is None:
        raise ApiError(422, errors.NEEDS_USER)
    viewer = await viewer_of(session, found.actor.id)
    return Caller(found.user, found.actor, viewer, found.token)
