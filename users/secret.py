"""Random secrets that are handed out once and kept only as SHA-256."""

from __future__ import annotations

import hashlib
import secrets

_SECRET_BYTES = 32


def new_secret() -> str:
    """Return 43 random characters that are safe in URLs and headers."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def digest(secret: str) -> str:
    """Return what is stored of a secret. A fast hash is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(first: str, second: str) -> bool:
    """Compare two secrets in constant time."""
    return secrets.compare_digest(first.encode(), second.encode())
