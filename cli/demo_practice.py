"""What the demo's invented doctors say of their practice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.demo_data import Person
from doctors.models import FieldAudience
from doctors.places.towns import find_towns

_PUBLIC, _DOCTORS = FieldAudience.PUBLIC, FieldAudience.DOCTORS


def practice_of(person: Person) -> Mapping[str, tuple[Any, FieldAudience]]:
    """Return the fields of a person's practice, each with who may read it."""
    town = find_towns(person.town, "FR", limit=1)[0]
    place = {
        "town": town.name,
        "department": town.department,
        "country": town.country,
        "latitude": town.latitude,
        "longitude": town.longitude,
        "code": town.code,
    }
    fields: dict[str, tuple[Any, FieldAudience]] = {
        "hospital": (person.hospital, _PUBLIC),
        "place": (place, _PUBLIC),
        "languages": (list(person.languages), _PUBLIC),
        "skills": (list(person.skills), _PUBLIC),
        "career": (list(person.career), _DOCTORS),
    }
    if person.phone:
        contact = {"phone": person.phone, "mssante": "", "note": ""}
        fields["accepts_referrals"] = (True, _PUBLIC)
        fields["referral_contact"] = (contact, _DOCTORS)
    return fields
