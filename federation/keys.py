"""Keys: RSA for HTTP signatures, Ed25519 (FEP-521a Multikey) for proofs. All of it is blocking."""

from __future__ import annotations

import base64
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
MAX_MULTIBASE_LENGTH = 1600
# Multicodec: ed25519-pub and rsa-pub, as varints.
_ED25519_CODE, _RSA_CODE = b"\xed\x01", b"\x85\x24"
PublicKey = rsa.RSAPublicKey | ed25519.Ed25519PublicKey


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
def load_public(text: str) -> PublicKey:
    """Parse a public key: an RSA one as PEM, an RSA or Ed25519 one as Multikey (FEP-521a).

    Raises InvalidDocument for every other kind.
    """
    if not text.startswith("z"):
        return load_public_pem(text)
    if len(text) > MAX_MULTIBASE_LENGTH:
        raise InvalidDocument("the Multikey is too long")
    try:
        raw = base58.b58decode(text[1:])
        if raw[:2] == _ED25519_CODE:
            return ed25519.Ed25519PublicKey.from_public_bytes(raw[2:])
    except ValueError as error:
        raise InvalidDocument("the Multikey cannot be read") from error
    if raw[:2] != _RSA_CODE:
        raise InvalidDocument("the Multikey is of another kind")
    # A Multikey holds the bytes that stand between the lines of a PKCS#1 PEM.
    inner = base64.encodebytes(raw[2:]).decode()
    return load_public_pem(
        f"-----BEGIN RSA PUBLIC KEY-----\n{inner}-----END RSA PUBLIC KEY-----\n"
    )


def is_ed25519(public_key: str) -> bool:
    """Tell whether a public key, PEM or multibase, is an Ed25519 one; False for what is no key."""
    try:
        return isinstance(load_public(public_key), ed25519.Ed25519PublicKey)
    except InvalidDocument:
        return False


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


def sign_ed25519(private: bytes, message: bytes) -> bytes:
    """Sign by Ed25519 with a key of 32 raw bytes; takes some 30 µs, less than a thread's trip."""
    return load_ed25519(private).sign(message)


def verify_with(public_key: str, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature is that key's: RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519."""
    try:
        key = load_public(public_key)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, PKCS1v15(), SHA256())
        else:
            key.verify(signature, message)
    except (InvalidSignature, InvalidDocument):
        return False
    return True


def verify_ed25519(multibase: str, signature: bytes, message: bytes) -> bool:
    """Tell whether an Ed25519 signature is that key's."""
    return is_ed25519(multibase) and verify_with(multibase, signature, message)
