"""FEP-8b32 object integrity proofs, `eddsa-jcs-2022`.

Spec: https://www.w3.org/TR/vc-di-eddsa/#eddsa-jcs-2022
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import base58
import rfc8785

from core.clock import now, wire_time
from core.errors import InvalidDocument, Untrusted
from federation.documents.lenient import Document, JsonObject, find_id, time_of
from federation.keys import load_ed25519, verify_ed25519

CRYPTOSUITE = "eddsa-jcs-2022"
CLOCK_LEEWAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof claims: which key (`method`), for what purpose, when."""

    method: str
    purpose: str
    created: datetime | None


def sign_document(
    document: Mapping[str, Any], *, method: str, private_key: bytes, created: datetime
) -> JsonObject:
    """Return the document with a proof; `method` is the Multikey's id, the key 32 raw bytes."""
    options: JsonObject = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "proofPurpose": "assertionMethod",
        "verificationMethod": method,
        "created": wire_time(created),
    }
    signature = load_ed25519(private_key).sign(_hash(options, document))
    value = "z" + base58.b58encode(signature).decode()
    return {**document, "proof": {**options, "proofValue": value}}


def _hash(options: Mapping[str, Any], document: Mapping[str, Any]) -> bytes:
    try:
        return (
            hashlib.sha256(rfc8785.dumps(dict(options))).digest()
            + hashlib.sha256(rfc8785.dumps(dict(document))).digest()
        )
    except (rfc8785.CanonicalizationError, TypeError) as error:
        raise InvalidDocument("the document cannot be canonicalised") from error


def find_proof(document: Document) -> Proof | None:
    """Return the claims of a document's proof, None without one of our kind."""
    proof = _proof_of(document)
    if proof is None or proof.get("cryptosuite") != CRYPTOSUITE:
        return None
    method = find_id(proof.get("verificationMethod"))
    if method is None:
        return None
    return Proof(method, str(proof.get("proofPurpose", "")), time_of(proof.get("created")))


def _proof_of(document: Document) -> Mapping[str, Any] | None:
    """Return the one proof of a document; of several, which may be of any kinds, none counts."""
    proof = document.json.get("proof")
    if isinstance(proof, list) and len(proof) == 1:
        proof = proof[0]
    return proof if isinstance(proof, dict) else None


def has_ld_signature(document: Document) -> bool:
    """Tell whether a document has an LD signature: a sign of forwarding, never authority."""
    return isinstance(document.json.get("signature"), dict)


def verify_proof(document: Document, public_multibase: str) -> None:
    """Check a document's proof against a key; raises Untrusted when anything is wrong.

    A proof that has expired, that was made in the future, or that is tied to a domain, a challenge
    or another proof, is not accepted; nor is one whose context, where it has one, is not the
    document's.
    """
    proof = _proof_of(document)
    if proof is None or proof.get("type") != "DataIntegrityProof":
        raise Untrusted(f"{document.id}: there is no integrity proof")
    if proof.get("cryptosuite") != CRYPTOSUITE or proof.get("proofPurpose") != "assertionMethod":
        raise Untrusted(f"{document.id}: the proof is of another kind")
    if {"domain", "challenge", "previousProof"} & proof.keys():
        raise Untrusted(f"{document.id}: the proof was made for another purpose")
    expires = time_of(proof.get("expires"))
    if "expires" in proof and (expires is None or expires < now()):
        raise Untrusted(f"{document.id}: the proof has expired")
    created = time_of(proof.get("created"))
    if "created" in proof and (created is None or created > now() + CLOCK_LEEWAY):
        raise Untrusted(f"{document.id}: the proof was made in the future")
    unsigned = {name: value for name, value in document.json.items() if name != "proof"}
    if proof.get("@context", unsigned.get("@context")) != unsigned.get("@context"):
        raise Untrusted(f"{document.id}: the proof's context is not the document's")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if not verify_ed25519(public_multibase, _value(proof), _hash(options, unsigned)):
        raise Untrusted(f"{document.id}: the proof is not by this key")


def _value(proof: Mapping[str, Any]) -> bytes:
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z") or len(value) > 200:
        raise Untrusted("the proof's value cannot be read")
    try:
        return base58.b58decode(value[1:])
    except ValueError as error:
        raise Untrusted("the proof's value cannot be read") from error
