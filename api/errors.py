"""Errors of the house in Mastodon's words: a status, and `{"error": …}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import (
    FetchFailed,
    Forbidden,
    Gone,
    HostRefused,
    InvalidDocument,
    InvalidInput,
    NotFound,
    PermanentError,
    ServerError,
    TemporaryError,
    Unauthenticated,
    Untrusted,
)
from media.store import StoreFull
from users.limits import TooManyAttempts
from users.refusals import OAuthRefusal

INVALID_TOKEN = "The access token is invalid"
EXPIRED_TOKEN = "The access token expired"
REVOKED_TOKEN = "The access token was revoked"
NEEDS_USER = "This method requires an authenticated user"
OUT_OF_SCOPE = "This action is outside the authorized scopes"
DISABLED = "Your login is currently disabled"
UNCONFIRMED = "Your login is missing a confirmed e-mail address"
PENDING = "Your login is currently pending approval"
NOT_FOUND = "Record not found"
FORBIDDEN = "This action is not allowed"
UNREACHABLE = "Remote data could not be fetched"
BUSY = "There was a temporary problem serving your request, please try again"


class ApiError(PermanentError):
    """An answer that only this door gives: its status and its text."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a client is told: `error` for programs or people, `description` only for OAuth."""

    status: int
    error: str
    description: str | None = None

    def body(self) -> dict[str, Any]:
        """Return the JSON of the answer."""
        shown: dict[str, Any] = {"error": self.error}
        if self.description is not None:
            shown["error_description"] = self.description
        if self.status == 422:
            # The text names what is wrong; some clients insist on the key all the same.
            shown["details"] = {}
        return shown


# The first row that fits decides; rows without a text show the error's own words.
_ANSWERS: tuple[tuple[type[ServerError], int, str | None], ...] = (
    (NotFound, 404, NOT_FOUND),
    (Gone, 404, NOT_FOUND),
    (Unauthenticated, 401, INVALID_TOKEN),
    (Forbidden, 403, FORBIDDEN),
    (InvalidInput, 422, None),
    (HostRefused, 422, "This instance does not talk to that one"),
    (InvalidDocument, 422, "Validation failed: what was given cannot be read"),
    (Untrusted, 422, UNREACHABLE),
    (FetchFailed, 422, UNREACHABLE),
    (StoreFull, 507, "There is no room for files at the moment"),
    (TemporaryError, 503, BUSY),
)


def refusal_of(error: ServerError) -> Refusal:
    """Return what a client is told about an error; never what we hold, never a stack."""
    if isinstance(error, ApiError):
        return Refusal(error.status, str(error))
    if isinstance(error, OAuthRefusal):
        return Refusal(error.status, error.code, error.description)
    if isinstance(error, TooManyAttempts):
        return Refusal(429, "Too many requests")
    for kind, status, text in _ANSWERS:
        if isinstance(error, kind):
            return Refusal(status, text or str(error))
    return Refusal(422, UNREACHABLE)
