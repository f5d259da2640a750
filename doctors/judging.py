"""The badge rule of WIRE §5, on exact source bytes: what holds is returned, what does not is told.

Pure: everything that is believed comes in as a value, so each condition stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.errors import InvalidDocument, Untrusted
from doctors.models import Assurance
from federation.documents.credential import (
    CredentialDocument,
    StatusListDocument,
    read_credential,
    read_status_list,
)
from federation.documents.lenient import Document
from federation.origin import normal_uri, same_origin
from federation.proofs import find_proof, verify_proof

# Clocks of two hospitals differ; a credential is checked within the second after it was issued.
CLOCK_LEEWAY = timedelta(minutes=5)
# Addresses of credentials and lists are keys of our tables.
MAX_ADDRESS = 1024


@dataclass(frozen=True, slots=True)
class Issuer:
    """A clinical peer's pinned instance actor.

    `published` are the keys (id → multibase) that its document lists under `assertionMethod` and
    that it controls; `pinned` those that were seen when it was listed. `authority_for` are the
    registers for which it is believed about actors of other hosts.
    """

    uri: str
    name: str
    published: Mapping[str, str]
    pinned: frozenset[str]
    authority_for: frozenset[str] = field(default_factory=frozenset)


def judge_credential(
    document: Document, *, subject: str, issuer: Issuer, moment: datetime
) -> CredentialDocument:
    """Return a credential that holds for an actor, its status aside.

    Raises Untrusted or InvalidDocument with the one reason that administrators read.
    """
    credential = read_credential(document)
    if normal_uri(credential.issuer) != issuer.uri:
        raise Untrusted("the issuer is not the pinned instance actor")
    if not same_origin(credential.id, issuer.uri):
        raise Untrusted("the credential is not of its issuer's origin")
    _check_proof(document, issuer)
    if normal_uri(credential.subject) != subject:
        raise Untrusted("the credential is about another actor")
    is_authority = credential.register in issuer.authority_for
    if not same_origin(issuer.uri, subject) and not is_authority:
        raise Untrusted(f"the issuer is no authority for {credential.register} beyond its own host")
    if moment + CLOCK_LEEWAY < credential.valid_from:
        raise Untrusted("the credential is not valid yet")
    if credential.valid_until <= moment:
        raise Untrusted("the credential has expired")
    if not same_origin(credential.status_list, issuer.uri):
        raise Untrusted("the status list is not of the issuer's origin")
    if len(normal_uri(credential.status_list)) > MAX_ADDRESS:
        raise Untrusted("the status list's address is too long")
    _check_assurance(credential.assurance)
    return credential


def _check_proof(document: Document, issuer: Issuer) -> None:
    proof = find_proof(document)
    if proof is None:
        raise Untrusted("there is no integrity proof")
    multibase = issuer.published.get(proof.method)
    if multibase is None:
        raise Untrusted("the proof's key is not among the issuer's assertion keys")
    if multibase not in issuer.pinned:
        raise Untrusted("the proof's key is not the pinned one")
    verify_proof(document, multibase)


def _check_assurance(word: str) -> None:
    try:
        assurance = Assurance(word)
    except ValueError as error:
        raise InvalidDocument(f"there is no assurance {word[:40]!r}") from error
    if assurance is Assurance.DECLARED:
        raise Untrusted("the profession is only declared")


def judge_status_list(
    document: Document, *, uri: str, issuer: Issuer, moment: datetime
) -> StatusListDocument:
    """Return a status list that is what a credential names; raises as `judge_credential` does."""
    status_list = read_status_list(document)
    if normal_uri(status_list.id) != normal_uri(uri):
        raise Untrusted("the status list has another id than the credential names")
    if normal_uri(status_list.issuer) != issuer.uri:
        raise Untrusted("the status list has another issuer than the credential")
    if not same_origin(status_list.id, issuer.uri):
        raise Untrusted("the status list is not of the issuer's origin")
    _check_proof(document, issuer)
    if status_list.valid_from is not None and moment + CLOCK_LEEWAY < status_list.valid_from:
        raise Untrusted("the status list is not valid yet")
    if status_list.valid_until <= moment:
        raise Untrusted("the status list has expired")
    return status_list
