"""A push service on a socket, and devices whose messages it takes: they alone can read them."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fakes.server import Received, Server


class PushService(Server):
    """Takes every message, unless a script says otherwise."""

    def read(self, received: Received) -> web.Response:
        return web.Response(status=201, headers={"location": f"{self.base}/messages/1"})

    async def fetch_key(self, key_id: str) -> str | None:
        return None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Device:
    """A program on somebody's phone: its keys, its address at the push service."""

    def __init__(self, service: PushService, name: str = "phone", *, standard: bool = True):
        self.service = service
        self.path = f"/push/{name}"
        self.endpoint = service.base + self.path
        self.standard = standard
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._auth = os.urandom(16)

    def subscription(self, **endpoint: str) -> dict[str, Any]:
        """Return what its app sends when it subscribes."""
        point = self._key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        return {
            "endpoint": self.endpoint,
            "keys": {"p256dh": encode(point), "auth": encode(self._auth)},
            "standard": self.standard,
        } | endpoint

    @property
    def received(self) -> list[Received]:
        return [one for one in self.service.journal if one.path == self.path]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """What it was told, in the clear."""
        return [self.decrypt(one) for one in self.received]

    def decrypt(self, received: Received) -> dict[str, Any]:
        headers = dict(received.headers)
        encoding = headers["content-encoding"]
        options: dict[str, Any] = {"private_key": self._key, "auth_secret": self._auth}
        if encoding == "aesgcm":
            options["salt"] = decode(headers["encryption"].removeprefix("salt="))
            options["dh"] = decode(parts_of(headers["crypto-key"], ";")["dh"])
        return json.loads(http_ece.decrypt(received.body, version=encoding, **options))


def claims_of(received: Received) -> tuple[dict[str, Any], str]:
    """Return what a request's VAPID token says, and the key with which it proves true."""
    headers = dict(received.headers)
    scheme, _, said = headers["authorization"].partition(" ")
    if scheme == "vapid":
        parts = parts_of(said, ",")
        token, key = parts["t"], parts["k"]
    else:
        assert scheme == "WebPush"
        token, key = said, parts_of(headers["crypto-key"], ";")["p256ecdsa"]
    signed, _, signature = token.rpartition(".")
    header, claims = (json.loads(decode(part)) for part in signed.split("."))
    assert header == {"typ": "JWT", "alg": "ES256"}
    raw = decode(signature)
    numbers = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(key))
    point.verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(SHA256()))
    return claims, key


def parts_of(header: str, divider: str) -> dict[str, str]:
    return dict(part.strip().split("=", 1) for part in header.split(divider))


def encode(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
