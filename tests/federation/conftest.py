"""A client of ours against a real server: `make()` it, `b` is the server."""

from __future__ import annotations

import ipaddress

import pytest
from cryptography.hazmat.primitives import serialization

from fakes.remote import FakeRemote
from fakes.signing import public_pem, rsa_key
from federation.addresses import AddressGate
from federation.client import Client, Signer
from federation.keys import generate_ed25519

LOOPBACK = (ipaddress.ip_network("127.0.0.1/32"),)
KEY_ID = "http://a.localhost:8001/actor#main-key"
ED25519 = generate_ed25519()
SIGNER = Signer(
    KEY_ID,
    rsa_key(0).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ),
    f"http://a.localhost:8001/actor#{ED25519.public}",
    ED25519.private,
)


@pytest.fixture
def b():
    with FakeRemote("b") as running:
        running.keys |= {KEY_ID: public_pem(rsa_key(0)), SIGNER.ed25519_key_id: ED25519.public}
        yield running


@pytest.fixture
async def make():
    """Make a client that talks to everybody, unless told otherwise."""
    made = []

    def make(*, networks=LOOPBACK, resolve=None, peers=None, **more):
        async def may_talk_to(host):
            return peers is None or host in peers

        async def our_signer():
            return SIGNER

        more |= {"resolve": resolve} if resolve else {}
        client = Client(
            gate=AddressGate(development=True, networks=networks),
            own_host="a.localhost:8001",
            may_talk_to=may_talk_to,
            signer=our_signer,
            **{"total_s": 5.0, **more},
        )
        made.append(client)
        return client

    yield make
    for client in made:
        await client.close()


@pytest.fixture
def signer():
    """Who signs for us, as `b` knows it."""
    return SIGNER
