"""What other libraries say of our signatures and proofs, and what we say of theirs."""

from __future__ import annotations

import base64
import json
from functools import cache

import pytest

from core.clock import now
from core.errors import Unauthenticated
from federation.documents.lenient import read_document
from federation.keys import generate_ed25519, generate_rsa, load_public
from federation.proofs import sign_document, verify_proof
from federation.signatures.cavage import sign_cavage
from federation.signatures.reading import read_signature
from federation.signatures.request import SignedRequest
from federation.signatures.rfc9421 import sign_message
from peers.environment import ask

pytestmark = pytest.mark.peers
APKIT, MESSAGES = "apkit", "http_message_signatures"
BASE_URL, INBOX = "https://a.example", "https://a.example/inbox?from=them"
BODY = b'{"type": "Like"}'
KEY_ID = "https://b.example/users/bob#key"
TYPE = {"content-type": "application/activity+json"}
DOCUMENT = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": "https://b.example/likes/1",
    "type": "Like",
    "actor": "https://b.example/users/bob",
    "object": "https://a.example/posts/é",
}


@cache
def _rsa():
    return generate_rsa()


@cache
def _ed25519():
    return generate_ed25519()


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _raw(multibase: str) -> str:
    return _base64(load_public(multibase).public_bytes_raw())


def _asked(headers: dict, **changes) -> dict:
    """Write our request as a question."""
    asked = {"method": "POST", "url": INBOX, "headers": headers, "body": _base64(BODY)}
    return {**asked, **changes}


def _our_headers(sign, key, url: str = INBOX) -> dict:
    return sign("POST", url, key_id=KEY_ID, moment=now(), body=BODY, headers=TYPE, **key)


def _is_verified(headers: dict, public: str) -> bool:
    """Judge another's request as our inbox does."""
    target = INBOX.removeprefix(BASE_URL)
    made = tuple((name.lower(), value) for name, value in headers.items())
    claim = read_signature(SignedRequest("POST", target, made, BODY))
    claim.check(base_url=BASE_URL, moment=now())
    return claim.verifies(public, base_url=BASE_URL)


def _differ(headers: dict, name: str) -> dict:
    """Return headers of which one says something else."""
    return {**headers, name: headers[name].replace("2", "3").replace("a", "b")}


def test_apkit_verifies_our_draft_cavage_signatures():
    # apkit leaves the query out of the target.
    url = f"{BASE_URL}/inbox"
    headers = _our_headers(sign_cavage, {"private_pem": _rsa().private}, url)
    question = {"what": "verify_cavage", "key": _rsa().public, **_asked(headers, url=url)}

    good, bad = ask(APKIT, [question, question | {"url": f"{BASE_URL}/outbox"}])

    assert good is True
    assert bad is not True


@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_two_libraries_verify_our_message_signatures(algorithm: str):
    key = _rsa() if algorithm == "rsa" else _ed25519()
    headers = _our_headers(sign_message, {"private_key": key.private})
    public = key.public if algorithm == "rsa" else _raw(key.public)
    question = {"what": "verify", "key": public}

    answers = ask(MESSAGES, [
        question | _asked(headers),
        question | _asked(headers, body=_base64(BODY + b" ")),
        question | _asked(_differ(headers, "signature-input")),
    ])  # fmt: skip
    apkit = ask(APKIT, [{"what": "verify_rfc9421", "key": key.public, **_asked(headers)}])

    assert answers[0] == KEY_ID
    assert "InvalidSignature" in answers[1]
    assert KEY_ID not in answers[2]
    assert apkit == [True]


@pytest.mark.parametrize("algorithm", ["rsa", "ed25519"])
def test_we_verify_the_message_signatures_of_http_message_signatures(algorithm: str):
    key = _rsa() if algorithm == "rsa" else _ed25519()
    private = key.private.decode() if algorithm == "rsa" else _base64(key.private)
    words = {"what": "sign", "key": private, "key_id": KEY_ID, **_asked(TYPE)}

    whole, tagged, bare = ask(MESSAGES, [
        words,
        words | {"tag": "fediverse", "nonce": "abc", "label": "other"},
        words | {"body": None},
    ])  # fmt: skip

    assert _is_verified(whole, key.public)
    assert _is_verified(tagged, key.public)
    another = generate_rsa() if algorithm == "rsa" else generate_ed25519()
    assert not _is_verified(whole, another.public)
    with pytest.raises(Unauthenticated, match="content-digest"):
        _is_verified(bare, key.public)


def test_we_verify_the_draft_cavage_signatures_of_apkit():
    words = {"key": _rsa().private.decode(), "key_id": KEY_ID, **_asked(TYPE)}

    [signed] = ask(APKIT, [{"what": "sign_cavage", **words}])

    assert _is_verified(signed, _rsa().public)


def test_proofs_are_understood_both_ways():
    key, method = _ed25519(), f"{DOCUMENT['actor']}#key"
    ours = sign_document(DOCUMENT, method=method, private_key=key.private, created=now())
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        "created": "2026-11-22T10:00:00Z",
    }

    is_good, is_forged, theirs = ask(APKIT, [
        {"what": "verify_proof", "key": key.public, "document": ours},
        {"what": "verify_proof", "key": key.public, "document": ours | {"object": "x"}},
        {"what": "sign_proof", "key": _base64(key.private), "document": DOCUMENT,
         "options": options},
    ])  # fmt: skip

    assert is_good is True
    assert is_forged is not True
    verify_proof(read_document(json.dumps(theirs).encode()), key.public)
