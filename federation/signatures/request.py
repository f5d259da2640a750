"""A request as its signer saw it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from core.errors import InvalidDocument, Unauthenticated

_ONCE = frozenset(
    {
        "signature",
        "signature-input",
        "digest",
        "content-digest",
        "date",
        "host",
        "content-type",
        "content-length",
    }
)


@dataclass(frozen=True)
class SignedRequest:
    """An incoming request: `target` is the raw path with query, `headers` as received."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @cached_property
    def by_name(self) -> dict[str, str]:
        """Headers by lower-case name; what may be repeated is joined by commas.

        Of those that signatures rest on, raises Unauthenticated when one comes twice (A06, A14),
        InvalidDocument when one holds other than printable ASCII (A38).
        """
        found: dict[str, str] = {}
        for raw_name, value in self.headers:
            name = raw_name.lower()
            if name in found and name in _ONCE:
                raise Unauthenticated(f"the header {name} comes twice")
            if name in _ONCE and not (value.isascii() and value.isprintable()):
                raise InvalidDocument(f"the header {name} holds characters that it may not")
            found[name] = f"{found[name]}, {value}" if name in found else value
        return found


def target_of(url: str) -> str:
    """Return what a request for an address asks its server for: path and query."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
