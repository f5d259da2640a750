"""JSON Schemas of what `/api/consilium/v1` answers; each object has all of its properties, always.

Entities of Mastodon's own API are named, with what we add to them: their documentation is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctors.models import Assurance, ClaimState, EvidenceKind, FieldAudience, OfferState
from doctors.practice import DEFAULT_AUDIENCES
from doctors.practice_shapes import CAREER_KINDS

Schema = dict[str, Any]
_MASTODON = "https://docs.joinmastodon.org/entities/"

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES_NO: Schema = {"type": "boolean"}
ID: Schema = {"type": "string", "pattern": "^[0-9]+$"}
URI: Schema = {"type": "string", "format": "uri"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
NOTHING: Schema = {"type": "object", "maxProperties": 0}


def many(of: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": of}


def maybe(of: Schema) -> Schema:
    """Return the schema of something that may be null."""
    return {"anyOf": [of, {"type": "null"}]}


def one_of(words: Any) -> Schema:
    """Return the schema of a text out of a closed set."""
    return {"type": "string", "enum": [str(word) for word in words]}


def whole(**properties: Schema) -> Schema:
    """Return the schema of an object that has these properties and no other.

    A final underscore keeps a name from being a word of Python's.
    """
    named = {name.rstrip("_"): schema for name, schema in properties.items()}
    return {
        "type": "object",
        "properties": named,
        "required": list(named),
        "additionalProperties": False,
    }


def with_more(of: Schema, **properties: Schema) -> Schema:
    """Return the schema of an object with more properties than another."""
    return whole(**of["properties"], **properties)


def ref(name: str) -> Schema:
    """Return a reference to an entity."""
    return {"$ref": f"#/components/schemas/{name}"}


def _mastodon(name: str, **ours: Schema) -> Schema:
    return {
        "type": "object",
        "description": f"As Mastodon's {name}.",
        "externalDocs": {"url": f"{_MASTODON}{name}/"},
        "properties": {"id": ID, **ours},
        "required": ["id", *ours],
    }


_CODED = whole(code=TEXT, label=TEXT)
_COUNTED = whole(code=TEXT, label=TEXT, count=WHOLE)
_PLACE = whole(
    town=TEXT, department=TEXT, country=TEXT, latitude=NUMBER, longitude=NUMBER, code=TEXT
)
_STEP = whole(kind=one_of(CAREER_KINDS), place=TEXT, title=TEXT, from_=WHOLE, to=maybe(WHOLE))
_PRACTICE = whole(
    subspecialities=many(TEXT),
    skills=many(TEXT),
    languages=many(TEXT),
    hospital=TEXT,
    unit=TEXT,
    place=maybe(_PLACE),
    accepts_referrals=YES_NO,
    referral_contact=maybe(whole(phone=TEXT, mssante=TEXT, note=TEXT)),
    publications=whole(
        orcid=TEXT, works=many(whole(doi=TEXT, title=TEXT, year=maybe(WHOLE)))
    ),
    career=many(_STEP),
    interests=TEXT,
    note=TEXT,
    fields=many(whole(name=TEXT, value=TEXT)),
)
_EVIDENCE = whole(
    id=ID,
    kind=one_of(EvidenceKind),
    name=TEXT,
    media_type=TEXT,
    size=WHOLE,
    created_at=MOMENT,
    delete_at=maybe(MOMENT),
)
_CLAIM = whole(
    id=ID,
    state=one_of(ClaimState),
    register=TEXT,
    number=TEXT,
    profession=TEXT,
    profession_label=TEXT,
    given_name=TEXT,
    family_name=TEXT,
    specialities=many(TEXT),
    specialities_label=TEXT,
    workplace=TEXT,
    remark=TEXT,
    evidence=many(ref("Evidence")),
    created_at=MOMENT,
    decided_at=maybe(MOMENT),
    reason=maybe(TEXT),
    warnings=many(TEXT),
)
_BADGE = whole(
    label=TEXT,
    label_en=TEXT,
    is_doctor=YES_NO,
    profession=TEXT,
    profession_label=TEXT,
    specialities=many(TEXT),
    specialities_label=TEXT,
    institution=TEXT,
    register=TEXT,
    registration_number=maybe(TEXT),
    assurance=one_of(Assurance),
    issuer=URI,
    issuer_name=TEXT,
    credential=URI,
    verified_as=maybe(TEXT),
    verified_at=MOMENT,
    valid_until=MOMENT,
    last_confirmed_at=maybe(MOMENT),
)
_FITTING = whole(
    skills=many(TEXT),
    languages=many(TEXT),
    town=maybe(TEXT),
    distance_km=maybe(WHOLE),
    accepts_referrals=YES_NO,
    answers_within_h=maybe(WHOLE),
    shared_contacts=WHOLE,
)
_FOUND = many({"allOf": [ref("Account"), {
    "type": "object", "properties": {"directory": ref("Fitting")}, "required": ["directory"],
}]})  # fmt: skip
_FIELD = whole(name=TEXT, value=TEXT, verified_at=maybe(MOMENT))
_ROLE = whole(id=TEXT, name=TEXT, color=TEXT)

ENTITIES: Mapping[str, Schema] = {
    "Error": {
        "type": "object",
        "properties": {"error": TEXT, "error_description": TEXT},
        "required": ["error"],
    },
    # The badge is the first of the fields, the only one that was verified, and a role.
    "Account": _mastodon("Account", acct=TEXT, fields=many(_FIELD), roles=many(_ROLE)),
    "Badge": _BADGE,
    "Status": _mastodon(
        "Status",
        account=ref("Account"),
        consilium={
            "type": "object",
            "properties": {
                "audience": TEXT,
                "clinical": YES_NO,
                "badge": maybe(ref("Badge")),
                "reactions": many({"type": "object"}),
            },
            "required": ["audience", "clinical", "badge", "reactions"],
        },
    ),
    "Evidence": _EVIDENCE,
    "Claim": _CLAIM,
    "ClaimToDecide": with_more(
        _CLAIM,
        account=whole(id=ID, acct=TEXT, display_name=TEXT),
        proposed=one_of(Assurance),
        highest=one_of(Assurance),
        findings=many(whole(kind=TEXT, verdict=TEXT, text=TEXT)),
        first_decided_by=maybe(TEXT),
        first_decided_at=maybe(MOMENT),
        first_reason=maybe(TEXT),
        first_assurance=maybe(one_of(Assurance)),
        decided_by=maybe(TEXT),
    ),
    "Register": whole(code=TEXT, country=TEXT, name=TEXT, number=TEXT, form=TEXT, source=TEXT),
    "Professions": whole(professions=many(_CODED), specialities=many(_CODED)),
    "CredentialOffer": whole(
        id=ID,
        state=one_of(OfferState),
        created_at=MOMENT,
        answered_at=maybe(MOMENT),
        issuer=whole(uri=URI, name=TEXT),
        credential=whole(
            uri=URI,
            name=TEXT,
            register=TEXT,
            registration_number=maybe(TEXT),
            profession=_CODED,
            specialities=many(_CODED),
            assurance=one_of(Assurance),
            verified_at=MOMENT,
            valid_until=MOMENT,
        ),
    ),
    "Practice": _PRACTICE,
    "OwnPractice": with_more(
        _PRACTICE,
        audiences=whole(**{name: one_of(FieldAudience) for name in DEFAULT_AUDIENCES}),
        private=YES_NO,
        seeks_colleagues=YES_NO,
    ),
    "Fitting": _FITTING,
    "DirectoryPage": {
        **whole(
            accounts=_FOUND,
            total=WHOLE,
            more=YES_NO,
            page=WHOLE,
            town=maybe(TEXT),
            facets={"type": "object", "additionalProperties": many(_COUNTED)},
            ring=whole(
                accounts=_FOUND, asked=WHOLE, answered=WHOLE, coming=WHOLE
            ),
        ),
        # What other instances know is there only when it was asked for.
        "required": ["accounts", "total", "more", "page", "town", "facets"],
    },
    "Map": whole(
        total=WHOLE,
        not_on_the_map=WHOLE,
        departments=many(whole(code=TEXT, name=TEXT, count=WHOLE)),
        countries=many(whole(code=TEXT, name=TEXT, count=WHOLE)),
        towns=many(
            whole(
                code=TEXT,
                name=TEXT,
                department=TEXT,
                country=TEXT,
                latitude=NUMBER,
                longitude=NUMBER,
                count=WHOLE,
                account_ids=many(ID),
            )
        ),
    ),
    "FormerColleague": whole(
        account=ref("Account"),
        together=many(whole(place=TEXT, from_=WHOLE, to=maybe(WHOLE))),
    ),
    "RingAnswer": whole(actors={**many(URI), "maxItems": 20}),
    "FhirBundle": {
        "type": "object",
        "description": "A FHIR Bundle with a Practitioner and their roles.",
        "properties": {"resourceType": {"const": "Bundle"}, "entry": many({"type": "object"})},
        "required": ["resourceType", "entry"],
    },
}
