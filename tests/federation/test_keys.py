"""Keys: what is accepted, and what costs nothing to refuse (A27, A28)."""

from __future__ import annotations

import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from core.errors import InvalidDocument
from fakes.proofs import multibase
from fakes.signing import public_pem, rsa_key
from federation.keys import (
    generate_ed25519,
    generate_rsa,
    load_ed25519,
    load_multikey,
    load_public_pem,
    sign_rsa,
    verify_ed25519,
    verify_rsa,
    write_multikey,
)


def _pem(key):
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, kind).decode()


def test_an_rsa_key_signs_and_verifies():
    pair = generate_rsa()

    signature = sign_rsa(pair.private, b"message")

    assert load_public_pem(pair.public).key_size == 2048
    assert verify_rsa(pair.public, signature, b"message")
    assert not verify_rsa(pair.public, signature, b"massage")
    assert not verify_rsa(public_pem(rsa_key(0)), signature, b"message")
    assert not verify_rsa(pair.public, b"", b"message")


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
    assert write_multikey(load_multikey(pair.public).public_bytes_raw()) == pair.public


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
    assert not verify_rsa(pem, b"x" * 256, b"message")

    assert time.perf_counter() - started < 0.5


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
    ],
)
def test_a_multikey_of_another_kind_is_refused(value):
    with pytest.raises(InvalidDocument):
        load_multikey(value)
    assert not verify_ed25519(value, b"x" * 64, b"message")
