"""Credentials and status lists (WIRE §5; W3C VC 2.0, Bitstring Status List 1.0)."""

from __future__ import annotations

import base64
import gzip
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import wire_time
from core.errors import InvalidDocument
from federation.contexts import CREDENTIAL_CONTEXT, STATUS_LIST_CONTEXT
from federation.documents.lenient import (
    Document,
    JsonObject,
    find_id,
    id_of,
    one_or_many,
    text_of,
    time_of,
)

STATUS_LIST_BITS = 131_072
STATUS_LIST_TTL = timedelta(minutes=15)
MAX_LIST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class CredentialDocument:
    """A practitioner's credential: who vouches (`issuer`), for whom (`subject`), for what."""

    id: str
    issuer: str
    valid_from: datetime
    valid_until: datetime
    subject: str
    name: str
    register: str
    registration_number: str | None
    profession: str
    specialities: tuple[str, ...]
    assurance: str
    verified_at: datetime
    status_list: str
    status_index: int


def read_credential(document: Document) -> CredentialDocument:
    """Read a credential in form only; whether it is to be believed is `doctors/`' question.

    Raises InvalidDocument when anything that WIRE §5 asks for is absent.
    """
    json = document.json
    if "PractitionerCredential" not in document.types:
        raise InvalidDocument("the credential is no PractitionerCredential")
    subject, status = json.get("credentialSubject"), json.get("credentialStatus")
    if not isinstance(subject, dict) or not isinstance(status, dict):
        raise InvalidDocument("the credential has not one subject and one status")
    if status.get("type") != "BitstringStatusListEntry" or status.get("statusPurpose") != (
        "revocation"
    ):
        raise InvalidDocument("the credential's status tells nothing about revocation")
    return CredentialDocument(
        id=id_of(dict(json)),
        issuer=id_of(json.get("issuer")),
        valid_from=_time(json.get("validFrom")),
        valid_until=_time(json.get("validUntil")),
        subject=id_of(subject),
        name=_text(subject.get("name")),
        register=_text(subject.get("register")),
        registration_number=text_of(subject.get("registrationNumber"), limit=40),
        profession=_text(subject.get("profession")),
        specialities=tuple(
            part[:40] for part in one_or_many(subject.get("specialities")) if isinstance(part, str)
        )[:20],
        assurance=_text(subject.get("assurance")),
        verified_at=_time(subject.get("verifiedAt")),
        status_list=id_of(status.get("statusListCredential")),
        status_index=_index(status.get("statusListIndex")),
    )


def _time(value: object) -> datetime:
    moment = time_of(value)
    if moment is None:
        raise InvalidDocument("the credential lacks a date")
    return moment


def _text(value: object) -> str:
    text = text_of(value, limit=300)
    if not text:
        raise InvalidDocument("the credential lacks a text")
    return text


def _index(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    raise InvalidDocument("the credential's status index is no number")


def write_credential(credential: CredentialDocument) -> JsonObject:
    """Write a credential, without its proof."""
    subject: JsonObject = {
        "id": credential.subject,
        "name": credential.name,
        "register": credential.register,
        "registrationNumber": credential.registration_number,
        "profession": credential.profession,
        "specialities": list(credential.specialities),
        "assurance": credential.assurance,
        "verifiedAt": wire_time(credential.verified_at),
    }
    return {
        "@context": CREDENTIAL_CONTEXT,
        "id": credential.id,
        "type": ["VerifiableCredential", "PractitionerCredential"],
        "issuer": credential.issuer,
        "validFrom": wire_time(credential.valid_from),
        "validUntil": wire_time(credential.valid_until),
        "credentialSubject": {k: v for k, v in subject.items() if v is not None},
        "credentialStatus": {
            "id": f"{credential.status_list}#{credential.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(credential.status_index),
            "statusListCredential": credential.status_list,
        },
    }


@dataclass(frozen=True, slots=True)
class StatusListDocument:
    """A list of revocation bits: bit `n` set means that credential number `n` is revoked."""

    id: str
    issuer: str
    valid_until: datetime
    valid_from: datetime | None
    bits: bytes

    def is_set(self, index: int) -> bool:
        """Tell a bit, counted from the left; raises InvalidDocument when it is out of range."""
        if not 0 <= index < len(self.bits) * 8:
            raise InvalidDocument("the status index is beyond the list")
        return bool(self.bits[index // 8] & (0x80 >> index % 8))


def read_status_list(document: Document) -> StatusListDocument:
    """Read a status list; raises InvalidDocument for a wrong type or purpose, or fewer bits."""
    json = document.json
    subject = json.get("credentialSubject")
    if "BitstringStatusListCredential" not in document.types or not isinstance(subject, dict):
        raise InvalidDocument("the document is no status list")
    if subject.get("type") != "BitstringStatusList" or subject.get("statusPurpose") != (
        "revocation"
    ):
        raise InvalidDocument("the status list tells nothing about revocation")
    issuer = find_id(json.get("issuer"))
    if issuer is None:
        raise InvalidDocument("the status list has no issuer")
    return StatusListDocument(
        id=id_of(dict(json)),
        issuer=issuer,
        valid_until=_time(json.get("validUntil")),
        valid_from=time_of(json.get("validFrom")),
        bits=decode_bits(_text_of_list(subject.get("encodedList"))),
    )


def _text_of_list(value: object) -> str:
    if isinstance(value, str) and len(value) < MAX_LIST_BYTES:
        return value
    raise InvalidDocument("the status list holds no list")


def write_status_list(status_list: StatusListDocument) -> JsonObject:
    """Write a status list, without its proof."""
    valid_from = status_list.valid_from
    return {
        "@context": STATUS_LIST_CONTEXT,
        "id": status_list.id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": status_list.issuer,
        **({"validFrom": wire_time(valid_from)} if valid_from else {}),
        "validUntil": wire_time(status_list.valid_until),
        "credentialSubject": {
            "id": f"{status_list.id}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_bits(status_list.bits),
            "ttl": int(STATUS_LIST_TTL.total_seconds() * 1000),
        },
    }


def encode_bits(bits: bytes) -> str:
    """Compress and encode a bitstring: gzip, then multibase base64url (`u`)."""
    return "u" + base64.urlsafe_b64encode(gzip.compress(bits, mtime=0)).decode().rstrip("=")


def decode_bits(text: str) -> bytes:
    """Undo `encode_bits`, within 1 MiB; raises InvalidDocument for anything else."""
    if not text.startswith("u"):
        raise InvalidDocument("the status list is not base64url")
    try:
        packed = base64.urlsafe_b64decode(text[1:] + "=" * (-(len(text) - 1) % 4))
        inflate = zlib.decompressobj(wbits=31)
        bits = inflate.decompress(packed, MAX_LIST_BYTES)
    except (ValueError, zlib.error) as error:
        raise InvalidDocument("the status list cannot be unpacked") from error
    if inflate.unconsumed_tail or len(bits) * 8 < STATUS_LIST_BITS:
        raise InvalidDocument("the status list is too short or too long")
    return bits
