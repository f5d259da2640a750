"""Two other implementations judge what we sign, and we what they sign, as instances serve it.

Digital Bazaar's libraries are those of the cryptosuite's editors; Fedify is a fediverse server's.
"""

from __future__ import annotations

import asyncio
import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from checking import Checking
from core.errors import Untrusted
from fakes.proofs import base58
from fakes.remote import FakeRemote
from federation.documents.lenient import read_document
from federation.proofs import verify_proof
from instances import Instance
from peers.environment import ask_node
from rings import CARDIOLOGIST, fill

pytestmark = [pytest.mark.peers, pytest.mark.slow]
PEERS = ["digitalbazaar", "fedify"]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """What an instance serves, by what it is: each document, and who signed it."""
    folder = tmp_path_factory.mktemp("served")
    with (
        Instance("lyon", folder, federation="open").migrated() as instance,
        FakeRemote("b") as reader,
    ):
        token = fill(instance, (CARDIOLOGIST,))[CARDIOLOGIST.username]
        said = {"status": "Un é ?", "visibility": "public"}
        status = instance.api("POST", "/api/v1/statuses", token, **said)

        def get(uri: str) -> dict:
            reply = asyncio.run(reader.get(uri))
            assert reply.status == 200, uri
            return reply.json

        person = get(f"{instance.base_url}/users/{CARDIOLOGIST.username}")
        issuer = get(f"{instance.base_url}/actor")
        credential = get(person["credentials"][0])
        status_list = get(credential["credentialStatus"]["statusListCredential"])
        yield {
            "credential": (credential, issuer),
            "status list": (status_list, issuer),
            "trust list": (get(f"{instance.base_url}/trust-list"), issuer),
            "activity": (get(f"{person['id']}/activities/{status['id']}"), person),
        }


# What somebody might change in each of them.
TAMPERED = {
    "credential": lambda it: it["credentialSubject"].update(specialities=["SM02"]),
    "status list": lambda it: it["credentialSubject"].update(statusPurpose="suspension"),
    "trust list": lambda it: it.update(totalItems=7),
    "activity": lambda it: it["object"].update(content="<p>Un é.</p>"),
}


def _tampered(document: dict, change) -> dict:
    copy = json.loads(json.dumps(document))
    change(copy)
    assert copy != document
    return copy


@pytest.mark.parametrize("kind", TAMPERED)
@pytest.mark.parametrize("peer", PEERS)
def test_they_verify_what_we_serve_and_refuse_it_tampered(served, peer: str, kind: str):
    document, controller = served[kind]
    question = {"what": "verify", "controller": controller}

    answers = ask_node(peer, "proofs.mjs", [
        question | {"document": document},
        question | {"document": _tampered(document, TAMPERED[kind])},
        question | {"document": document | {"proof": _older(document["proof"])}},
        question | {"document": document | {"@context": [{"x": "y:z"}, *document["@context"]]}},
    ])  # fmt: skip

    assert answers == [True, False, False, False]


def _older(proof: dict) -> dict:
    return proof | {"created": "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize("kind", TAMPERED)
@pytest.mark.parametrize("peer", PEERS)
def test_we_verify_what_they_sign_and_refuse_it_tampered(served, peer: str, kind: str):
    document, _ = served[kind]
    signed, public = _signed_by(peer, document, document["proof"]["verificationMethod"])

    verify_proof(_read(signed), public)

    assert signed["proof"]["proofValue"] != document["proof"]["proofValue"]
    for wrong in (
        _tampered(signed, TAMPERED[kind]),
        signed | {"proof": _older(signed["proof"])},
    ):
        with pytest.raises(Untrusted, match="not by this key"):
            verify_proof(_read(wrong), public)


def _read(document: dict):
    return read_document(json.dumps(document).encode())


def _signed_by(
    peer: str, document: dict, method: str, key: Ed25519PrivateKey | None = None
) -> tuple[dict, str]:
    """Let a peer sign a document without its proof; return it with the public key."""
    key = key or Ed25519PrivateKey.generate()
    raw, private = key.public_key().public_bytes_raw(), key.private_bytes_raw()
    public = "z" + base58(b"\xed\x01" + raw)
    owner = method.partition("#")[0]
    multikey = {
        "id": method, "type": "Multikey", "controller": owner, "publicKeyMultibase": public,
    }  # fmt: skip
    question = {
        "what": "sign",
        "document": {name: value for name, value in document.items() if name != "proof"},
        "controller": {"id": owner, "assertionMethod": [multikey]},
        # The one takes this form of the key, the other that.
        "secret": "z" + base58(b"\x80\x26" + private + raw),
        "jwk": {"kty": "OKP", "crv": "Ed25519", "x": _url64(raw), "d": _url64(private)},
    }
    return ask_node(peer, "proofs.mjs", [question])[0], public


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("peer", PEERS)
async def test_a_credential_that_they_signed_gives_a_badge_and_a_tampered_one_none(
    database, client, remote, peer: str
):
    checking = Checking(database, client, remote)
    issuer = remote.instance
    signed, _ = _signed_by(peer, checking.served, issuer.proof_key_id, issuer.proof_key)
    subject = signed["credentialSubject"] | {"specialities": ["SM02"]}

    checking.served = signed | {"credentialSubject": subject}
    await checking.check(prove=False)
    await checking.refused("not by this key")
    checking.served = signed
    await checking.check(prove=False)

    assert (await checking.badge()).is_doctor
