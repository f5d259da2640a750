"""Evidence encrypted under the instance's secret, each piece bound to its own id (AES-GCM)."""

from __future__ import annotations

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_PURPOSE = b"consilium evidence"


class Unreadable(Exception):
    """What is sealed was sealed with another secret, for another id, or was changed."""


def seal(secret: bytes, data: bytes, *, evidence_id: int) -> bytes:
    """Encrypt a piece of evidence; only under its own id it opens again."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(secret).encrypt(nonce, data, _bound_to(evidence_id))


def unseal(secret: bytes, sealed: bytes, *, evidence_id: int) -> bytes:
    """Undo `seal`; raises Unreadable where it cannot."""
    nonce, hidden = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return _cipher(secret).decrypt(nonce, hidden, _bound_to(evidence_id))
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"evidence {evidence_id} does not open") from error


def _bound_to(evidence_id: int) -> bytes:
    return str(evidence_id).encode()


@lru_cache(maxsize=8)
def _cipher(secret: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=_PURPOSE).derive(secret))
