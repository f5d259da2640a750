"""An OpenID provider on a socket that does what a test says, right or wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from fakes.server import Received, Server

CLIENT_ID, CLIENT_SECRET = "consilium at lyon", "a secret: 100 % kept, and long enough"


class FakeProvider(Server):
    """Signs everybody on as `subject`; `token` and `info` are changed for a hostile one."""

    def __init__(self) -> None:
        super().__init__()
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.issuer = f"http://127.0.0.1:{self.port}"
        self.subject = "a-1"
        self.token: dict[str, Any] = {}
        self.info: dict[str, Any] = {}
        self.discovery: dict[str, Any] = {}
        self.signs_with: Any = (self.key, "RS256")
        self.key_id: str | None = "one"
        # What the token's header says, where that is not what it was signed with.
        self.says_algorithm: str | None = None
        self.published: list[dict[str, Any]] = [self.jwk()]
        self.asked: dict[str, str] = {}

    def jwk(self, key: Any = None, name: str = "one") -> dict[str, Any]:
        public = (key or self.key).public_key()
        return {**RSAAlgorithm.to_jwk(public, as_dict=True), "kid": name, "use": "sig"}

    def take(self, way_there: str) -> str:
        """Do what a person's browser does there: remember what was asked; return the code."""
        query = parse_qs(urlsplit(way_there).query)
        self.asked = {name: values[0] for name, values in query.items()}
        return "a code"

    def read(self, received: Received) -> web.Response:
        path = urlsplit(received.path).path
        if path.endswith("-configuration"):
            return web.json_response(self._document())
        if path == "/keys":
            return web.json_response({"keys": self.published})
        if path == "/userinfo":
            assert dict(received.headers)["authorization"] == "Bearer for userinfo"
            return web.json_response({"sub": self.subject} | self.info)
        if path == "/token":
            return self._token(received)
        return web.Response(status=404)

    async def fetch_key(self, key_id: str) -> str | None:
        return None

    def _document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=1",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
        } | self.discovery

    def _token(self, received: Received) -> web.Response:
        form = {name: values[0] for name, values in parse_qs(received.body.decode()).items()}
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(form["code_verifier"].encode()).digest()
        )
        if (
            form["code"] != "a code"
            or challenge.decode().rstrip("=") != self.asked["code_challenge"]
            or form["redirect_uri"] != self.asked["redirect_uri"]
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": self.asked["nonce"],
        } | self.token
        claims = {name: value for name, value in claims.items() if value is not None}
        key, algorithm = self.signs_with
        headers = {"kid": self.key_id} if self.key_id else {}
        token = jwt.encode(claims, key, algorithm=algorithm, headers=headers)
        if self.says_algorithm is not None:
            token = _resigned(claims, key, {"alg": self.says_algorithm, **headers})
        return web.json_response(
            {"access_token": "for userinfo", "token_type": "Bearer", "id_token": token}
        )


def _resigned(claims: dict[str, Any], secret: bytes, header: dict[str, Any]) -> str:
    """Return a token that a secret signs, whatever its header says."""
    parts = [_encoded(json.dumps(part).encode()) for part in (header, claims)]
    mac = hmac.new(secret, ".".join(parts).encode(), hashlib.sha256).digest()
    return ".".join([*parts, _encoded(mac)])


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
