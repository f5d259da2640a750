"""A request as its signer saw it, with the body digest that signatures rest on."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cached_property

from core.errors import InvalidDocument, Unauthenticated


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


_ONCE = frozenset({"signature", "digest", "date", "host", "content-type", "content-length"})


def digest_header(body: bytes) -> str:
    """Return the Digest header of a body: `SHA-256=…`."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()


def digest_matches(header: str, body: bytes) -> bool:
    """Tell whether a Digest header holds the body's SHA-256; its name's case does not matter.

    Other algorithms beside it are not looked at; without SHA-256 it does not match (A07).
    """
    expected = digest_header(body).partition("=")[2]
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name.strip().lower() == "sha-256":
            return value.strip() == expected
    return False
