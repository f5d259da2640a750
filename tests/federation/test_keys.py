"""Keys: what is accepted, and what costs nothing to refuse (A27, A28)."""

from __future__ import annotations

import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from core.errors import InvalidDocument
from fakes.proofs import base58, multibase
from fakes.signing import public_pem, rsa_key
from federation.keys import (
    generate_ed25519,
    generate_rsa,
    load_ed25519,
    load_public,
    load_public_pem,
    sign_rsa,
    verify_ed25519,
    verify_with,
    write_multikey,
)


def _pem(key):
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, kind).decode()


def test_an_rsa_key_signs_and_verifies():
    pair = generate_rsa()

    signature = sign_rsa(pair.private, b"message")

    assert load_public_pem(pair.public).key_size == 2048
    assert verify_with(pair.public, signature, b"message")
    assert not verify_with(pair.public, signature, b"massage")
    assert not verify_with(public_pem(rsa_key(0)), signature, b"message")
    assert not verify_with(pair.public, b"", b"message")


def test_an_ed25519_key_signs_and_verifies():
    pair = generate_ed25519()

    signature = load_ed25519(pair.private).sign(b"message")

    assert pair.public.startswith("z6Mk")
    assert verify_ed25519(pair.public, signature, b"message")
    assert not verify_ed25519(pair.public, signature, b"massage")


def test_a_multikey_is_written_as_others_write_it():
    pair = generate_ed25519()
    private = load_ed25519(pair.private)

    assert pair.public == multibase(private)
    assert write_multikey(load_public(pair.public).public_bytes_raw()) == pair.public


def test_a28_pkcs1_is_accepted():
    assert load_public_pem(public_pem(rsa_key(0), pkcs1=True)) == rsa_key(0).public_key()
    assert load_public_pem("\n  " + public_pem(rsa_key(0)) + "\n\n")


@pytest.mark.parametrize(
    "make",
    [
        lambda: _pem(rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()),
        lambda: _pem(rsa.RSAPublicNumbers(3, (1 << 16384) + 1).public_key()),
        lambda: _pem(ec.generate_private_key(ec.SECP256R1()).public_key()),
        lambda: "-----BEGIN PUBLIC KEY-----\n" + "A" * 1_000_000 + "\n-----END PUBLIC KEY-----",
        lambda: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        lambda: "",
        lambda: "é",
        lambda: generate_rsa().private.decode(),
    ],
)
def test_a27_a_key_that_is_none_of_ours_is_refused_at_once(make):
    pem = make()
    started = time.perf_counter()

    with pytest.raises(InvalidDocument):
        load_public_pem(pem)
    assert not verify_with(pem, b"x" * 256, b"message")

    assert time.perf_counter() - started < 0.5


def test_an_rsa_key_as_multikey_is_the_same_key():
    der = rsa_key(0).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.PKCS1
    )
    value = "z" + base58(b"\x85\x24" + der)
    signature = rsa_key(0).sign(b"message", PKCS1v15(), SHA256())

    assert load_public(value) == rsa_key(0).public_key()
    assert verify_with(value, signature, b"message")
    # Integrity proofs are by Ed25519 keys alone.
    assert not verify_ed25519(value, signature, b"message")


@pytest.mark.parametrize(
    "value",
    [
        "",
        "z",
        "u6Mk",
        "zzzz",
        "z" + "1" * 200,
        "z0OIl",
        "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
        "z" + base58(b"\x85\x24" + b"\x30\x03\x02\x01\x03"),
        "z" + base58(b"\x85\x24" + bytes(4000)),
    ],
)
def test_a_multikey_of_another_kind_is_refused(value):
    with pytest.raises(InvalidDocument):
        load_public(value)
    assert not verify_ed25519(value, b"x" * 64, b"message")
