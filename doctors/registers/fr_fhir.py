"""The French directory as FHIR resources: who has a number, out of a bundle that was asked for.

Codes are told apart by the nomenclature that their system's address names (TRE_G15, TRE_R38, …).
Read leniently: what is missing or of another shape is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from core.errors import FetchFailed
from doctors.registers.fr_places import find_finess, read_site
from doctors.registers.fr_rpps import FR_RPPS, whole_number
from doctors.registers.lines import Person, merge, new_person
from doctors.registers.register import RegisterLine
from federation.documents.lenient import JsonObject, one_or_many, text_of

FHIR_JSON = "application/fhir+json, application/json;q=0.9"
_PROFESSION, _CATEGORY, _SPECIALITY = "TRE_G15", "TRE_R09", "TRE_R38"
_RPPS_SYSTEMS = ("rpps.esante.gouv.fr", "1.2.250.1.71.4.2.1")
_FINESS_SYSTEM = "finess"
_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,40}")
_NAME_CHARS, _PLACE_CHARS = 200, 300


def address_of(base: str, number: str) -> str:
    """Return where a directory is asked who has a number, their roles with them."""
    asked = f"identifier={quote(number)}&_revinclude=PractitionerRole:practitioner"
    return f"{base.rstrip('/')}/Practitioner?{asked}"


def read_bundle(bundle: JsonObject, number: str) -> Person | None:
    """Return who has a number, with their profession; None when nobody active does.

    Raises FetchFailed for what is no answer to a search: then nothing is known.
    """
    if bundle.get("resourceType") != "Bundle":
        raise FetchFailed("the directory answered with no bundle")
    resources = list(_resources(bundle))
    found: Person | None = None
    for resource in resources:
        if resource.get("resourceType") != "Practitioner" or resource.get("active") is False:
            continue
        if number not in _numbers(resource):
            continue
        for person in _people(resource, number):
            if found is None:
                found = person
            else:
                merge(found, person, FR_RPPS.student_categories)
    if found is not None:
        found.line = _placed(found.line, resources)
    return found


def _resources(bundle: JsonObject) -> Iterator[JsonObject]:
    for entry in _objects(bundle.get("entry")):
        yield from _objects(entry.get("resource"))


def _objects(value: Any) -> Iterator[JsonObject]:
    return (part for part in one_or_many(value) if isinstance(part, dict))


def _numbers(practitioner: JsonObject) -> set[str]:
    found = set()
    for identifier in _objects(practitioner.get("identifier")):
        system = text_of(identifier.get("system"), limit=_PLACE_CHARS) or ""
        value = text_of(identifier.get("value"), limit=40)
        if value and any(known in system for known in _RPPS_SYSTEMS):
            found.add(whole_number(value) or "")
    return found


def _people(practitioner: JsonObject, number: str) -> Iterator[Person]:
    """Yield the person once for each profession, and once with the specialities of all."""
    family, given = _name(practitioner)
    qualifications = [_codes(one) for one in _objects(practitioner.get("qualification"))]
    specialities = [codes[_SPECIALITY] for codes in qualifications if _SPECIALITY in codes]
    for codes in qualifications:
        if _PROFESSION in codes and family and given:
            line = RegisterLine(
                number=number,
                family_name=family,
                given_name=given,
                profession=codes[_PROFESSION],
                category=codes.get(_CATEGORY, ""),
            )
            person = new_person(line)
            person.specialities = list(dict.fromkeys(specialities))
            yield person


def _codes(qualification: JsonObject) -> dict[str, str]:
    found: dict[str, str] = {}
    for concept in _objects(qualification.get("code")):
        for coding in _objects(concept.get("coding")):
            system = (text_of(coding.get("system"), limit=_PLACE_CHARS) or "").replace("-", "_")
            code = text_of(coding.get("code"), limit=41) or ""
            for wanted in (_PROFESSION, _CATEGORY, _SPECIALITY):
                if wanted in system and _CODE.fullmatch(code):
                    found.setdefault(wanted, code)
    return found


def _name(practitioner: JsonObject) -> tuple[str, str]:
    """Return (family, given) of the name of practice: the usual one before others."""
    names = sorted(_objects(practitioner.get("name")), key=lambda name: name.get("use") != "usual")
    for name in names:
        family = _tidy(name.get("family"))
        given = " ".join(
            _tidy(part) for part in one_or_many(name.get("given")) if isinstance(part, str)
        )
        if family and given.strip():
            return family, given.strip()[:_NAME_CHARS]
    return "", ""


def _placed(line: RegisterLine, resources: list[JsonObject]) -> RegisterLine:
    """Add the workplace, where the organization came with the answer."""
    for resource in resources:
        if resource.get("resourceType") != "Organization" or not resource.get("name"):
            continue
        address = next(_objects(resource.get("address")), {})
        site = read_site(
            town=_tidy(address.get("city")),
            post_code=_tidy(address.get("postalCode")),
            country=_tidy(address.get("country")),
        )
        workplace = _tidy(resource.get("name"), limit=_PLACE_CHARS)
        return replace(
            line,
            workplace=workplace,
            town=site.town,
            department=site.department,
            site_code=_finess(resource),
            town_code=site.town_code,
        )
    return line


def _finess(organization: JsonObject) -> str:
    for identifier in _objects(organization.get("identifier")):
        system = text_of(identifier.get("system"), limit=_PLACE_CHARS) or ""
        if _FINESS_SYSTEM in system.lower():
            return find_finess(_tidy(identifier.get("value")))
    return ""


def _tidy(value: Any, *, limit: int = _NAME_CHARS) -> str:
    return " ".join((text_of(value, limit=limit) or "").split())
