"""Credentials and status lists in form: WIRE §5."""

from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.errors import InvalidDocument
from fakes.proofs import credential, status_list
from federation.documents.credential import (
    STATUS_LIST_BITS,
    CredentialDocument,
    StatusListDocument,
    decode_bits,
    encode_bits,
    read_credential,
    read_status_list,
    write_credential,
    write_status_list,
)
from federation.documents.lenient import embed, read_document

BASE = "https://chu.example"
CREDENTIAL = CredentialDocument(
    id=f"{BASE}/credentials/184",
    issuer=f"{BASE}/actor",
    valid_from=datetime(2026, 11, 22, tzinfo=UTC),
    valid_until=datetime(2027, 2, 20, tzinfo=UTC),
    subject=f"{BASE}/users/a.martin",
    name="A. Martin",
    register="FR-RPPS",
    registration_number="99900000018",
    profession="10",
    specialities=("SM04",),
    assurance="register-match",
    verified_at=datetime(2026, 11, 20, 9, 12, tzinfo=UTC),
    status_list=f"{BASE}/credentials/status/1",
    status_index=94567,
)
BITS = bytes(STATUS_LIST_BITS // 8)
LIST = StatusListDocument(
    id=f"{BASE}/credentials/status/1",
    issuer=f"{BASE}/actor",
    valid_until=datetime(2026, 11, 23, tzinfo=UTC),
    valid_from=datetime(2026, 11, 22, tzinfo=UTC),
    bits=BITS,
)


def _again(json_object):
    return read_document(json.dumps(json_object).encode())


@pytest.mark.parametrize("written", [CREDENTIAL, replace(CREDENTIAL, registration_number=None)])
def test_a_credential_comes_back_as_it_was_written(written):
    assert read_credential(_again(write_credential(written))) == written


def test_a_number_that_is_not_public_is_not_in_it():
    subject = write_credential(replace(CREDENTIAL, registration_number=None))["credentialSubject"]

    assert "registrationNumber" not in subject


def test_it_reads_what_another_implementation_writes():
    written = credential(uri=CREDENTIAL.id, issuer=CREDENTIAL.issuer, subject=CREDENTIAL.subject,
                         status_list=CREDENTIAL.status_list, index=7)  # fmt: skip

    read = read_credential(embed(written))

    assert (read.issuer, read.subject, read.status_index) == (
        CREDENTIAL.issuer, CREDENTIAL.subject, 7
    )  # fmt: skip
    assert write_credential(CREDENTIAL)["@context"] == written["@context"]


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (None, {"type": ["VerifiableCredential"]}),
        (None, {"issuer": None}),
        (None, {"validUntil": "some day"}),
        (None, {"credentialStatus": None}),
        (None, {"credentialSubject": [{}]}),
        ("credentialSubject", {"id": None}),
        ("credentialSubject", {"assurance": None}),
        ("credentialSubject", {"verifiedAt": None}),
        ("credentialStatus", {"statusPurpose": "suspension"}),
        ("credentialStatus", {"type": "RevocationList2020Status"}),
        ("credentialStatus", {"statusListIndex": "-1"}),
        ("credentialStatus", {"statusListIndex": 94567}),
        ("credentialStatus", {"statusListIndex": "9" * 30}),
        ("credentialStatus", {"statusListCredential": None}),
    ],
)
def test_a_credential_that_lacks_something_is_refused(place, change):
    written = write_credential(CREDENTIAL)
    (written if place is None else written[place]).update(change)

    with pytest.raises(InvalidDocument):
        read_credential(embed(written))


def test_a_status_list_comes_back_as_it_was_written():
    written = write_status_list(LIST)

    assert read_status_list(_again(written)) == LIST
    assert written["credentialSubject"]["ttl"] == 900_000
    assert written["credentialSubject"]["encodedList"].startswith("u")


def test_bits_are_counted_from_the_left():
    written = status_list(uri=LIST.id, issuer=LIST.issuer, revoked={0, 7, 94567})
    read = read_status_list(embed(written))

    assert [n for n in range(STATUS_LIST_BITS) if read.is_set(n)] == [0, 7, 94567]
    for index in (-1, STATUS_LIST_BITS):
        with pytest.raises(InvalidDocument):
            read.is_set(index)


@pytest.mark.parametrize(
    ("place", "change"),
    [
        (None, {"type": ["VerifiableCredential"]}),
        (None, {"issuer": None}),
        (None, {"validUntil": None}),
        (None, {"credentialSubject": None}),
        ("credentialSubject", {"statusPurpose": "suspension"}),
        ("credentialSubject", {"type": "x"}),
        ("credentialSubject", {"encodedList": None}),
        ("credentialSubject", {"encodedList": "x"}),
    ],
)
def test_a_list_that_lacks_something_is_refused(place, change):
    written = write_status_list(LIST)
    (written if place is None else written[place]).update(change)

    with pytest.raises(InvalidDocument):
        read_status_list(embed(written))


def _packed(raw):
    return "u" + base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z123",
        "u",
        "u!!!",
        _packed(b"no gzip"),
        _packed(gzip.compress(BITS[:-1])),
        _packed(gzip.compress(bytes(300 * 1024 * 1024))),
    ],
    ids=["empty", "base58", "nothing", "no base64", "no gzip", "too short", "a bomb"],
)
def test_a_list_that_cannot_be_unpacked_is_refused(text):
    with pytest.raises(InvalidDocument):
        decode_bits(text)


def test_bits_survive_packing():
    bits = bytes(range(256)) * 64

    assert decode_bits(encode_bits(bits)) == bits
