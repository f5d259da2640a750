"""Who we are to push services (VAPID, RFC 8292): one P-256 key, derived from the instance's secret.

Nothing is stored: whoever restores the secret has the key, and the subscriptions made for it.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from functools import lru_cache

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.settings import Settings

_PURPOSE = b"consilium web push"
# RFC 8292 allows 24 h; their clocks are not ours.
LASTS = timedelta(hours=12)
_NUMBER_BYTES = 32
# The order of P-256 (FIPS 186-4): a private key is a number below it, and not zero.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SEED_BYTES = 48


def public_key(settings: Settings) -> str:
    """Return the key that programs hand to their push service: an uncompressed point, base64url."""
    return encode(point_of(_private_key(settings).public_key()))


def token(settings: Settings, origin: str, moment: datetime) -> str:
    """Return a signed token that tells a push service (its origin) who sends, for some hours."""
    claims = {
        "aud": origin,
        "exp": int((moment + LASTS).timestamp()),
        "sub": settings.base_url,
    }
    parts = [encode(orjson.dumps(part)) for part in ({"typ": "JWT", "alg": "ES256"}, claims)]
    signed = ".".join(parts)
    der = _private_key(settings).sign(signed.encode(), ec.ECDSA(SHA256()))
    numbers = (number.to_bytes(_NUMBER_BYTES, "big") for number in decode_dss_signature(der))
    return f"{signed}.{encode(b''.join(numbers))}"


def point_of(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as push services and programs write it: 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encode(value: bytes) -> str:
    """Write bytes as base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64, of either alphabet, with padding or without; raises ValueError."""
    plain = text.replace("+", "-").replace("/", "_").rstrip("=")
    return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)


@lru_cache(maxsize=8)
def _private_key(settings: Settings) -> ec.EllipticCurvePrivateKey:
    # More bytes than the number has, so that every number is as likely as another.
    seed = HKDF(SHA256(), _SEED_BYTES, salt=None, info=_PURPOSE).derive(settings.secret)
    number = int.from_bytes(seed, "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())
