"""The token endpoint: codes and client credentials become bearer tokens (RFC 6749, RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from core.clock import now
from db.session import AsyncSession, Database
from users import queries
from users.apps import prove_app
from users.models import OAuthApp, OAuthCode
from users.refusals import OAuthRefusal
from users.scopes import parse_scopes, within
from users.secret import digest, same
from users.tokens import issue_token, revoke_token


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


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh token, readable this once."""

    bearer: str
    scopes: str
    created_at: datetime


async def issue(database: Database, request: TokenRequest) -> IssuedToken:
    """Answer the token endpoint; raises OAuthRefusal.

    The password and implicit grants do not exist (I05).
    """
    if not request.grant_type:
        raise OAuthRefusal("invalid_request", "Missing required parameter: grant_type.")
    if request.grant_type not in {"authorization_code", "client_credentials"}:
        raise OAuthRefusal("unsupported_grant_type")
    async with database.transaction() as session:
        app = await prove_app(session, request.client_id, request.client_secret)
        if request.grant_type == "client_credentials":
            return await _for_app(session, app, request.scope)
        issued = await _for_code(session, app, request)
    # Raised only here: marking the code, and revoking what it gave before, must be committed.
    if issued is None:
        raise OAuthRefusal("invalid_grant")
    return issued


async def revoke(database: Database, *, bearer: str, client_id: str, client_secret: str) -> None:
    """End a token at the wish of its own app; raises OAuthRefusal for an app that is not itself."""
    async with database.transaction() as session:
        try:
            app = await prove_app(session, client_id, client_secret)
        except OAuthRefusal as refusal:
            raise OAuthRefusal("unauthorized_client") from refusal
        await revoke_token(session, bearer, app)


async def _for_app(session: AsyncSession, app: OAuthApp, scope: str | None) -> IssuedToken:
    asked = parse_scopes(scope)
    if not within(asked, app.scopes.split()):
        raise OAuthRefusal("invalid_scope")
    scopes = " ".join(asked)
    bearer = await issue_token(session, user=None, app=app, scopes=scopes)
    return IssuedToken(bearer, scopes, now())


async def _for_code(
    session: AsyncSession, app: OAuthApp, request: TokenRequest
) -> IssuedToken | None:
    code_hash = digest(request.code or "")
    code = await queries.use_code(session, code_hash)
    if code is None:
        await queries.revoke_tokens_of_code(session, code_hash)
        return None
    user = await queries.find_user(session, code.user_id)
    if user is None or not user.may_sign_in or not _is_theirs(code, app, request):
        return None
    bearer = await issue_token(
        session, user=user, app=app, scopes=code.scopes, code_hash=code_hash
    )
    return IssuedToken(bearer, code.scopes, now())


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
