"""The badge rule of WIRE §5, on exact source bytes: what holds is returned, what does not is told.

Pure: everything that is believed comes in as a value, so each condition stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.errors import InvalidDocument, Untrusted
from doctors.models import Assurance
from doctors.reasons import Reason
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
        raise Untrusted(Reason.NOT_PINNED_ISSUER)
    if not same_origin(credential.id, issuer.uri):
        raise Untrusted(Reason.NOT_ITS_ORIGIN)
    _check_proof(document, issuer)
    if normal_uri(credential.subject) != subject:
        raise Untrusted(Reason.ABOUT_ANOTHER)
    is_authority = credential.register in issuer.authority_for
    if not same_origin(issuer.uri, subject) and not is_authority:
        raise Untrusted(Reason.NO_AUTHORITY_FOR % {"register": credential.register})
    if moment + CLOCK_LEEWAY < credential.valid_from:
        raise Untrusted(Reason.NOT_VALID_YET)
    if credential.valid_until <= moment:
        raise Untrusted(Reason.EXPIRED)
    if not same_origin(credential.status_list, issuer.uri):
        raise Untrusted(Reason.LIST_OF_ANOTHER_ORIGIN)
    if len(normal_uri(credential.status_list)) > MAX_ADDRESS:
        raise Untrusted(Reason.LIST_ADDRESS_TOO_LONG)
    _check_assurance(credential.assurance)
    return credential


def _check_proof(document: Document, issuer: Issuer) -> None:
    proof = find_proof(document)
    if proof is None:
        raise Untrusted(Reason.NO_PROOF)
    multibase = issuer.published.get(proof.method)
    if multibase is None:
        raise Untrusted(Reason.KEY_NOT_ASSERTED)
    if multibase not in issuer.pinned:
        raise Untrusted(Reason.KEY_NOT_PINNED)
    verify_proof(document, multibase)


def _check_assurance(word: str) -> None:
    try:
        assurance = Assurance(word)
    except ValueError as error:
        raise InvalidDocument(Reason.NO_ASSURANCE % {"word": repr(word[:40])}) from error
    if assurance is Assurance.DECLARED:
        raise Untrusted(Reason.ONLY_DECLARED)


def judge_status_list(
    document: Document, *, uri: str, issuer: Issuer, moment: datetime
) -> StatusListDocument:
    """Return a status list that is what a credential names; raises as `judge_credential` does."""
    status_list = read_status_list(document)
    if normal_uri(status_list.id) != normal_uri(uri):
        raise Untrusted(Reason.LIST_OF_ANOTHER_ID)
    if normal_uri(status_list.issuer) != issuer.uri:
        raise Untrusted(Reason.LIST_OF_ANOTHER_ISSUER)
    if not same_origin(status_list.id, issuer.uri):
        raise Untrusted(Reason.LIST_OF_ANOTHER_ORIGIN)
    _check_proof(document, issuer)
    if status_list.valid_from is not None and moment + CLOCK_LEEWAY < status_list.valid_from:
        raise Untrusted(Reason.LIST_NOT_VALID_YET)
    if status_list.valid_until <= moment:
        raise Untrusted(Reason.LIST_EXPIRED)
    return status_list
