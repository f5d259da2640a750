"""The trust list of an instance: the issuers that it believes (WIRE §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.clock import wire_time
from core.errors import InvalidDocument
from federation.contexts import TRUST_LIST_CONTEXT
from federation.documents.lenient import Document, JsonObject, id_of, one_or_many, time_of

MAX_ISSUERS = 500


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An instance actor with its keys; `registers` are those for which it is an authority."""

    id: str
    registers: tuple[str, ...]
    keys: tuple[str, ...]
    valid_until: datetime


def write_trust_list(uri: str, *, by: str, issuers: Sequence[TrustedIssuer]) -> JsonObject:
    """Write a trust list, without its proof."""
    return {
        "@context": TRUST_LIST_CONTEXT,
        "id": uri,
        "type": "Collection",
        "attributedTo": by,
        "totalItems": len(issuers),
        "items": [
            {
                "id": issuer.id,
                "registers": list(issuer.registers),
                "keys": list(issuer.keys),
                "validUntil": wire_time(issuer.valid_until),
            }
            for issuer in issuers
        ],
    }


def read_trust_list(document: Document) -> tuple[TrustedIssuer, ...]:
    """Read a trust list in form only; entries that lack something are left out."""
    if "Collection" not in document.types:
        raise InvalidDocument(f"{document.id}: not a trust list but {document.type!r}")
    found = []
    for item in one_or_many(document.json.get("items"))[:MAX_ISSUERS]:
        valid_until = time_of(item.get("validUntil")) if isinstance(item, dict) else None
        if valid_until is not None:
            found.append(
                TrustedIssuer(
                    id=id_of(item),
                    registers=_texts(item.get("registers")),
                    keys=_texts(item.get("keys")),
                    valid_until=valid_until,
                )
            )
    return tuple(found)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(part[:200] for part in one_or_many(value)[:50] if isinstance(part, str))
