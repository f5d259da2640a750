"""What a doctor says about their practice: one object in the actor and in each further profile."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from federation.documents.lenient import JsonObject, bool_of, number_of, one_or_many, text_of

MAX_TEXTS = 30
MAX_TEXT = 200
MAX_LONG_TEXT = 2000
MAX_STEPS = 60
MAX_WORKS = 200
YEARS = (1900, 2200)
# A metre or so: enough for a town, and the only floats that are ever signed (WIRE §4).
DECIMALS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A town: its name, where it is, in which department and country (ISO 3166), its code."""

    town: str
    department: str = ""
    country: str = ""
    latitude: float | None = None
    longitude: float | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class ReferralContact:
    """How a patient is referred: the secretary's telephone, a secure mailbox, a remark."""

    phone: str = ""
    mssante: str = ""
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.phone or self.mssante or self.note)


@dataclass(frozen=True, slots=True)
class Work:
    """A publication; `doi` without `https://doi.org/`."""

    doi: str
    title: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Publications:
    """What somebody published, and their ORCID iD (`0000-0002-1825-0097`)."""

    orcid: str = ""
    works: tuple[Work, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.orcid or self.works)


@dataclass(frozen=True, slots=True)
class CareerStep:
    """A time at a faculty, as an intern, or at a post; `until` is None while it lasts."""

    kind: str
    place: str
    title: str = ""
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Codes of TRE_G15 and TRE_R38, and what a doctor adds in their own words.

    `accepts_referrals` and `seeks_colleagues` are None where nothing is said.
    """

    profession: str = ""
    specialities: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    accepts_referrals: bool | None = None
    sub_specialities: tuple[str, ...] = ()
    hospital: str = ""
    unit: str = ""
    place: Place | None = None
    referral_contact: ReferralContact = field(default_factory=ReferralContact)
    publications: Publications = field(default_factory=Publications)
    career: tuple[CareerStep, ...] = ()
    interests: str = ""
    seeks_colleagues: bool | None = None


def read_practitioner(value: Any) -> Practitioner | None:
    """Read a `practitioner` object leniently, within bounds; None for what is none."""
    if not isinstance(value, dict):
        return None
    return Practitioner(
        profession=text_of(value.get("profession"), limit=20) or "",
        specialities=_texts(value.get("specialities")),
        skills=_texts(value.get("skills")),
        languages=_texts(value.get("languages")),
        accepts_referrals=_bool(value.get("acceptsReferrals")),
        sub_specialities=_texts(value.get("subSpecialities")),
        hospital=_text(value.get("hospital")),
        unit=_text(value.get("unit")),
        place=_place(value.get("place")),
        referral_contact=_referral_contact(value.get("referralContact")),
        publications=_publications(value.get("publications")),
        career=_career(value.get("career")),
        interests=_text(value.get("interests"), limit=MAX_LONG_TEXT),
        seeks_colleagues=_bool(value.get("seeksColleagues")),
    )


def _text(value: Any, *, limit: int = MAX_TEXT) -> str:
    return (text_of(value, limit=limit) or "").strip()


def _texts(value: Any) -> tuple[str, ...]:
    texts = (part[:MAX_TEXT] for part in one_or_many(value)[:MAX_TEXTS] if isinstance(part, str))
    return tuple(dict.fromkeys(text for text in texts if text.strip()))


def _bool(value: Any) -> bool | None:
    return bool_of(value) if isinstance(value, bool) else None


def _place(value: Any) -> Place | None:
    for part in one_or_many(value)[:1]:
        if not isinstance(part, dict) or not (town := _text(part.get("name"))):
            return None
        latitude = _degrees(part.get("latitude"), most=90)
        longitude = _degrees(part.get("longitude"), most=180)
        is_whole = latitude is not None and longitude is not None
        return Place(
            town=town,
            department=_text(part.get("department"), limit=10),
            country=_text(part.get("country"), limit=2).upper(),
            latitude=latitude if is_whole else None,
            longitude=longitude if is_whole else None,
            code=_text(part.get("code"), limit=20),
        )
    return None


def _degrees(value: Any, *, most: int) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(float(value), DECIMALS) if abs(value) <= most else None


def _referral_contact(value: Any) -> ReferralContact:
    if not isinstance(value, dict):
        return ReferralContact()
    return ReferralContact(
        phone=_text(value.get("phone"), limit=40),
        mssante=_text(value.get("mssante")),
        note=_text(value.get("note"), limit=MAX_LONG_TEXT),
    )


def _publications(value: Any) -> Publications:
    if not isinstance(value, dict):
        return Publications()
    works = (_work(part) for part in one_or_many(value.get("works"))[:MAX_WORKS])
    return Publications(
        orcid=_text(value.get("orcid"), limit=40), works=tuple(work for work in works if work)
    )


def _work(value: Any) -> Work | None:
    doi = _text(value.get("doi")) if isinstance(value, dict) else ""
    if not doi:
        return None
    return Work(doi, _text(value.get("title"), limit=500), _year(value.get("year")))


def _career(value: Any) -> tuple[CareerStep, ...]:
    steps = (_step(part) for part in one_or_many(value)[:MAX_STEPS])
    return tuple(step for step in steps if step is not None)


def _step(value: Any) -> CareerStep | None:
    if not isinstance(value, dict) or not (place := _text(value.get("place"))):
        return None
    return CareerStep(
        kind=_text(value.get("kind"), limit=20),
        place=place,
        title=_text(value.get("title")),
        since=_year(value.get("from")),
        until=_year(value.get("until")),
    )


def _year(value: Any) -> int | None:
    low, high = YEARS
    year = number_of(value, low=low - 1, high=high + 1)
    return year if year is not None and low <= year <= high else None


def write_practitioner(practitioner: Practitioner) -> JsonObject:
    """Write a `practitioner` object; what is not said is left out."""
    written: JsonObject = {
        "profession": practitioner.profession,
        "specialities": list(practitioner.specialities),
        "subSpecialities": list(practitioner.sub_specialities),
        "skills": list(practitioner.skills),
        "languages": list(practitioner.languages),
        "acceptsReferrals": practitioner.accepts_referrals,
        "hospital": practitioner.hospital,
        "unit": practitioner.unit,
        "place": _write_place(practitioner.place),
        "referralContact": _said(
            {
                "phone": practitioner.referral_contact.phone,
                "mssante": practitioner.referral_contact.mssante,
                "note": practitioner.referral_contact.note,
            }
        ),
        "publications": _write_publications(practitioner.publications),
        "career": [_write_step(step) for step in practitioner.career],
        "interests": practitioner.interests,
        "seeksColleagues": practitioner.seeks_colleagues,
    }
    return _said(written)


def _said(values: Mapping[str, Any]) -> JsonObject:
    return {
        name: value
        for name, value in values.items()
        if value is not None and value != "" and value != [] and value != {}
    }


def _write_place(place: Place | None) -> JsonObject | None:
    if place is None:
        return None
    return {
        "type": "Place",
        **_said(
            {
                "name": place.town,
                "latitude": place.latitude,
                "longitude": place.longitude,
                "department": place.department,
                "country": place.country,
                "code": place.code,
            }
        ),
    }


def _write_publications(publications: Publications) -> JsonObject:
    works = [
        _said({"doi": work.doi, "title": work.title, "year": work.year})
        for work in publications.works
    ]
    return _said({"orcid": publications.orcid, "works": works})


def _write_step(step: CareerStep) -> JsonObject:
    return _said(
        {
            "kind": step.kind,
            "place": step.place,
            "title": step.title,
            "from": step.since,
            "until": step.until,
        }
    )
