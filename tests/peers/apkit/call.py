"""Asks apkit (by its apsig) for a second opinion: questions as JSON on input, answers on output."""

from __future__ import annotations

import base64
import json
import sys
from urllib.parse import urlsplit

from apsig import ProofSigner, ProofVerifier
from apsig.draft import Signer, Verifier
from apsig.rfc9421 import RFC9421Verifier
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key


def verify_cavage(*, key: str, method: str, url: str, headers: dict, body: str) -> bool:
    asked = Verifier(key, method, url, headers, base64.b64decode(body))
    return asked.verify() is not None


def verify_rfc9421(*, key: str, method: str, url: str, headers: dict, body: str) -> bool:
    parts = urlsplit(url)
    public = key if key.startswith("z") else load_pem_public_key(key.encode())
    # It knows no @target-uri, and takes the value of what it does not know from the headers.
    known = {**headers, "@target-uri": url}
    return RFC9421Verifier(public, method, parts.path, parts.netloc, known).verify() is not None


def sign_cavage(*, key: str, key_id: str, method: str, url: str, headers: dict, body: str) -> dict:
    private = load_pem_private_key(key.encode(), password=None)
    signer = Signer(headers, private, method, url, key_id, base64.b64decode(body))
    return signer.sign()


def verify_proof(*, key: str, document: dict) -> bool:
    return ProofVerifier(key).verify_proof(document) is not None


def sign_proof(*, key: str, document: dict, options: dict) -> dict:
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(key))
    return ProofSigner(private).sign(document, options)


QUESTIONS = {
    function.__name__: function
    for function in (verify_cavage, verify_rfc9421, sign_cavage, verify_proof, sign_proof)
}


def answer(question: dict) -> object:
    try:
        return QUESTIONS[question.pop("what")](**question)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


print(json.dumps([answer(question) for question in json.load(sys.stdin)]))
