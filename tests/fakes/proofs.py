"""eddsa-jcs-2022 and WIRE §5's documents written a second time, apart from ours."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from core.clock import now, wire_time

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BITS = 131_072


def base58(raw: bytes) -> str:
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _ALPHABET[rest] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def unbase58(text: str) -> bytes:
    number = 0
    for character in text:
        number = number * 58 + _ALPHABET.index(character)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" * (len(text) - len(text.lstrip("1"))) + raw


def multibase(key: Ed25519PrivateKey) -> str:
    return "z" + base58(b"\xed\x01" + key.public_key().public_bytes_raw())


def prove(
    document: Mapping[str, Any],
    *,
    key: Ed25519PrivateKey,
    method: str,
    created: datetime | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Return the document with a proof; `more` replaces or adds proof options."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": wire_time(created or now()),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        **more,
    }
    if "@context" in document:
        options = {"@context": document["@context"], **options}
    value = "z" + base58(key.sign(digest(options, document)))
    return {**document, "proof": {**options, "proofValue": value}}


def is_proven(document: Mapping[str, Any], public: str) -> bool:
    """Tell whether a document's proof is by the key of this multibase value."""
    unsigned = dict(document)
    options = dict(unsigned.pop("proof"))
    value = options.pop("proofValue")
    key = Ed25519PublicKey.from_public_bytes(unbase58(public[1:])[2:])
    try:
        key.verify(unbase58(value[1:]), digest(options, unsigned))
    except InvalidSignature:
        return False
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", options["created"]) is not None


def digest(options: Mapping[str, Any], document: Mapping[str, Any]) -> bytes:
    parts = (rfc8785.dumps(dict(part)) for part in (options, document))
    return b"".join(hashlib.sha256(part).digest() for part in parts)


def credential(
    *, uri: str, issuer: str, subject: str, status_list: str, index: int, **changes: Any
) -> dict[str, Any]:
    """Write a credential of WIRE §5 without its proof; `changes` go to the subject."""
    return {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            {
                "consilium": "https://w3id.org/consilium#",
                "PractitionerCredential": "consilium:PractitionerCredential",
                "register": "consilium:register",
                "registrationNumber": "consilium:registrationNumber",
                "profession": "consilium:profession",
                "specialities": "consilium:specialities",
                "assurance": "consilium:assurance",
                "verifiedAt": {
                    "@id": "consilium:verifiedAt",
                    "@type": "http://www.w3.org/2001/XMLSchema#dateTime",
                },
            },
        ],
        "id": uri,
        "type": ["VerifiableCredential", "PractitionerCredential"],
        "issuer": issuer,
        "validFrom": wire_time(now() - timedelta(days=1)),
        "validUntil": wire_time(now() + timedelta(days=80)),
        "credentialSubject": {
            "id": subject,
            "name": "B. Durand",
            "register": "FR-RPPS",
            "registrationNumber": "99900000018",
            "profession": "10",
            "specialities": ["SM04"],
            "assurance": "register-match",
            "verifiedAt": wire_time(now() - timedelta(days=2)),
            **changes,
        },
        "credentialStatus": {
            "id": f"{status_list}#{index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(index),
            "statusListCredential": status_list,
        },
    }


def status_list(*, uri: str, issuer: str, revoked: Collection[int]) -> dict[str, Any]:
    """Write a status list of WIRE §5 without its proof; the numbered bits are set."""
    bits = bytearray(BITS // 8)
    for index in revoked:
        bits[index // 8] |= 0x80 >> index % 8
    packed = base64.urlsafe_b64encode(gzip.compress(bytes(bits))).decode().rstrip("=")
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": uri,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": wire_time(now() - timedelta(minutes=1)),
        "validUntil": wire_time(now() + timedelta(days=1)),
        "credentialSubject": {
            "id": f"{uri}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": f"u{packed}",
            "ttl": 900_000,
        },
    }
