"""A doctor's practice as a value: put together out of the fields that are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from federation.documents.practitioner import (
    CareerStep,
    Place,
    Publications,
    ReferralContact,
    Work,
)

# Of others, what their contacts document says besides: their profile is a private one.
SUMMARY, LINES = "summary", "lines"
SEEKS_COLLEAGUES = "seeks_colleagues"


@dataclass(frozen=True, slots=True)
class Practice:
    """What one reader may know of a doctor's practice; empty where nothing is said to them.

    `summary` (sanitised HTML) and `lines` are those of a private profile of another host.
    """

    subspecialities: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    hospital: str = ""
    unit: str = ""
    place: Place | None = None
    accepts_referrals: bool = False
    referral_contact: ReferralContact = field(default_factory=ReferralContact)
    publications: Publications = field(default_factory=Publications)
    career: tuple[CareerStep, ...] = ()
    interests: str = ""
    seeks_colleagues: bool = False
    summary: str = ""
    lines: tuple[tuple[str, str], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said at all."""
        return self == Practice()


def practice_of(values: Mapping[str, Any]) -> Practice:
    """Return a practice out of fields as they are stored, by their names."""
    place = values.get("place")
    published = values.get("publications") or {}
    return Practice(
        subspecialities=tuple(values.get("subspecialities", ())),
        skills=tuple(values.get("skills", ())),
        languages=tuple(values.get("languages", ())),
        hospital=values.get("hospital", ""),
        unit=values.get("unit", ""),
        place=Place(**place) if place else None,
        accepts_referrals=bool(values.get("accepts_referrals", False)),
        referral_contact=ReferralContact(**values.get("referral_contact", {})),
        publications=Publications(
            orcid=published.get("orcid", ""),
            works=tuple(Work(**work) for work in published.get("works", ())),
        ),
        career=tuple(_career_step(step) for step in values.get("career", ())),
        interests=values.get("interests", ""),
        seeks_colleagues=bool(values.get(SEEKS_COLLEAGUES, False)),
        summary=values.get(SUMMARY, ""),
        lines=tuple((line["name"], line["value"]) for line in values.get(LINES, ())),
    )


def _career_step(step: Mapping[str, Any]) -> CareerStep:
    return CareerStep(
        kind=step["kind"],
        place=step["place"],
        title=step["title"],
        since=step["from"],
        until=step["to"],
    )
