"""A doctor as FHIR R4 resources, in the codes of the French health directory (ANS, NOS).

Spec: https://hl7.org/fhir/R4/practitionerrole.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from actors.models import Actor, Badge
from doctors.codes import IN_TRAINING, RETIRED, profession_label, speciality_label, split_profession
from doctors.languages import language_label
from doctors.practice import Practice
from federation.documents.practitioner import Place

Json = dict[str, Any]
FHIR_JSON = "application/fhir+json"
RPPS = "FR-RPPS"
# What French identifiers carry before a number of the RPPS, in the national identifier.
_NATIONAL_PREFIX = "8"
_KINDS = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
_NOS = "https://mos.esante.gouv.fr/NOS"
_ACCEPTS_REFERRALS = "https://w3id.org/consilium#acceptsReferrals"


def practitioner_bundle(actor: Actor, badge: Badge | None, practice: Practice) -> Json:
    """Return a doctor as Practitioner and PractitionerRole: what a badge says, what its reader may.

    Only a badge gives a profession, a speciality or a number: without one, there are none.
    """
    resources = (_practitioner(actor, badge, practice), _role(actor, badge, practice))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": _urn(actor, one["resourceType"]), "resource": _said(one)}
            for one in resources
        ],
    }


def _urn(actor: Actor, kind: str) -> str:
    # References in a bundle name entries of it; these stay the same from one day to the next.
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{actor.uri}#{kind}')}"


def _said(resource: Mapping[str, Any]) -> Json:
    return {name: value for name, value in resource.items() if value not in (None, "", [], {})}


def _practitioner(actor: Actor, badge: Badge | None, practice: Practice) -> Json:
    name = badge.name if badge is not None else actor.name
    return {
        "resourceType": "Practitioner",
        "id": str(actor.id),
        "identifier": [*_numbers(badge), {"system": "urn:ietf:rfc:3986", "value": actor.uri}],
        "active": badge is None or split_profession(badge.profession)[1] != RETIRED,
        "name": [{"use": "usual", "text": name or actor.username}],
        "qualification": _qualifications(badge),
        "communication": [
            {
                "coding": [{"system": "urn:ietf:bcp:47", "code": code}],
                "text": language_label(code),
            }
            for code in practice.languages
        ],
    }


def _numbers(badge: Badge | None) -> list[Json]:
    if badge is None or badge.registration_number is None or badge.register_code != RPPS:
        return []
    number = badge.registration_number
    return [
        {
            "use": "official",
            "system": "urn:oid:1.2.250.1.71.4.2.1",
            "type": {"coding": [{"system": _KINDS, "code": "IDNPS"}]},
            "value": f"{_NATIONAL_PREFIX}{number}",
        },
        {
            "use": "official",
            "system": "https://rpps.esante.gouv.fr",
            "type": {"coding": [{"system": _KINDS, "code": "RPPS"}]},
            "value": number,
        },
    ]


def _qualifications(badge: Badge | None) -> list[Json]:
    if badge is None:
        return []
    profession, variant = split_profession(badge.profession)
    codings = [_coding("TRE_G15-ProfessionSante", profession, profession_label(badge.profession))]
    if variant in IN_TRAINING:
        codings.append(_coding("TRE_R09-CategorieProfessionnelle", "E"))
    specialities = [
        {"code": {"coding": [_coding("TRE_R04-TypeSavoirFaire", "S"), _speciality(code)]}}
        for code in badge.specialities
    ]
    return [{"code": {"coding": codings}}, *specialities]


def _speciality(code: str) -> Json:
    return _coding("TRE_R38-SpecialiteOrdinale", code, speciality_label(code))


def _coding(table: str, code: str, display: str = "") -> Json:
    system = f"{_NOS}/{table}/FHIR/{table.replace('_', '-')}"
    return {"system": system, "code": code} | ({"display": display} if display else {})


def _role(actor: Actor, badge: Badge | None, practice: Practice) -> Json:
    own_words = (*practice.subspecialities, *practice.skills)
    return {
        "resourceType": "PractitionerRole",
        "id": f"{actor.id}-role",
        "contained": _locations(practice.place),
        "extension": [{"url": _ACCEPTS_REFERRALS, "valueBoolean": practice.accepts_referrals}],
        "active": True,
        "practitioner": {"reference": _urn(actor, "Practitioner")},
        "organization": {"display": _organisation(practice)} if practice.hospital else None,
        "specialty": [
            *({"coding": [_speciality(code)]} for code in (badge.specialities if badge else ())),
            *({"text": text} for text in own_words),
        ],
        "location": [{"reference": "#place", "display": practice.place.town}]
        if practice.place
        else None,
        "telecom": _telecom(practice),
        "availabilityExceptions": practice.referral_contact.note,
    }


def _organisation(practice: Practice) -> str:
    return " · ".join(part for part in (practice.hospital, practice.unit) if part)


def _locations(place: Place | None) -> list[Json]:
    if place is None:
        return []
    position = {"longitude": place.longitude, "latitude": place.latitude}
    address = _said(
        {"city": place.town, "district": place.department, "country": place.country}
    )
    location = {
        "resourceType": "Location",
        "id": "place",
        "address": address,
        "position": position if place.latitude is not None else None,
    }
    return [_said(location)]


def _telecom(practice: Practice) -> list[Json]:
    contact = practice.referral_contact
    shown = (("phone", contact.phone), ("email", contact.mssante))
    return [
        {"system": system, "value": value, "use": "work"} for system, value in shown if value
    ]
