"""What others say of their practice, as it is stored: what cannot be is left out, not refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from doctors.places.towns import town_of
from doctors.practice_shapes import (
    MAX_LANGUAGES,
    MAX_SKILLS,
    MAX_STEPS,
    MAX_SUB_SPECIALITIES,
    MAX_WORKS,
    InvalidField,
    normal_value,
)
from doctors.practice_values import SEEKS_COLLEAGUES
from doctors.town_choice import place_of
from federation.documents.practitioner import Place, Practitioner

_NOTHING = object()
# Of more, the first are kept.
MOST: Mapping[str, int] = {
    "subspecialities": MAX_SUB_SPECIALITIES,
    "skills": MAX_SKILLS,
    "languages": MAX_LANGUAGES,
    "career": MAX_STEPS,
}


def said_values(practitioner: Practitioner) -> dict[str, Any]:
    """Return what a `practitioner` object says, as fields are stored; what cannot be is left out.

    Profession and specialities are not among them: only a credential says those.
    """
    place = practitioner.place
    said: dict[str, Any] = {
        "subspecialities": list(practitioner.sub_specialities),
        "skills": list(practitioner.skills),
        "languages": [code.lower() for code in practitioner.languages],
        "hospital": practitioner.hospital,
        "unit": practitioner.unit,
        "place": _place(place) if place is not None else None,
        "accepts_referrals": practitioner.accepts_referrals,
        "referral_contact": asdict(practitioner.referral_contact),
        "publications": {
            "orcid": practitioner.publications.orcid,
            "works": [asdict(work) for work in practitioner.publications.works],
        },
        "career": [
            {
                "kind": step.kind,
                "place": step.place,
                "title": step.title,
                "from": step.since,
                "to": step.until,
            }
            for step in practitioner.career
        ],
        "interests": practitioner.interests,
    }
    values = {name: _what_can_be(name, value) for name, value in said.items()}
    if practitioner.seeks_colleagues and values["career"]:
        values[SEEKS_COLLEAGUES] = True
    return {name: value for name, value in values.items() if value is not None}


def _place(place: Place) -> dict[str, Any]:
    """Return a place; a code of our list means that town, any other code means nothing."""
    town = town_of(place.code) if place.code else None
    return place_of(town) if town is not None else asdict(place) | {"code": ""}


def _what_can_be(name: str, value: Any) -> Any | None:
    """Return a value in its normal form, without those of its parts that cannot be."""
    if isinstance(value, list):
        kept = [part for part in value if _is_possible(name, [part])]
        return _possible(name, kept[: MOST.get(name)])
    if name == "publications":
        possible = [work for work in value["works"] if _is_possible(name, {"works": [work]})]
        works = possible[:MAX_WORKS]
        orcid = value["orcid"] if _is_possible(name, {"orcid": value["orcid"]}) else ""
        return _possible(name, {"orcid": orcid, "works": works})
    if name == "referral_contact":
        kept_parts = {
            part: text for part, text in value.items() if _is_possible(name, {part: text})
        }
        return _possible(name, kept_parts)
    return _possible(name, value)


def _is_possible(name: str, value: Any) -> bool:
    return _possible(name, value, otherwise=_NOTHING) is not _NOTHING


def _possible(name: str, value: Any, *, otherwise: Any = None) -> Any | None:
    try:
        return normal_value(name, value)
    except InvalidField:
        return otherwise
