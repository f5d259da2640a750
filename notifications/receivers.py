"""What a program says of where it wants to be woken: checked before anything is kept or dialled."""

from __future__ import annotations

from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from core.errors import HostRefused, InvalidDocument, InvalidInput
from db.session import AsyncSession, settings_of
from federation.addresses import AddressGate
from federation.origin import origin_of
from federation.uris import local_uris
from notifications.subscriptions import may_push_to, uses_push_service
from notifications.vapid import decode, encode

POINT_BYTES, SECRET_BYTES = 65, 16
_TOO_LONG = 200
_NOT_USED = "Validation failed: this instance does not use that push service"


async def check_endpoint(session: AsyncSession, endpoint: str) -> None:
    """Refuse an address to which nothing may be sent; raises InvalidInput.

    What is sent is judged anew each time, with the address that the name leads to then.
    """
    settings = settings_of(session)
    try:
        scheme, host = origin_of(endpoint)
        parts = urlsplit(endpoint)
        port = parts.port or (443 if scheme == "https" else 80)
        AddressGate.of(settings).check_host(parts.hostname or "", port, scheme)
    except (InvalidDocument, HostRefused) as error:
        raise InvalidInput(
            "Validation failed: endpoint is no https address of a push service"
        ) from error
    if not endpoint.isascii() or host == local_uris(settings).host:
        raise InvalidInput("Validation failed: endpoint is no https address of a push service")
    if not uses_push_service(settings, host):
        used = ", ".join(settings.push_hosts) or "none"
        raise InvalidInput(f"{_NOT_USED}, only these: {used}")
    if not await may_push_to(session, endpoint):
        raise InvalidInput(_NOT_USED)


def read_keys(p256dh: str, auth: str) -> tuple[str, str]:
    """Read a program's public key and secret, and return them in one form; raises InvalidInput."""
    try:
        point, secret = decode(p256dh[:_TOO_LONG]), decode(auth[:_TOO_LONG])
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise InvalidInput("Validation failed: keys cannot be read") from error
    if len(point) != POINT_BYTES or len(secret) != SECRET_BYTES:
        raise InvalidInput("Validation failed: keys are not those of a push subscription")
    return encode(point), encode(secret)
