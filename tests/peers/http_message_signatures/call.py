"""Asks http-message-signatures for a second opinion: questions on input, answers on output."""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, algorithms

REQUIRED = ("@method", "@target-uri")


@dataclass
class Message:
    method: str
    url: str
    headers: dict = field(default_factory=dict)


@dataclass
class Key:
    """One key, whatever the name it is asked for by."""

    value: object

    def resolve_public_key(self, key_id: str) -> object:
        return self.value

    def resolve_private_key(self, key_id: str) -> object:
        return self.value


def verify(*, key: str, method: str, url: str, headers: dict, body: str | None) -> str:
    """Return the id of the key that a request says it is signed with, once it verifies."""
    is_rsa = key.startswith("-")
    public = load_pem_public_key(key.encode()) if is_rsa else (
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
    )
    verifier = HTTPMessageVerifier(signature_algorithm=_algorithm(is_rsa), key_resolver=Key(public))
    found = verifier.verify(
        Message(method, url, headers),
        require_components=REQUIRED,
        body=base64.b64decode(body) if body is not None else None,
    )
    return found[0].parameters["keyid"]


def sign(
    *, key: str, key_id: str, method: str, url: str, headers: dict, body: str | None, **how: object
) -> dict:
    """Return the headers of a request, signed; `how` is passed on."""
    is_rsa = key.startswith("-")
    private = load_pem_private_key(key.encode(), password=None) if is_rsa else (
        Ed25519PrivateKey.from_private_bytes(base64.b64decode(key))
    )
    signer = HTTPMessageSigner(signature_algorithm=_algorithm(is_rsa), key_resolver=Key(private))
    message = Message(method, url, dict(headers))
    signer.sign(
        message,
        key_id=key_id,
        created=datetime.now(UTC),
        covered_component_ids=REQUIRED,
        body=base64.b64decode(body) if body is not None else None,
        **how,
    )
    return message.headers


def _algorithm(is_rsa: bool) -> type:
    return algorithms.RSA_V1_5_SHA256 if is_rsa else algorithms.ED25519


def answer(question: dict) -> object:
    try:
        return {"verify": verify, "sign": sign}[question.pop("what")](**question)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


print(json.dumps([answer(question) for question in json.load(sys.stdin)]))
