"""The digest of a body, on which signatures rest: `Digest`, and `Content-Digest` (RFC 9530)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

_CONTENT_DIGEST = re.compile(r"[ \t]*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):[ \t]*(,|$)")
_HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


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


def content_digest_header(body: bytes) -> str:
    """Return the Content-Digest header of a body: `sha-256=:…:`."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def content_digest_matches(header: str, body: bytes) -> bool:
    """Tell whether a Content-Digest header is the body's: by SHA-256, SHA-512, or both.

    Algorithms that we do not know are not looked at, a name that comes twice is refused.
    Spec: https://www.rfc-editor.org/rfc/rfc9530#section-2
    """
    position, names, is_known = 0, set(), False
    while position < len(header):
        found = _CONTENT_DIGEST.match(header, position)
        if found is None or found.group(1) in names:
            return False
        name, position = found.group(1), found.end()
        names.add(name)
        if name in _HASHES:
            is_known = True
            if _bytes(found.group(2)) != _HASHES[name](body).digest():
                return False
    return is_known


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None
