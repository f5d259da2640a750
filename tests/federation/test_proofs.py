"""Integrity proofs: the FEP's own vector, our proofs checked by others, theirs by us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.clock import now, wire_time
from core.errors import InvalidDocument, Untrusted
from fakes.proofs import base58, digest, is_proven, multibase, prove, unbase58
from federation.documents.lenient import embed
from federation.keys import generate_ed25519, load_ed25519
from federation.proofs import find_proof, sign_document, verify_proof

METHOD = "https://server.example/users/alice#ed25519-key"
# https://codeberg.org/fediverse/fep/src/branch/main/fep/8b32/fep-8b32.feature
FEP_PRIVATE = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
FEP_PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
FEP_VALUE = (
    "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
)
FEP_DOCUMENT = {
    "@context": [
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/data-integrity/v2",
    ],
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": "https://server.example/users/alice",
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": "https://server.example/users/alice",
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
}
DOCUMENT = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": "https://server.example/1",
    "type": "Note",
    "content": "<p>Ça va, 1.0 É € 😀</p>",
    "empty": None,
    "list": [],
    "number": 1.5,
}


def test_the_vector_of_fep_8b32():
    signed = sign_document(
        FEP_DOCUMENT,
        method=METHOD,
        private_key=unbase58(FEP_PRIVATE[1:])[2:],
        created=datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC),
    )

    assert signed["proof"]["proofValue"] == FEP_VALUE
    verify_proof(embed(signed), FEP_PUBLIC)


def test_what_we_prove_others_verify():
    pair = generate_ed25519()

    signed = sign_document(DOCUMENT, method=METHOD, private_key=pair.private, created=now())

    assert is_proven(signed, pair.public)
    assert signed["proof"]["@context"] == signed["@context"]
    assert signed["proof"]["proofPurpose"] == "assertionMethod"
    assert find_proof(embed(signed)).method == METHOD


@pytest.fixture
def key():
    return Ed25519PrivateKey.generate()


def test_what_others_prove_we_verify(key):
    verify_proof(embed(prove(DOCUMENT, key=key, method=METHOD)), multibase(key))


def test_a_proof_over_a_document_without_context(key):
    bare = {name: value for name, value in DOCUMENT.items() if name != "@context"}

    verify_proof(embed(prove(bare, key=key, method=METHOD)), multibase(key))


@pytest.mark.parametrize(
    "change",
    [
        {"content": "<p>other</p>"},
        {"more": 1},
        {"@context": ["https://www.w3.org/ns/activitystreams", "https://evil.test/"]},
        {"id": "https://server.example/2"},
        {"number": 1.25},
    ],
)
def test_any_change_breaks_a_proof(key, change):
    signed = {**prove(DOCUMENT, key=key, method=METHOD), **change}

    with pytest.raises(Untrusted):
        verify_proof(embed(signed), multibase(key))


@pytest.mark.parametrize(
    "options",
    [
        {"proofPurpose": "authentication"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"type": "Ed25519Signature2020"},
        {"domain": "a.example"},
        {"challenge": "x"},
        {"expires": wire_time(datetime(2020, 1, 1, tzinfo=UTC))},
        {"expires": "soon"},
        {"created": datetime(2020, 1, 1, tzinfo=UTC), "expires": 7},
        {"created": now() + timedelta(hours=2)},
        {"previousProof": "urn:uuid:1"},
        {"@context": ["https://evil.test/"]},
    ],
)
def test_a_proof_for_another_purpose_does_not_count(key, options):
    signed = prove(DOCUMENT, key=key, method=METHOD, **options)

    with pytest.raises(Untrusted):
        verify_proof(embed(signed), multibase(key))


def test_a_proof_that_expires_later_counts(key):
    expires = wire_time(now() + timedelta(days=1))

    verify_proof(embed(prove(DOCUMENT, key=key, method=METHOD, expires=expires)), multibase(key))


def test_a_proof_without_a_context_of_its_own_counts(key):
    pair = generate_ed25519()
    signed = sign_document(DOCUMENT, method=METHOD, private_key=pair.private, created=now())
    bare = {name: value for name, value in signed["proof"].items() if name != "@context"}
    options = {name: value for name, value in bare.items() if name != "proofValue"}

    made = load_ed25519(pair.private).sign(digest(options, DOCUMENT))
    proven = {**DOCUMENT, "proof": {**options, "proofValue": "z" + base58(made)}}

    verify_proof(embed(proven), pair.public)
    with pytest.raises(Untrusted):
        verify_proof(embed({**DOCUMENT, "proof": bare}), pair.public)


def test_a_proof_made_at_a_time_that_cannot_be_read_does_not_count(key):
    signed = prove(DOCUMENT, key=key, method=METHOD)
    signed["proof"]["created"] = "yesterday"

    with pytest.raises(Untrusted):
        verify_proof(embed(signed), multibase(key))


def test_an_array_of_one_proof_counts_and_one_of_two_does_not(key):
    signed = prove(DOCUMENT, key=key, method=METHOD)

    alone, twice = ({**signed, "proof": [signed["proof"]] * count} for count in (1, 2))

    assert find_proof(embed(alone)).method == METHOD
    verify_proof(embed(alone), multibase(key))
    assert find_proof(embed(twice)) is None
    with pytest.raises(Untrusted):
        verify_proof(embed(twice), multibase(key))


@pytest.mark.parametrize("value", ["", "z", "zzz", "uAAAA", "z0OIl", 7, None, "z" + "1" * 300])
def test_a_value_that_cannot_be_read(key, value):
    signed = prove(DOCUMENT, key=key, method=METHOD)
    signed["proof"]["proofValue"] = value

    with pytest.raises(Untrusted):
        verify_proof(embed(signed), multibase(key))


@pytest.mark.parametrize("proof", [None, "x", [], {}, [{"type": "DataIntegrityProof"}]])
def test_no_proof_of_our_kind(key, proof):
    document = embed({**DOCUMENT, "proof": proof})

    assert find_proof(document) is None
    with pytest.raises(Untrusted):
        verify_proof(document, multibase(key))


def test_another_key_does_not_verify(key):
    signed = prove(DOCUMENT, key=key, method=METHOD)

    with pytest.raises(Untrusted):
        verify_proof(embed(signed), generate_ed25519().public)


def test_what_cannot_be_canonicalised_is_not_signed():
    with pytest.raises(InvalidDocument):
        sign_document(
            {**DOCUMENT, "n": 2**60}, method=METHOD, private_key=generate_ed25519().private,
            created=now(),
        )  # fmt: skip
