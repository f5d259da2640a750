"""What each endpoint of `/api/consilium/v1` takes and answers, for whoever writes a client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.consilium.shapes import (
    ENTITIES,
    ID,
    NOTHING,
    NUMBER,
    TEXT,
    WHOLE,
    YES_NO,
    Schema,
    many,
    one_of,
    ref,
)
from doctors.fhir import FHIR_JSON
from doctors.models import Assurance, ClaimState, FieldAudience
from doctors.practice import DEFAULT_AUDIENCES

BASE = "/api/consilium/v1"
JSON = "application/json"
_PAGE: Mapping[str, Schema] = {"max_id": ID, "since_id": ID, "min_id": ID, "limit": WHOLE}
_CLAIM_WORDS: Mapping[str, Schema] = {
    "register": TEXT,
    "number": TEXT,
    "profession": TEXT,
    "given_name": TEXT,
    "family_name": TEXT,
    "specialities": many(TEXT),
    "workplace": TEXT,
    "remark": TEXT,
}
_DIRECTORY: Mapping[str, Schema] = {
    "q": TEXT,
    "speciality": TEXT,
    "profession": TEXT,
    "skill": TEXT,
    "language": TEXT,
    "near": TEXT,
    "km": WHOLE,
    "latitude": NUMBER,
    "longitude": NUMBER,
    "accepts_referrals": YES_NO,
    "department": TEXT,
    "page": WHOLE,
    "ring": YES_NO,
}
_READ_OF_PRACTICE = ENTITIES["Practice"]["properties"]
_PRACTICE: Mapping[str, Schema] = {
    # The place is named by the code of a town; what is null is taken away.
    **{name: {"anyOf": [_READ_OF_PRACTICE[name], {"type": "null"}]} for name in DEFAULT_AUDIENCES},
    "place": {"anyOf": [{"type": "object", "properties": {"code": TEXT}}, {"type": "null"}]},
    "audiences": {
        "type": "object",
        "properties": {name: one_of(FieldAudience) for name in DEFAULT_AUDIENCES},
    },
    "private": YES_NO,
    "seeks_colleagues": YES_NO,
}


@dataclass(frozen=True, slots=True)
class Described:
    """An endpoint: its answer, what the query or the body may say, and what the body must."""

    answer: Schema
    takes: Mapping[str, Schema] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    kind: str = JSON


_OFFER, _CLAIM, _DECIDED = ref("CredentialOffer"), ref("Claim"), ref("ClaimToDecide")
DESCRIBED: Mapping[tuple[str, str], Described] = {
    ("GET", "/openapi.json"): Described({"type": "object"}),
    ("GET", "/claims"): Described(many(_CLAIM)),
    ("POST", "/claims"): Described(
        _CLAIM,
        _CLAIM_WORDS,
        ("register", "number", "profession", "given_name", "family_name"),
    ),
    ("GET", "/claims/<id>"): Described(_CLAIM),
    ("DELETE", "/claims/<id>"): Described(_CLAIM),
    ("POST", "/claims/<id>/evidence"): Described(
        ref("Evidence"),
        {"file": {"type": "string", "format": "binary"}, "name": TEXT},
        ("file",),
    ),
    ("GET", "/registers"): Described(many(ref("Register"))),
    ("GET", "/professions"): Described(ref("Professions")),
    ("GET", "/verification/claims"): Described(
        many(_DECIDED), {**_PAGE, "state": many(one_of(ClaimState))}
    ),
    ("GET", "/verification/claims/<id>"): Described(_DECIDED),
    ("POST", "/verification/claims/<id>/grant"): Described(
        _DECIDED, {"assurance": one_of(Assurance), "reason": TEXT}, ("assurance", "reason")
    ),
    ("POST", "/verification/claims/<id>/refuse"): Described(
        _DECIDED, {"reason": TEXT}, ("reason",)
    ),
    ("GET", "/credential-offers"): Described(many(_OFFER)),
    ("POST", "/credential-offers/<offer_id>/accept"): Described(_OFFER),
    ("POST", "/credential-offers/<offer_id>/decline"): Described(_OFFER),
    ("GET", "/accounts/<id>/practice"): Described(ref("Practice")),
    ("GET", "/accounts/<id>/fhir"): Described(ref("FhirBundle"), kind=FHIR_JSON),
    ("GET", "/practice"): Described(ref("OwnPractice")),
    ("PATCH", "/practice"): Described(ref("OwnPractice"), _PRACTICE),
    ("GET", "/colleagues"): Described(many(ref("FormerColleague")), _PAGE),
    ("POST", "/colleagues/<id>/dismiss"): Described(NOTHING),
    ("GET", "/directory"): Described(ref("DirectoryPage"), _DIRECTORY),
    ("GET", "/map"): Described(ref("Map"), {"of": TEXT}),
    ("PUT", "/statuses/<id>/reactions/<emoji>"): Described(ref("Status")),
    ("DELETE", "/statuses/<id>/reactions/<emoji>"): Described(ref("Status")),
    ("GET", "/timelines/doctors"): Described(many(ref("Status")), _PAGE),
}
# What clinical peers ask of each other: signed by their instance actors, with no token.
RING = Described(
    ref("RingAnswer"),
    {name: _DIRECTORY[name] for name in ("q", "speciality", "skill", "language", "near", "km")},
)
