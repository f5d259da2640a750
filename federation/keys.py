"""Keys: RSA for HTTP signatures, Ed25519 (FEP-521a Multikey) for proofs. All of it is blocking."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import base58
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from core.errors import InvalidDocument

RSA_BITS = 2048
MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
MAX_PEM_LENGTH = 8192
_ED25519_CODE = b"\xed\x01"


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key: `public` is PEM (RSA) or multibase (Ed25519), `private` PEM or 32 raw bytes."""

    public: str
    private: bytes


def generate_rsa() -> KeyPair:
    """Make an RSA-2048 key; takes up to a second: never on the event loop."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(public.decode(), private)


def generate_ed25519() -> KeyPair:
    """Make an Ed25519 key."""
    key = ed25519.Ed25519PrivateKey.generate()
    return KeyPair(write_multikey(key.public_key().public_bytes_raw()), key.private_bytes_raw())


def write_multikey(raw: bytes) -> str:
    """Encode 32 public bytes as a multibase Multikey (`z6Mk…`)."""
    return "z" + base58.b58encode(_ED25519_CODE + raw).decode()


@lru_cache(maxsize=4096)
def load_multikey(multibase: str) -> ed25519.Ed25519PublicKey:
    """Parse an Ed25519 Multikey; raises InvalidDocument for any other kind."""
    if not multibase.startswith("z") or len(multibase) > 100:
        raise InvalidDocument("the key is no base58 Multikey")
    try:
        raw = base58.b58decode(multibase[1:])
        if raw[:2] != _ED25519_CODE:
            raise InvalidDocument("the key is no Ed25519 Multikey")
        return ed25519.Ed25519PublicKey.from_public_bytes(raw[2:])
    except ValueError as error:
        raise InvalidDocument("the Multikey cannot be read") from error


@lru_cache(maxsize=4096)
def load_public_pem(pem: str) -> rsa.RSAPublicKey:
    """Parse an RSA public key, SPKI or PKCS#1, of 2048 to 8192 bits.

    Raises InvalidDocument for other kinds, sizes, weak exponents and endless texts.
    """
    if len(pem) > MAX_PEM_LENGTH:
        raise InvalidDocument("the key is longer than 8 KB")
    try:
        key = load_pem_public_key(pem.strip().encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidDocument("the key's PEM cannot be read") from error
    if not isinstance(key, rsa.RSAPublicKey) or not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise InvalidDocument("the key is no RSA key of 2048 to 8192 bits")
    if key.public_numbers().e < 3:
        raise InvalidDocument("the key's exponent is too small")
    return key


@lru_cache(maxsize=1024)
def load_private_pem(pem: bytes) -> rsa.RSAPrivateKey:
    """Parse one of our own RSA keys."""
    key = load_pem_private_key(pem, password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


@lru_cache(maxsize=1024)
def load_ed25519(raw: bytes) -> ed25519.Ed25519PrivateKey:
    """Parse one of our own Ed25519 keys."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(raw)


def sign_rsa(private_pem: bytes, message: bytes) -> bytes:
    """Sign by RSASSA-PKCS1-v1_5 with SHA-256; releases the GIL."""
    return load_private_pem(private_pem).sign(message, PKCS1v15(), SHA256())


def verify_rsa(public_pem: str, signature: bytes, message: bytes) -> bool:
    """Tell whether an RSASSA-PKCS1-v1_5 SHA-256 signature is that key's."""
    try:
        load_public_pem(public_pem).verify(signature, message, PKCS1v15(), SHA256())
    except (InvalidSignature, InvalidDocument):
        return False
    return True


def verify_ed25519(multibase: str, signature: bytes, message: bytes) -> bool:
    """Tell whether an Ed25519 signature is that key's."""
    try:
        load_multikey(multibase).verify(signature, message)
    except (InvalidSignature, InvalidDocument):
        return False
    return True
