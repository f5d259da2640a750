"""Asking a person whether a program may act for them: the first half of the code grant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from core.clock import now
from core.errors import InvalidInput
from db.session import AsyncSession
from users import queries
from users.apps import OUT_OF_BAND
from users.models import OAuthApp, OAuthCode, User
from users.refusals import OAuthRefusal
from users.scopes import parse_scopes, within
from users.secret import digest, new_secret

CODE_LENGTH = timedelta(minutes=10)
MAX_STATE_LENGTH = 2000
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class AuthorisationRequest:
    """What a program asks for, checked; `challenge` is a PKCE S256 challenge or None."""

    app: OAuthApp
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    challenge: str | None

    @property
    def is_out_of_band(self) -> bool:
        """Whether the code is shown to the person instead of being sent to the program."""
        return self.redirect_uri == OUT_OF_BAND

    def answer(self, **parameters: str) -> str:
        """Return the address to send the browser to, with `code=…` or `error=…` and the state."""
        if self.state is not None:
            parameters["state"] = self.state
        joint = "&" if "?" in self.redirect_uri else "?"
        return self.redirect_uri + joint + urlencode(parameters)


class AuthorisationRefused(OAuthRefusal):
    """A request that is refused, of a program whose address is known: `location` tells it."""

    def __init__(self, code: str, request: AuthorisationRequest) -> None:
        super().__init__(code)
        self.location = request.answer(error=code, error_description=self.description)


async def start_authorisation(
    session: AsyncSession, params: Mapping[str, str]
) -> AuthorisationRequest:
    """Check the query of /oauth/authorize.

    Raises InvalidInput where the program or its address cannot be trusted: show an error page and
    send nobody anywhere (I01). Raises AuthorisationRefused for the rest: the program may be told,
    unless the request is out of band.
    """
    app = await queries.find_app(session, params.get("client_id", ""))
    if app is None:
        raise InvalidInput("This program is not known here.")
    redirect_uri = params.get("redirect_uri", "")
    if redirect_uri not in app.redirect_uris:
        raise InvalidInput("The redirect uri included is not valid.")
    state = params.get("state")
    if state is not None and len(state) > MAX_STATE_LENGTH:
        raise InvalidInput("The state is too long.")
    request = AuthorisationRequest(app, redirect_uri, (), state, None)
    if params.get("response_type") != "code":
        raise AuthorisationRefused("unsupported_response_type", request)
    if "none" in params.get("prompt", "").split():
        # Nobody is let in without being asked, whatever was granted before (I15).
        raise AuthorisationRefused("interaction_required", request)
    return AuthorisationRequest(
        app, redirect_uri, _scopes(params, request), state, _challenge(params, request)
    )


def _scopes(params: Mapping[str, str], request: AuthorisationRequest) -> tuple[str, ...]:
    try:
        asked = parse_scopes(params.get("scope"))
    except OAuthRefusal as refusal:
        raise AuthorisationRefused("invalid_scope", request) from refusal
    if not within(asked, request.app.scopes.split()):
        raise AuthorisationRefused("invalid_scope", request)
    return asked


def _challenge(params: Mapping[str, str], request: AuthorisationRequest) -> str | None:
    given = params.get("code_challenge")
    if not given:
        return None
    # The default of RFC 7636 is "plain", which protects nothing: only S256 is taken.
    if params.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(given):
        raise AuthorisationRefused("invalid_request", request)
    return given


async def grant_authorisation(
    session: AsyncSession, request: AuthorisationRequest, user: User
) -> str:
    """Save and return a code: the person said yes. It lives ten minutes and works once."""
    if not user.may_sign_in:
        raise AuthorisationRefused("access_denied", request)
    code = new_secret()
    session.add(
        OAuthCode(
            code_hash=digest(code),
            app_id=request.app.id,
            user_id=user.id,
            redirect_uri=request.redirect_uri,
            scopes=" ".join(request.scopes),
            challenge=request.challenge,
            expires_at=now() + CODE_LENGTH,
        )
    )
    return code
