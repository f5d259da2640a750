"""What OAuth says no with: the codes of RFC 6749 §5.2, in the words Mastodon's clients know."""

from __future__ import annotations

from core.errors import PermanentError

_WORDS = {
    "invalid_request": "The request is missing a required parameter, includes an unsupported "
    "parameter value, or is otherwise malformed.",
    "invalid_client": "Client authentication failed due to unknown client, no client "
    "authentication included, or unsupported authentication method.",
    "invalid_grant": "The provided authorization grant is invalid, expired, revoked, does not "
    "match the redirection URI used in the authorization request, or was issued to another "
    "client.",
    "invalid_scope": "The requested scope is invalid, unknown, or malformed.",
    "unsupported_grant_type": "The authorization grant type is not supported by the "
    "authorization server.",
    "unsupported_response_type": "The authorization server does not support this response type.",
    "unauthorized_client": "You are not authorized to revoke this token",
    # RFC 8628 §3.5
    "authorization_pending": "The authorization request is still pending.",
    "slow_down": "The device asks too often: wait five seconds longer each time.",
    "expired_token": "The device code has expired.",
    # OpenID Connect Core 1.0 §3.1.2.6
    "interaction_required": "The person must be asked, and the request forbids it.",
    "access_denied": "The resource owner or authorization server denied the request.",
}
_STATUSES = {"invalid_client": 401, "unauthorized_client": 403}


class OAuthRefusal(PermanentError):
    """A refused OAuth request: `code` for the program, `status` for the door, text for people."""

    def __init__(self, code: str, description: str | None = None) -> None:
        self.code = code
        self.status = _STATUSES.get(code, 400)
        self.description = description or _WORDS[code]
        super().__init__(self.description)
