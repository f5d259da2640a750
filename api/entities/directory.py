"""Who was found in the directory, to a client: accounts of Mastodon, and why they were found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctors.codes import speciality_label
from doctors.directory import Found, FoundDoctor
from doctors.directory_terms import DEPARTMENT, LANGUAGE, SPECIALITY
from doctors.habits import bound_h
from doctors.languages import language_label
from doctors.places.departments import department_name
from doctors.practice import Practice

Json = dict[str, Any]
_LABELS = {
    SPECIALITY: speciality_label,
    LANGUAGE: language_label,
    DEPARTMENT: department_name,
}


def found_json(
    found: Found, accounts: Mapping[int, Json], practices: Mapping[int, Practice]
) -> Json:
    """Build one page of who was found, in order, with what they have in all."""
    return {
        "accounts": [
            accounts[one.actor_id] | {"directory": person_json(one, practices[one.actor_id])}
            for one in found.people
            if one.actor_id in accounts
        ],
        "total": found.total,
        "more": found.is_more,
        "page": found.page,
        "town": found.question.town.name if found.question.town is not None else None,
        "facets": {
            kind: [
                {"code": code, "label": _LABELS[kind](code), "count": count}
                for code, count in counts
            ]
            for kind, counts in found.facets.items()
        },
    }


def person_json(one: FoundDoctor, practice: Practice) -> Json:
    """Build what the caller may know of how somebody fits; a distance only with their town."""
    shows_way = one.distance_km is not None and practice.place is not None
    return {
        "skills": list(practice.skills),
        "languages": list(practice.languages),
        "town": practice.place.town if practice.place is not None else None,
        "distance_km": round(one.distance_km or 0) if shows_way else None,
        "accepts_referrals": practice.accepts_referrals,
        "answers_within_h": bound_h(one.answers_within_h),
        "shared_contacts": one.shared_contacts,
    }
