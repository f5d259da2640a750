"""Pages that say what went wrong, what was kept, what to do; never what we hold."""

from __future__ import annotations

from quart import Request, Response
from werkzeug.exceptions import HTTPException

from core.errors import (
    Forbidden,
    Gone,
    InvalidInput,
    NotFound,
    ServerError,
    TemporaryError,
    TooLarge,
)
from users.limits import TooManyAttempts
from web.visit import Visit

_STATUSES: tuple[tuple[type[ServerError], int], ...] = (
    (NotFound, 404),
    (Gone, 404),
    (Forbidden, 403),
    (TooLarge, 413),
    (InvalidInput, 422),
    (TooManyAttempts, 429),
    (TemporaryError, 503),
)


def error_page(visit: Visit, error: ServerError | HTTPException) -> Response:
    """Answer an error with its page."""
    return visit.page("error.html", status=status_of(error))


def status_of(error: ServerError | HTTPException) -> int:
    """Return the status of an error: the first row that fits decides."""
    if isinstance(error, HTTPException):
        return error.code or 500
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 404)


def wants_page(request: Request) -> bool:
    """Tell whether a person is reading, rather than a program."""
    accepted = request.accept_mimetypes
    return accepted.best_match(["application/json", "text/html"], "") == "text/html"
