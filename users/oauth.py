"""The token endpoint: codes, devices, refresh tokens and apps' own secrets become bearer tokens.

Specs: RFC 6749, RFC 7636 (PKCE), RFC 8628 (devices), RFC 7009 (revocation).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from core.clock import now
from db.session import AsyncSession, Database
from users import queries
from users.apps import prove_app
from users.devices import DEVICE_CODE_GRANT, token_for_device
from users.models import OAuthApp, OAuthCode
from users.refusals import OAuthRefusal
from users.scopes import OFFLINE_ACCESS, parse_scopes, within
from users.secret import digest, same
from users.tokens import (
    IssuedToken,
    issue_to_person,
    issue_token,
    refresh_token,
    revoke_token,
)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """The form of POST /oauth/token; what was not sent is None."""

    grant_type: str | None
    client_id: str | None
    client_secret: str | None
    redirect_uri: str | None = None
    code: str | None = None
    code_verifier: str | None = None
    scope: str | None = None
    refresh_token: str | None = None
    device_code: str | None = None


async def issue(database: Database, request: TokenRequest) -> IssuedToken:
    """Answer the token endpoint; raises OAuthRefusal.

    The password and implicit grants do not exist (I05).
    """
    if not request.grant_type:
        raise OAuthRefusal("invalid_request", "Missing required parameter: grant_type.")
    grant = GRANTS.get(request.grant_type)
    if grant is None:
        raise OAuthRefusal("unsupported_grant_type")
    async with database.transaction() as session:
        app = await prove_app(session, request.client_id, request.client_secret)
        issued = await grant(session, app, request)
    # Raised only here: what was noted about a refusal, as the end of a token, must be committed.
    if isinstance(issued, OAuthRefusal):
        raise issued
    return issued


async def revoke(database: Database, *, bearer: str, client_id: str, client_secret: str) -> None:
    """End a token at the wish of its own app; raises OAuthRefusal for an app that is not itself."""
    async with database.transaction() as session:
        try:
            app = await prove_app(session, client_id, client_secret)
        except OAuthRefusal as refusal:
            raise OAuthRefusal("unauthorized_client") from refusal
        await revoke_token(session, bearer, app)


async def _for_app(
    session: AsyncSession, app: OAuthApp, request: TokenRequest
) -> IssuedToken | OAuthRefusal:
    asked = parse_scopes(request.scope)
    if not within(asked, app.scopes.split()):
        return OAuthRefusal("invalid_scope")
    # There is nobody who could be away: an app asks again with its secret (RFC 6749 §4.4.3).
    scopes = " ".join(scope for scope in asked if scope != OFFLINE_ACCESS)
    if not scopes:
        return OAuthRefusal("invalid_scope")
    bearer = await issue_token(session, user=None, app=app, scopes=scopes)
    return IssuedToken(bearer, scopes, now())


async def _for_code(
    session: AsyncSession, app: OAuthApp, request: TokenRequest
) -> IssuedToken | OAuthRefusal:
    code_hash = digest(request.code or "")
    code = await queries.use_code(session, code_hash)
    if code is None:
        await queries.revoke_tokens_of_code(session, code_hash)
        return OAuthRefusal("invalid_grant")
    user = await queries.find_user(session, code.user_id)
    if user is None or not user.may_sign_in or not _is_theirs(code, app, request):
        return OAuthRefusal("invalid_grant")
    return await issue_to_person(session, user, app, scopes=code.scopes, code_hash=code_hash)


async def _for_refresh_token(
    session: AsyncSession, app: OAuthApp, request: TokenRequest
) -> IssuedToken | OAuthRefusal:
    return await refresh_token(session, app, request.refresh_token or "", request.scope)


async def _for_device(
    session: AsyncSession, app: OAuthApp, request: TokenRequest
) -> IssuedToken | OAuthRefusal:
    return await token_for_device(session, app, request.device_code or "")


Grant = Callable[
    [AsyncSession, OAuthApp, TokenRequest], Awaitable[IssuedToken | OAuthRefusal]
]
GRANTS: Mapping[str, Grant] = {
    "authorization_code": _for_code,
    "client_credentials": _for_app,
    "refresh_token": _for_refresh_token,
    DEVICE_CODE_GRANT: _for_device,
}


def _is_theirs(code: OAuthCode, app: OAuthApp, request: TokenRequest) -> bool:
    """Tell whether a code is fresh, this app's, for this address and verifier (I02)."""
    if code.expires_at <= now() or code.app_id != app.id:
        return False
    if code.redirect_uri != request.redirect_uri:
        return False
    if code.challenge is None:
        # RFC 9700 §2.1.1: a verifier without a challenge is a downgrade attack.
        return request.code_verifier is None
    hashed = hashlib.sha256((request.code_verifier or "").encode()).digest()
    return same(base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(), code.challenge)
