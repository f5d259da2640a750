"""Clients that run in browsers: any origin, never with cookies (security.md §5)."""

from __future__ import annotations

from quart import Response

_METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_EXPOSED = (
    "Link, Mastodon-Async-Refresh, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
    "X-Request-Id"
)
_ALLOWED = "Authorization, Content-Type, Idempotency-Key, Accept, Accept-Language"
_PREFLIGHT_SECONDS = "7200"


def allow_any_origin(response: Response, *, asked_headers: str | None, preflight: bool) -> None:
    """Let scripts of any page read this answer: harmless, as cookies count for nothing here."""
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = _EXPOSED
    if preflight:
        headers["Access-Control-Allow-Methods"] = _METHODS
        headers["Access-Control-Allow-Headers"] = _safe(asked_headers) or _ALLOWED
        headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS


def _safe(asked: str | None) -> str | None:
    fits = asked is not None and len(asked) <= 500
    return asked if fits and all(c.isalnum() or c in "-_, " for c in asked or "") else None
